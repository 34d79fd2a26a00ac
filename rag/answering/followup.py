"""A follow-up question made to stand alone by rule: the topic of the conversation is put into it.

Invariant: a question that does not lean on the conversation comes back as it is, and so does one for which the
conversation has no topic. Earlier questions are made to stand alone first, from the oldest on, so a topic lasts over
several follow-ups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.answering.leaning import Leaning, leaning, leans
from rag.answering.leaning_words import EN_ATTRIBUTES, EN_BARE, ZH_ATTRIBUTES, ZH_BARE
from rag.answering.prompts import ANSWER_CHARACTERS, QUESTION_CHARACTERS, TURNS, History, without_marks
from rag.answering.rewriting import accept_rewrite, rewrite_messages
from rag.answering.topics import content_in, dates_in, known_names, names_in
from rag.text.folding import fold_text
from rag.text.jieba_dictionary import parts
from rag.text.people import find_people
from rag.text.question_kinds import asks_for
from rag.text.script import detect_language, is_han, to_script
from rag.text.words import lexical_words
from rag.types import Language, Span

__all__ = ["accept_rewrite", "by_rule", "leans", "rewrite_messages"]

_PERSON = re.compile(r"^(?:he|him|his|she|her|hers|[他她](?!们))", re.IGNORECASE)
_POINTS = re.compile(r"^(?:this|that|these|those|there|[这這那])", re.IGNORECASE)
_POSSESSIVE = re.compile(r"^(?:its|his|their|theirs)$|'s$")
_HER_OF_NOUN = re.compile(r"\s+(?!(?:to|in|on|at|for|from|with|about|and|or|as|by)\b)[a-z]", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"^(?:in|for|at|on|by|from|to|with|since|until|before|after|during|of|as of|the|an?)\s+", re.I
)
_PLACE = re.compile(r"(?:^|\b)(?:in|at|from|to|near)\s+(?:the\s+)?$|^(?:in|at|from|to|near)\b", re.IGNORECASE)
_CHANGES = re.compile(
    r"\b(?:fall|fell|rise|rose|drop(?:ped)?|increased?|decreased?|declined?|grow|grew|change[ds]?|shrink|jump(?:ed)?)\b|"
    r"[上下]升|下降|下[跌滑]|[增减減]少|增[长長加]|[变變]化|上[涨漲]|[涨漲跌]"
)
_END = re.compile(r"[\s?？!！.。]*$")
_LIMIT = 8


@dataclass(frozen=True, slots=True)
class _Turn:
    """The last question as it stands alone, in its own language, and its answer without marks."""

    question: str
    language: Language
    answer: str

    @property
    def words(self) -> list[str]:
        """What it is about, in order: names, dates and content words."""
        known = [*self.names, *self.dates]
        kept = [s for s in content_in(self.question) if not any(k.overlaps(s) for k in known)]
        kept = [s for s in kept if not _is_bare(self.question[s.start : s.end])]
        ordered = sorted([*kept, *known], key=lambda span: span.start)
        return list(dict.fromkeys(self.question[s.start : s.end] for s in ordered))[:_LIMIT]

    @property
    def names(self) -> tuple[Span, ...]:
        """Where its names stand."""
        return names_in(self.question)

    @property
    def dates(self) -> tuple[Span, ...]:
        """Where its dates stand."""
        return tuple(d for d in dates_in(self.question) if not any(n.overlaps(d) for n in self.names))

    def said(self, spans: Sequence[Span]) -> list[str]:
        """The words at these places, each once."""
        return list(dict.fromkeys(self.question[s.start : s.end] for s in spans))


def by_rule(question: str, language: Language, history: History) -> str:
    """The question with what it leans on put in: names, dates and attributes of the earlier questions.

    A fragment takes the place of its like in the last question (那2024年呢？); a pronoun is replaced by the one name
    it can mean; else the topic follows in brackets. History may be in other languages than the question.
    """
    last: _Turn | None = None
    for asked, answered in history[-TURNS:]:
        asked = " ".join(asked[:QUESTION_CHARACTERS].split())
        own = detect_language(asked, default=language)
        last = _Turn(_resolved(asked, own, last), own, without_marks(answered[:ANSWER_CHARACTERS]))
    return _resolved(question, language, last)


def _resolved(question: str, language: Language, last: _Turn | None) -> str:
    lean = leaning(question, language)
    if last is None or lean.kind == "alone":
        return question
    ways: dict[str, Callable[[str, Language, Leaning, _Turn], str | None]] = {
        "fragment": _with_fragment,
        "pronoun": _with_pronoun,
        "owner": _with_owner,
    }
    way = ways.get(lean.kind)
    resolved = way(question, language, lean, last) if way else None
    resolved = resolved or _with_topic(question, language, _fitting_topic(lean, last))
    return to_script(resolved, language) if language != "en" else resolved


# --- fragments ------------------------------------------------------------------------------------------------------


def _with_fragment(question: str, language: Language, lean: Leaning, last: _Turn) -> str | None:
    """The last question with the fragment in the place of its like."""
    fragment = question[lean.span.start : lean.span.end].strip(" ,，")
    bare = fragment if language != "en" else _PREPOSITION.sub("", fragment)
    if not bare or (language == "en") != (last.language == "en"):
        return None
    dates, names = dates_in(fragment), names_in(_opened(bare))
    text = last.question
    if dates:
        text = _replaced_date(text, fragment, dates[0], language)
    if names:
        name = _opened(bare)[names[0].start : names[0].end]
        return _replaced_name(text, name, fragment, language)
    if dates and _is_all(fragment, dates):
        return text
    if _is_attribute(bare):
        return _replaced_attribute(text, bare, language)
    if not dates and _is_name_like(bare, language) and last.names:
        return _replaced_name(text, bare, fragment, language)
    return _added(text, fragment, language)


def _opened(fragment: str) -> str:
    """A fragment without the mark of possession, so that a name at its start is seen as one."""
    return fragment.removesuffix("的")


def _is_all(fragment: str, spans: Sequence[Span]) -> bool:
    rest = list(fragment)
    for span in spans:
        rest[span.start : span.end] = " " * (span.end - span.start)
    return not content_in("".join(rest))


def _replaced_date(text: str, fragment: str, date: Span, language: Language) -> str:
    """The last date of the question replaced; where it has none, the date is added."""
    words, held = fragment[date.start : date.end], dates_in(text)
    if held:
        return text[: held[-1].start] + words + text[held[-1].end :]
    if language == "en":
        return _added(text, fragment, language)
    return words + text


def _replaced_name(text: str, name: str, fragment: str, language: Language) -> str:
    """The name of the same kind in the question replaced; where it has none, the fragment is added."""
    kind, place = _kind(name), _PLACE.match(fragment)
    for span in names_in(text):
        held = _kind(text[span.start : span.end])
        # after "in" and the like stands a place or the like, in both questions or in neither
        if place and not kind and not _PLACE.search(text[: span.start]):
            continue
        if held == kind or not held or not kind:
            return text[: span.start] + name + text[span.end :]
    return _added(text, fragment, language)


def _kind(name: str) -> str:
    table = known_names()
    found = table.find(name)
    if found:
        return table.kind(found[0].group)
    return "person" if find_people(name) else ""


def _replaced_attribute(text: str, attribute: str, language: Language) -> str:
    """The attribute that the question asks for replaced; else that of its names asked for."""
    held = _attributes(text)
    if held:
        return text[: held[0].start] + attribute + text[held[-1].end :]
    topic = [text[s.start : s.end] for s in sorted((*names_in(text), *dates_in(text)), key=lambda s: s.start)]
    if not topic:
        return _added(text, attribute, language)
    if language == "en":
        return f"What about the {attribute} of {' '.join(topic)}?"
    return f"{_listed(topic)}的{attribute}呢？"


def _attributes(text: str) -> list[Span]:
    taken = [*names_in(text), *dates_in(text)]
    spans = [s for s in content_in(text) if not any(t.overlaps(s) for t in taken)]
    return [s for s in spans if _is_attribute(text[s.start : s.end])]


def _added(text: str, fragment: str, language: Language) -> str:
    """The question with the fragment as one more condition."""
    if language == "en":
        return f"{_END.sub('', text)} {fragment}?"
    return f"{fragment}，{text}"


def _is_attribute(words: str) -> bool:
    own = [word for word in lexical_words(words) if word not in ("the", "a", "an", "的")]
    return bool(own) and all(word in EN_ATTRIBUTES or word in ZH_ATTRIBUTES for word in own)


def _is_name_like(words: str, language: Language) -> bool:
    """Whether an unknown fragment is a name: capitalised, or a Chinese word that is in no dictionary."""
    if language == "en":
        return words[:1].isupper()
    folded = fold_text(words)
    listed = {part for part, _ in parts(f"的{folded}")}
    return len(words) <= 4 and folded not in listed and len(content_in(words)) == 1 and not known_names().find(words)


# --- pronouns, owners, topics -----------------------------------------------------------------------------------------


def _with_pronoun(question: str, language: Language, lean: Leaning, last: _Turn) -> str | None:
    """The pronoun replaced by the one name that it can mean; `None` where there are none or several."""
    pronoun = question[lean.span.start : lean.span.end]
    names = _meant(pronoun, last)
    if len(names) != 1 or (_POINTS.match(pronoun) and not _is_company(pronoun)):
        return None
    attributes = last.said(_attributes(last.question))
    if attributes and _CHANGES.search(question):
        # what rises or falls is what the last question asked for
        return _with_topic(question, language, [*names, *attributes])
    name = _in_language(names[0], language)
    if language == "en":
        name = _in_case(pronoun, name, question[lean.span.end :])
    return question[: lean.span.start] + name + question[lean.span.end :]


def _in_case(pronoun: str, name: str, after: str) -> str:
    """The name in the place of an English pronoun: it's, its and her as they are used."""
    lower = pronoun.lower()
    if lower == "it's":
        return f"{name} is"
    possessive = _POSSESSIVE.search(lower) or (lower == "her" and _HER_OF_NOUN.match(after))
    return f"{name}'s" if possessive and not name.endswith("'s") else name


