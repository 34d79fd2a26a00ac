"""What the small transformer learns from: sentence pairs, dictionary entries, mixed sentences, some English by itself.

Every example is a text and the English sentence whose teacher vector it must reach. The number taken of each source
is fixed, so that everyday and general prose is not drowned by manuals; the choice is seeded.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

from tqdm import tqdm

from rag.embedding.static import StaticModel
from rag.text.sentences import split_sentences
from training.code_switching import glossary, switched
from training.data import SOURCES, Source, folded, measured, read_rows, row_pairs

# examples taken of each source; a source that is not named is not used
TAKEN = {
    "parallel/tatoeba-cmn": 29_000,
    "parallel/3am-captions": 26_000,
    "parallel/freecodecamp-zh": 25_000,
    "parallel/freecodecamp-zh-Hant": 25_000,
    "parallel/mojlaw-tw": 22_000,
    "parallel/k8s": 16_000,
    "parallel/tensorflow-docs": 10_000,
    "parallel/python-docs-zh-cn": 8_000,
    "parallel/d2l": 7_300,
    "parallel/react-zh-hans": 6_000,
    "parallel/ms-cpp-docs": 6_000,
    "parallel/angular-cn": 4_000,
    "parallel/django-docs-zh": 4_000,
    "parallel/php-doc-zh": 4_000,
    "parallel/tico19": 3_100,
    "parallel/tldr-zh": 2_000,
    "parallel/istio": 1_800,
    "dictionary/cc-cedict": 80_000,
    "dictionary/dbp15k-zh-en-titles": 14_000,
    "dictionary/tico19-covid-terms": 3_000,
}
SWITCHED = ("parallel/tatoeba-cmn", "parallel/3am-captions", "parallel/freecodecamp-zh")
"""Sources whose English sentences are also taken with words put into Chinese, every third of them."""

SWITCHED_EVERY, SWITCHED_OFTEN = 3, 4
"""... and how often the sentences and questions of the encyclopedia set are, each time with other words."""

ENCYCLOPEDIA = "qa/squad11.dev.no-xquad.jsonl.gz"
# one English sentence in so many is also an example by itself: the student must stay where the teacher is
ENGLISH_EVERY = 8
MAX_CHARACTERS = 260


@dataclass(frozen=True, slots=True)
class Example:
    """A folded text and the English sentence that says the same."""

    text: str
    english: str


def examples(data: Path, static: StaticModel, seed: int = 0) -> list[Example]:
    """The chosen examples in a seeded order; raises `OSError` where the encyclopedia set is missing."""
    work = [(source, data / source.path, TAKEN[_stem(source)]) for source in SOURCES if _stem(source) in TAKEN]
    with Pool(2) as pool:
        parts = list(tqdm(pool.imap(_of_source, work), total=len(work), desc="examples"))
    found = [example for part in parts for example in part]
    plain = [part for (source, _, _), part in zip(work, parts, strict=True) if _stem(source) in SWITCHED]
    found += _switched(data, [e.english for part in plain for e in part[::SWITCHED_EVERY]], static, seed)
    random.Random(seed).shuffle(found)
    alone = [Example(e.english, e.english) for e in found[::ENGLISH_EVERY]]
    mixed = found + alone
    random.Random(seed + 1).shuffle(mixed)
    return mixed


def _switched(data: Path, plain: Sequence[str], static: StaticModel, seed: int) -> list[Example]:
    """Examples of English sentences with words put into Chinese."""
    mixed = switched([*plain, *_encyclopedia(data) * SWITCHED_OFTEN], glossary(data, static), seed)
    return [Example(folded(text), folded(english)) for text, english in mixed]


def _encyclopedia(data: Path) -> list[str]:
    """Sentences and questions about the titles that are not kept for measuring, each once."""
    rows = [row for row in read_rows(data / ENCYCLOPEDIA) if not measured(Path(ENCYCLOPEDIA).name, row)]
    contexts = dict.fromkeys(str(row["context"]) for row in rows)
    sentences = [text[span.start : span.end] for text in contexts for span in split_sentences(text)]
    questions = dict.fromkeys(str(row["question"]) for row in rows)
    return [text for text in (*sentences, *questions) if len(text) < MAX_CHARACTERS]


def _stem(source: Source) -> str:
    return source.path.removesuffix(".jsonl.gz")


def _of_source(work: tuple[Source, Path, int]) -> list[Example]:
    source, path, wanted = work
    pairs = list(_usable(pair for row in read_rows(path) for pair in row_pairs(source, row)))
    # questions are what the model will be asked, and rare in this text: all of them are taken
    asked = [pair for pair in pairs if pair[0].rstrip().endswith("?")]
    rest = [pair for pair in pairs if not pair[0].rstrip().endswith("?")]
    random.Random(source.path).shuffle(rest)
    chosen = (asked + rest)[:wanted]
    return [Example(folded(chinese), folded(english)) for english, chinese in chosen]


def _usable(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((en, zh) for en, zh in pairs if en.strip() and zh.strip() and len(en) < MAX_CHARACTERS)
