"""What messages promise: every sentence in three languages that say the same, and none missing."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag import errors
from rag.errors import RagError, UnreadableFile
from rag.messages import MESSAGES, language_from_locale, say
from rag.text.script import detect_language, to_script
from rag.types import LANGUAGES
from ui.words import WORDS

ROOT = Path(__file__).resolve().parents[1]
ALL = {**MESSAGES, **WORDS}
_FILES = {"answer.json"}


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def subclasses(kind: type[RagError]) -> Iterator[type[RagError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


ERRORS = tuple(subclasses(RagError))


@pytest.mark.parametrize("key", sorted(ALL))
def test_a_message_has_three_texts_with_the_same_named_gaps(key: str) -> None:
    texts = ALL[key]
    assert len(texts) == 3
    assert all(text.strip() for text in texts)
    assert gaps(texts[0]) == gaps(texts[1]) == gaps(texts[2])
    assert all(name.isidentifier() for name in gaps(texts[0]))


@pytest.mark.parametrize("key", sorted(ALL))
def test_the_chinese_texts_keep_to_their_script(key: str) -> None:
    _, simplified, traditional = ALL[key]
    assert not only_of_the_other_script(simplified, "zh-Hans")
    assert not only_of_the_other_script(traditional, "zh-Hant")


def only_of_the_other_script(text: str, language: str) -> list[str]:
    """Characters that by themselves tell of the other Chinese script."""
    other = "zh-Hant" if language == "zh-Hans" else "zh-Hans"
    return [char for char in text if detect_language(char, default=language) == other]  # type: ignore[arg-type]


def test_the_check_of_scripts_sees_a_single_character() -> None:
    assert only_of_the_other_script("无法使用該模型", "zh-Hans") == ["該"]
    assert only_of_the_other_script("無法使用该模型", "zh-Hant") == ["该"]
    assert to_script("无法使用", "zh-Hant") == "無法使用"


@pytest.mark.parametrize("key", sorted(ALL))
def test_chinese_texts_use_chinese_punctuation(key: str) -> None:
    for text in ALL[key][1:]:
        assert re.findall(r"[\u4e00-\u9fff][,;:?!]", text) == []


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_message(kind: type[RagError]) -> None:
    assert kind.key in MESSAGES
    values = dict.fromkeys(gaps(MESSAGES[kind.key][0]), "※")
    error = kind(**values)
    said = {error.in_language(language) for language in LANGUAGES}
    assert len(said) == 3
    assert str(error) == error.in_language("en")
    assert all(("※" in text) == bool(values) for text in said)


def test_the_tree_of_errors_is_drawn_whole() -> None:
    drawing = errors.__doc__ or ""
    assert [kind.__name__ for kind in ERRORS if kind.__module__ == "rag.errors" and kind.__name__ not in drawing] == []


@pytest.mark.parametrize("key", sorted(key for key in MESSAGES if key.startswith("reason.")))
def test_a_reason_is_said_in_every_language_inside_its_error(key: str) -> None:
    values = dict.fromkeys(gaps(MESSAGES[key][0]), "※")
    error = UnreadableFile(**{"path": "a.md", "reason_key": key, **values})
    for number, language in enumerate(LANGUAGES):
        assert error.reason(language) == MESSAGES[key][number].format(**values)
        assert error.reason(language) in error.in_language(language)


def test_every_key_in_the_code_has_a_message_and_every_message_is_used() -> None:
    written: set[str] = set()
    for file in sorted([*(ROOT / "rag").rglob("*.py"), *(ROOT / "ui").rglob("*.py")]):
        if file.parent.name == "messages" or file.name.startswith("words"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                written.add(node.value)
    groups = "|".join({key.split(".")[0] for key in MESSAGES})
    keys = {text for text in written if re.fullmatch(rf"({groups})\.[a-z0-9_]+[a-z0-9]", text)}
    assert keys - set(ALL) - _FILES == set()
    # from the name of a kind of value, and from the reason of a doubt
    made = {key for key in MESSAGES if key.startswith(("reason.need_", "doubt."))}
    assert set(MESSAGES) - written - made == set()


def test_a_gap_is_filled_as_it_is() -> None:
    assert say("remove.done", "en", article="{article} %s {0}") == "removed {article} %s {0}"


def test_an_unknown_language_reads_english() -> None:
    assert say("interrupted", "fr") == say("interrupted", "en")


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *((None, "en"), ("", "en"), ("C", "en"), ("POSIX", "en"), ("de_DE.UTF-8", "en"), ("en_HK", "en")),
        *(("zh", "zh-Hans"), ("zh_CN.GB18030", "zh-Hans"), ("zh-SG", "zh-Hans"), ("zh-Hans-HK", "zh-Hans")),
        *(("zh_TW.UTF-8", "zh-Hant"), ("zh_HK", "zh-Hant"), ("zh-MO", "zh-Hant"), ("zh-hant-cn", "zh-Hant")),
    ],
)
def test_a_locale_names_an_interface_language(name: str | None, language: str) -> None:
    assert language_from_locale(name) == language