def _is_company(pronoun: str) -> bool:
    return pronoun.lower().removesuffix("'s").endswith(("company", "firm", "startup", "公司", "企业", "企業"))


def _meant(pronoun: str, last: _Turn) -> list[str]:
    """The names of the last turn that a pronoun can mean: what was asked for, else what was asked about."""
    asked = asks_for(last.question)
    own = last.said(last.names)
    if _PERSON.match(pronoun):
        people = [name for name in own if _kind(name) == "person"] or _people(last.answer)[:1]
        return people or [name for name in own if not _kind(name)]
    if asked & {"name_org", "name_person"} and "list" not in asked:
        answered = [last.answer[s.start : s.end] for s in names_in(last.answer)]
        new = [name for name in answered if name not in own and _kind(name) in ("name", "")]
        if new and "name_org" in asked:
            return new[:1]
    things = [name for name in own if _kind(name) not in ("person", "place")] or own
    return _most_specific(things)


def _people(text: str) -> list[str]:
    table = known_names()
    spans = [(m.start, m.text) for m in table.find(text) if table.kind(m.group) == "person"]
    spans += [(person.start, person.text) for person in find_people(text)]
    if not spans:
        spans = [(s.start, text[s.start : s.end]) for s in names_in(text) if not _kind(text[s.start : s.end])]
    return [name for _, name in sorted(spans)]


