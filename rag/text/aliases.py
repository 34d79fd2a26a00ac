"""Known names in both languages: which groups a text mentions, and how another language writes them.

Invariant: a mention's offsets slice the original text; mentions are ordered and never overlap. Comparison is on
folded text, so Traditional, full-width and upper-case forms match. At each position the longest form wins, and a
longer word that merely contains a name (`never`) hides it: 字节 is not in 字节码.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from rag.errors import SettingsError
from rag.text.folding import Folded, fold, fold_text
from rag.text.script import is_han
from rag.types import Language

_BUNDLED = Path(__file__).parent.parent / "resources" / "aliases.json"
_KINDS = ("name", "person", "place", "concept")
_LETTER = re.compile(r"[^\W\d_]")
# so that open-source, open source and a name broken over two lines are one form
_SEPARATORS = {ord(char): " " for char in "\n\r\t\u00a0-‐‑"}
_SEAM = re.compile(r"(?<=[a-z0-9])(?=[一-鿿])|(?<=[一-鿿])(?=[a-z0-9])")
# short capitals may be followed by no digit and must be written in capitals: US is not us
_SHORT = 3
_KEY = 2
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class NameGroup:
    """Surface forms that mean one thing.

    `kind` is `name` (of an organisation or product), `person`, `place` or `concept` (a common noun; its English
    forms also match with a plural s). `show` maps
    languages to the form to display. `never` are longer words that contain a form without meaning it.
    """

    id: str
    kind: str
    en: tuple[str, ...]
    zh: tuple[str, ...]
    show: Mapping[str, str] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class NameMention:
    """Where a text names a group: `text[start:end]` of the original, which is `text` here."""

    group: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Form:
    """One folded surface form; `group` is empty for a word that only hides names inside it."""

    folded: str
    group: str
    capitals: bool
    plural: bool
    latin_start: bool
    latin_end: bool


class NameTable:
    """All known groups, ready to be looked up."""

    def __init__(self, groups: Iterable[NameGroup]) -> None:
        merged: dict[str, NameGroup] = {}
        for group in groups:
            merged[group.id] = _merge(merged[group.id], group) if group.id in merged else group
        self._groups = merged
        # sentences come back from question to question
        self._remembered = lru_cache(maxsize=8192)(self._find)

    @classmethod
    def load(cls, extra: Path | None = None) -> NameTable:
        """The bundled names and, where given, the user's file of the same form.

        A group of the user's with a known id adds its forms to that group; its `show` and its forms win.
        Raises `SettingsError` naming the file and the reason.
        """
        return cls((*_bundled(), *(_read(extra) if extra else ())))

    @property
    def all_groups(self) -> tuple[NameGroup, ...]:
        """Every group, in the order of the list."""
        return tuple(self._groups.values())

    def find(self, text: str) -> tuple[NameMention, ...]:
        """The names in `text`, in order; linear in the length of `text`."""
        return self._remembered(text) if len(text) <= _REMEMBERED else self._find(text)

    def _find(self, text: str) -> tuple[NameMention, ...]:
        folded = fold(text)
        plain = folded.text.translate(_SEPARATORS)
        found: list[NameMention] = []
        position = 0
        while match := self._pattern.search(plain, position):
            at = match.start()
            form, end = self._longest(plain, at, text, folded)
            position = max(end, at + 1)
            if form is not None and form.group:
                start, stop = folded.original_span(at, end)
                found.append(NameMention(form.group, start, stop, text[start:stop]))
        return tuple(found)

    def groups(self, text: str) -> frozenset[str]:
        """Ids of the groups that `text` names, and of those that they belong to: Qwen names Alibaba too."""
        named = {mention.group for mention in self.find(text)}
        return frozenset(named | {self._groups[group].of for group in named if self._groups[group].of in self._groups})

    def forms(self, group_id: str) -> tuple[str, ...]:
        """All surface forms of a group, English first. Raises `KeyError`."""
        group = self._groups[group_id]
        return (*group.en, *group.zh)

    def kind(self, group_id: str) -> str:
        """`name`, `person`, `place` or `concept`. Raises `KeyError`."""
        return self._groups[group_id].kind

    def owner(self, group_id: str) -> str:
        """The group that this one belongs to; empty for one that stands for itself. Raises `KeyError`."""
        return self._groups[group_id].of

    def show(self, group_id: str, language: Language) -> str:
        """How `language` writes the group; its first form where nothing is set. Raises `KeyError`."""
        group = self._groups[group_id]
        forms = (*group.en, *group.zh) if language == "en" else (*group.zh, *group.en)
        return group.show.get(language) or forms[0]

    def expand(self, text: str) -> tuple[str, ...]:
        """The forms in the other language of every name in `text`, each once, in order of the names."""
        forms: dict[str, None] = {}
        for mention in self.find(text):
            group = self._groups[mention.group]
            chinese = any(is_han(char) for char in mention.text)
            forms.update(dict.fromkeys(group.en if chinese else group.zh))
        return tuple(forms)

    def _longest(self, plain: str, at: int, text: str, folded: Folded) -> tuple[_Form | None, int]:
        """The longest form that stands at `at`, and where it ends."""
        for form in self._by_key.get(plain[at : at + _KEY], ()):
            end = at + len(form.folded)
            if not plain.startswith(form.folded, at):
                continue
            if form.plural and plain[end : end + 1] == "s":
                end += 1
            if _stands_alone(plain, at, end, form) and (not form.capitals or _in_capitals(text, folded, at, end)):
                return form, end
        return None, at

    @cached_property
    def _by_key(self) -> Mapping[str, tuple[_Form, ...]]:
        """Forms by their first two characters, longest first; of two equal forms the later in the list wins."""
        forms: dict[str, _Form] = {}
        for group in self._groups.values():
            for surface, name in _surfaces(group):
                for form in _spaced(_form(surface, name, group.kind)):
                    known = forms.get(form.folded)
                    if known is None or name or not known.group:
                        forms[form.folded] = form
        keyed: dict[str, list[_Form]] = {}
        for form in sorted(forms.values(), key=lambda form: -len(form.folded)):
            keyed.setdefault(form.folded[:_KEY], []).append(form)
        return {key: tuple(same) for key, same in keyed.items()}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Positions where a form may begin."""
        firsts = {key[0] for key in self._by_key}
        latin = "".join(re.escape(char) for char in sorted(firsts) if not is_han(char))
        han = "".join(re.escape(char) for char in sorted(firsts) if is_han(char))
        parts = [rf"(?<![a-z0-9])[{latin}]" if latin else "", f"[{han}]" if han else ""]
        return re.compile("|".join(part for part in parts if part) or r"(?!)")


