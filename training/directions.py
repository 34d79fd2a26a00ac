"""The development sets as directions: questions, the pool of texts they are asked of, and which texts are right.

Every pool holds each of its texts once. XQuAD's development part gives the directions between the languages and is
never trained on; its pools, and those of the other question sets, are filled up with paragraphs of the same language.
Translations and names are looked for among all of their set. Sampling is seeded, so that runs can be compared.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data import held_out, measured, read_rows

POOL, QUESTIONS = 1000, 400

SHORTEST_SECTION = 200
"""Characters of a section that is added to an index as a text to be passed over."""

_SQUAD = "squad11.dev.no-xquad"
_TRAINED_ON = (_SQUAD, "cmrc2018.dev", "drcd.dev")
"""Sets of which only the held-out part is asked."""
_FILLING = {"en": ("xquad.en.dev", _SQUAD), "zh": ("xquad.zh.dev", "cmrc2018.dev", "drcd.dev")}
_TITLES = "dictionary/dbp15k-zh-en-titles.jsonl.gz"
_NEWS = "parallel/news-wmt21.dev.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Direction:
    """Questions, the pool they are asked of, and for each question the places in the pool of its right texts.

    `other` names the language of the sections that `other_sections` gives to check the balance between the languages;
    empty where it is not checked.
    """

    name: str
    questions: tuple[str, ...]
    pool: tuple[str, ...]
    gold: tuple[tuple[int, ...], ...]
    other: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question set: the file of the questions, that of the paragraphs under the same ids, the pool's language.

    `script` is the OpenCC configuration that the questions are converted by.
    """

    questions: str
    paragraphs: str
    pool: str
    script: str = ""
    other: str = ""


_ASKED: Mapping[str, _Asked] = {
    "en→en": _Asked("xquad.en.dev", "xquad.en.dev", "en", other="zh-Hans"),
    "zh→zh": _Asked("xquad.zh.dev", "xquad.zh.dev", "zh", other="en"),
    "zh-Hant→zh-Hans": _Asked("xquad.zh.dev", "xquad.zh.dev", "zh", script="s2twp"),
    "en→zh": _Asked("xquad.en.dev", "xquad.zh.dev", "zh", other="en"),
    "zh→en": _Asked("xquad.zh.dev", "xquad.en.dev", "en", other="zh-Hans"),
    "squad": _Asked(_SQUAD, _SQUAD, "en"),
    "cmrc": _Asked("cmrc2018.dev", "cmrc2018.dev", "zh"),
    "drcd": _Asked("drcd.dev", "drcd.dev", "zh"),
    "drcd-zh-Hans→zh-Hant": _Asked("drcd.dev", "drcd.dev", "zh", script="tw2s"),
}

_PAIRED: Mapping[str, Callable[[Path], list[tuple[str, str]]]] = {
    "news-en→zh": lambda data: [(en, zh) for en, zh in _news(data)],
    "news-zh→en": lambda data: [(zh, en) for en, zh in _news(data)],
    "names-zh→en": lambda data: [(zh, en) for en, zh in _names(data)],
    "names-en→zh": lambda data: [(en, zh) for en, zh in _names(data)],
}

DIRECTIONS = (*_ASKED, *_PAIRED)
"""The names of all directions, in the order of the table."""


def directions(
    data: Path, questions: int = QUESTIONS, pool: int = POOL, only: Collection[str] = ()
) -> tuple[Direction, ...]:
    """The development directions, all or those named, with at most so many questions and paragraphs in a pool.

    A pool is larger where the questions' own paragraphs are more. Raises `OSError` where a file is missing.
    """
    sets = _QuestionSets(data)
    wanted = [name for name in DIRECTIONS if not only or name in only]
    return tuple(
        _asked(name, _ASKED[name], sets, questions, pool)
        if name in _ASKED
        else _paired(name, _PAIRED[name](data), questions)
        for name in wanted
    )


def other_sections(data: Path, language: str) -> list[str]:
    """Long sections of documents in one language, shuffled; none is a paragraph of the cross-lingual questions."""
    sets = _QuestionSets(data)
    asked = {text for name in ("xquad.en.dev", "xquad.zh.dev") for text in sets.paragraphs(name)}
    rows = read_rows(data / f"retrieval/title_text.{language}.jsonl.gz")
    found = _distinct(str(row["text"]) for row in rows if len(row["text"]) >= SHORTEST_SECTION)
    kept = [text for text in found if text not in asked]
    return random.Random(2).sample(kept, len(kept))


def ranks(scores: NDArray[np.float32], gold: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
    """The rank, from 1, of the best right text in every row of scores (questions × texts), shape (questions,).

    A wrong text with the same score goes before the right one.
    """
    found = np.empty(len(gold))
    for row, right in enumerate(gold):
        places = list(right)
        wrong = np.delete(scores[row], places)
        found[row] = 1 + np.count_nonzero(wrong >= scores[row, places].max())
    return found


@dataclass(slots=True)
class _QuestionSets:
    """The rows of the question sets, each file read once."""

    data: Path
    _read: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a set."""
        if name not in self._read:
            self._read[name] = list(read_rows(self.data / f"qa/{name}.jsonl.gz"))
        return self._read[name]

    def paragraphs(self, name: str) -> list[str]:
        """The distinct paragraphs of a set."""
        return _distinct(str(row["context"]) for row in self.rows(name))


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _asked(name: str, asked: _Asked, sets: _QuestionSets, questions: int, pool: int) -> Direction:
    rows = sets.rows(asked.questions)
    if asked.questions in _TRAINED_ON:
        rows = [row for row in rows if measured(asked.questions, row)]
    rows = random.Random(0).sample(rows, min(questions, len(rows)))
    target = {str(row["id"]): str(row["context"]) for row in sets.rows(asked.paragraphs)}
    wanted = [target[str(row["id"])] for row in rows]
    needed = _distinct(wanted)
    known = set(needed)
    filling = [text for file in _FILLING[asked.pool] for text in sets.paragraphs(file)]
    rest = [text for text in random.Random(1).sample(filling, len(filling)) if text not in known]
    texts = _distinct([*needed, *rest])[: max(pool, len(needed))]
    place = {text: at for at, text in enumerate(texts)}
    gold = tuple((place[text],) for text in wanted)
    return Direction(name, _converted([str(row["question"]) for row in rows], asked.script), tuple(texts), gold,
                     other=asked.other)  # fmt: skip


def _converted(texts: Sequence[str], script: str) -> tuple[str, ...]:
    if not script:
        return tuple(texts)
    import opencc

    converter = opencc.OpenCC(script)
    return tuple(str(converter.convert(text)) for text in texts)


def _paired(name: str, pairs: Sequence[tuple[str, str]], questions: int) -> Direction:
    """Ask for the other side of pairs; a text with several others (two translations) is found with any of them."""
    texts = _distinct(right for _, right in pairs)
    place = {text: at for at, text in enumerate(texts)}
    gold: dict[str, dict[int, None]] = {}
    for left, right in pairs:
        gold.setdefault(left, {})[place[right]] = None
    asked = random.Random(0).sample(list(gold), min(questions, len(gold)))
    return Direction(name, tuple(asked), tuple(texts), tuple(tuple(gold[left]) for left in asked))


def _news(data: Path) -> list[tuple[str, str]]:
    return [(str(row["en"]), str(row["zh"])) for row in read_rows(data / _NEWS)]


def _names(data: Path) -> list[tuple[str, str]]:
    rows = [row for row in read_rows(data / _TITLES) if held_out(str(row["zh"]), 0.15)]
    return [(str(title), str(row["zh"])) for row in rows for title in row["en"]]