def _most_specific(names: list[str]) -> list[str]:
    """The names without those whose product is named too."""
    table = known_names()
    groups = {name: {m.group for m in table.find(name)} for name in names}
    owners = {table.owner(group) for of in groups.values() for group in of}
    return [name for name in names if not groups[name] & owners] or names


def _with_owner(question: str, language: Language, lean: Leaning, last: _Turn) -> str | None:
    """An attribute with the names of the last question put before it, and its date where the question has none."""
    topic = [_in_language(name, language) for name in last.said(last.names)]
    if not topic:
        return None
    dated = dates_in(question) or "date" in asks_for(question) or (language == "en") != (last.language == "en")
    dates = [] if dated else last.said(last.dates)
    if language == "en":
        return _with_topic(question, language, [*topic, *dates])
    first = [*content_in(question), *dates_in(question)]
    joint = "的" if any(span.start == 0 for span in first) and not question.startswith(("有", "是")) else ""
    return f"{_listed(topic)}{''.join(dates)}{joint}{question}"


def _fitting_topic(lean: Leaning, last: _Turn) -> list[str]:
    words = last.words
    if lean.kind == "fragment":
        dates = last.said(last.dates)
        # the fragment is there to take the place of the date or of the name
        words = [word for word in words if word not in dates] or words
    return words


def _with_topic(question: str, language: Language, words: Sequence[str]) -> str:
    """The question with the topic in brackets behind it."""
    words = [_in_language(word, language) for word in words]
    stem = question.rstrip()
    new = [word for word in dict.fromkeys(words) if word.casefold() not in stem.casefold()]
    if not new:
        return question
    resolved = f"{stem} ({', '.join(new)})" if language == "en" else f"{stem}（{'，'.join(new)}）"
    if (detect_language(resolved, default=language) == "en") == (language == "en"):
        return resolved
    # so many words of another language that it would be taken for that: names alone, then
    names = [word for word in new if names_in(f"，{word}")]
    fewer = f"{stem} ({', '.join(names)})" if language == "en" else f"{stem}（{'，'.join(names)}）"
    same = (detect_language(fewer, default=language) == "en") == (language == "en")
    return fewer if names and same else resolved


def _in_language(word: str, language: Language) -> str:
    """A known name as the language writes it; any other word as it is, Chinese in the right script."""
    table = known_names()
    found = table.find(word)
    chinese = any(map(is_han, word))
    if len(found) == 1 and found[0].text == word and chinese == (language == "en"):
        return table.show(found[0].group, language)
    return to_script(word, language) if chinese else word


def _listed(words: Sequence[str]) -> str:
    return "、".join(words)


def _is_bare(word: str) -> bool:
    own = lexical_words(word)
    return all(one in EN_BARE or one in ZH_BARE for one in own)