def _surfaces(group: NameGroup) -> Iterable[tuple[str, str]]:
    """Every surface form with the group it stands for, `never` words with none."""
    for surface in (*group.en, *group.zh):
        yield surface, group.id
    for word in group.never:
        yield word, ""


def _form(surface: str, group: str, kind: str) -> _Form:
    folded = _folded(surface)
    latin = surface.isascii() or not any(is_han(char) for char in surface)
    return _Form(
        folded=folded,
        group=group,
        capitals=latin and len(surface) <= _SHORT and surface.isalpha() and surface.isupper(),
        plural=latin and kind == "concept" and not folded.endswith("s"),
        latin_start=folded[0].isalnum() and not is_han(folded[0]),
        latin_end=folded[-1].isalnum() and not is_han(folded[-1]),
    )


@lru_cache(maxsize=8192)
def _folded(surface: str) -> str:
    """The form as folded text has it; loads the converter only for what it could change."""
    plain = surface.casefold()
    needed = not plain.isascii() and plain not in _simplified_forms()
    return (fold_text(surface) if needed else plain).translate(_SEPARATORS)


@lru_cache(maxsize=1)
def _simplified_forms() -> frozenset[str]:
    """The bundled Chinese forms, which are stored folded but for case."""
    return frozenset(form.casefold() for group in _bundled() for form in (*group.zh, *group.never))


def _spaced(form: _Form) -> tuple[_Form, ...]:
    """The form, and the same with a space between its Han and Latin letters, as much Chinese text is set."""
    if form.folded.isascii():
        return (form,)
    spaced = _SEAM.sub(" ", form.folded)
    return (form,) if spaced == form.folded else (form, replace(form, folded=spaced))


def _stands_alone(plain: str, at: int, end: int, form: _Form) -> bool:
    """Whether no Latin letter goes on before or behind; a digit may follow a longer name, as in Qwen3."""
    if form.latin_start and at and plain[at - 1].isalnum() and not is_han(plain[at - 1]):
        return False
    following = plain[end : end + 1]
    if not form.latin_end or not following.isalnum() or is_han(following):
        return True
    return following.isdigit() and not form.folded[-1].isdigit() and end - at > _KEY


def _in_capitals(text: str, folded: Folded, at: int, end: int) -> bool:
    start, stop = folded.original_span(at, end)
    return text[start:stop].rstrip("s").isupper()


def _merge(first: NameGroup, second: NameGroup) -> NameGroup:
    """One group with the forms of both, each once; the second says how it is shown."""
    return NameGroup(
        first.id,
        second.kind,
        tuple(dict.fromkeys((*first.en, *second.en))),
        tuple(dict.fromkeys((*first.zh, *second.zh))),
        {**first.show, **second.show},
        tuple(dict.fromkeys((*first.never, *second.never))),
        second.of or first.of,
    )


@lru_cache(maxsize=1)
def _bundled() -> tuple[NameGroup, ...]:
    return tuple(_group(entry) for entry in json.loads(_BUNDLED.read_text(encoding="utf-8")))


def _read(path: Path) -> tuple[NameGroup, ...]:
    """The groups of a user's file; raises `SettingsError`."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(where=str(path), reason=error.strerror or str(error)) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(where=str(path), reason=f"not a JSON file in UTF-8: {error}") from error
    if not isinstance(entries, list):
        raise SettingsError(where=str(path), reason="the file must hold a list of groups")
    groups = []
    for number, entry in enumerate(entries, start=1):
        try:
            groups.append(_group(entry))
        except ValueError as error:
            raise SettingsError(where=str(path), reason=f"group {number}: {error}") from error
    return tuple(groups)


def _group(entry: Any) -> NameGroup:
    """One entry of the list, checked; raises `ValueError` saying what is wrong with it."""
    if not isinstance(entry, dict):
        raise ValueError("must be an object")
    name = entry.get("id")
    if not isinstance(name, str) or not name.strip():
        raise ValueError('"id" must be a text')
    kind = entry.get("kind", "name")
    if kind not in _KINDS:
        raise ValueError('"kind" must be one of name, person, place, concept')
    owner = entry.get("of", "")
    if not isinstance(owner, str):
        raise ValueError('"of" must be the id of a group')
    show = entry.get("show", {})
    if not isinstance(show, dict) or not all(isinstance(form, str) for form in show.values()):
        raise ValueError('"show" must map languages to texts')
    forms = {key: _texts(entry, key) for key in ("en", "zh", "never")}
    if not forms["en"] and not forms["zh"]:
        raise ValueError('"en" or "zh" must hold a form')
    return NameGroup(name, kind, forms["en"], forms["zh"], show, forms["never"], owner)


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    texts = entry.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and _LETTER.search(text) for text in texts):
        raise ValueError(f'"{key}" must be a list of texts with letters in them')
    return tuple(text.strip() for text in texts)
