"""The material of `training.transliteration`: name pairs, texts for chance, and English words.

Encyclopedia titles and English paragraphs are split by `held_out`; CC-CEDICT and the Chinese texts are not.
Running texts are folded. English words are lowercase letters in pairs, and as written in lists of words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path

from rag.text.folding import fold_text, fold_texts
from rag.text.transliteration import MAX_CHARACTERS, Transliteration, letters_of
from training.data import held_out, read_rows

HAN = re.compile(r"[一-鿿]+")
"""A run of Han characters."""
_DOT = re.compile(r"[·‧・•∙]")
# a generic word after a name, which is translated
_GENERIC = tuple("国人县乡市区镇省语文族河湖海郡旗寺号站州")
_CAPITALISED = re.compile(r"[^\W\d_a-z][^\W\d_]{2,}")

Pair = tuple[str, str]
"""English letters and the Chinese run."""


def dictionary_pairs(data: Path) -> tuple[list[Pair], list[tuple[list[str], str]], list[Pair]]:
    """Likely pairs; (English words, Chinese title) in which names may hide; held-out pairs of dotted names."""
    pairs, looser, held = set(), [], set()
    rows = list(read_rows(data / "dictionary/dbp15k-zh-en-titles.jsonl.gz"))
    titles = fold_texts([row["zh"] for row in rows])
    for row, zh in zip(rows, titles, strict=True):
        english = [letters_of(word) for word in re.split(r"[\s,()]+", row["en"][0])]
        parts = _DOT.split(zh)
        aligned = len(parts) == len(english)
        found = {(word, part) for word, part in zip(english, parts, strict=False) if aligned and _plausible(word, part)}
        if held_out(row["zh"], 0.15):
            held |= found if len(parts) > 1 else set()
            continue
        pairs |= found
        if not aligned or len(found) < len(parts):
            looser.append((_capitalised(row["en"][0]), zh))
    for row in read_rows(data / "dictionary/cc-cedict.jsonl.gz"):
        for gloss in row["en"]:
            head = re.split(r"[,(;]| or ", gloss)[0].strip()
            word = letters_of(head) if _CAPITALISED.fullmatch(head) else ""
            if _plausible(word, row["zh"]):
                pairs.add((word, row["zh"]))
            elif _CAPITALISED.match(head):
                looser.append((_capitalised(head), fold_text(row["zh"])))
    return sorted(pairs), looser, sorted(held)


def _plausible(word: str, run: str) -> bool:
    fits = 2 <= len(run) <= MAX_CHARACTERS and 1.2 <= len(word) / len(run) <= 4.5
    return fits and bool(HAN.fullmatch(run)) and not run.endswith(_GENERIC)


def _capitalised(text: str) -> list[str]:
    return [word for word in map(letters_of, _CAPITALISED.findall(text)) if len(word) > 2]


def running_texts(data: Path) -> list[str]:
    """Folded windows of Chinese text: encyclopedia paragraphs and documentation, for what characters mean by chance."""
    rows = [row["context"] for name in ("trial", "dev") for row in read_rows(data / f"qa/cmrc2018.{name}.jsonl.gz")]
    sections = [row["text"] for row in read_rows(data / "retrieval/title_text.zh-Hans.jsonl.gz")]
    return windows([*sorted(set(rows)), *random.Random(1).sample(sections, 3000)])


def windows(texts: Sequence[str], size: int = 300) -> list[str]:
    """The texts, folded, cut to pieces of about `size` characters."""
    return [text[at : at + size] for text in fold_texts(texts) for at in range(0, max(1, len(text) - size // 2), size)]


def english_words(data: Path, held: bool) -> list[list[str]]:
    """The distinct words of English paragraphs."""
    rows = read_rows(data / "qa/squad11.dev.no-xquad.jsonl.gz")
    contexts = sorted({row["context"] for row in rows if held_out(row["title"], 0.4) == held})
    return [list(dict.fromkeys(re.findall(r"[^\W\d_]{3,}", context))) for context in contexts]


def names_inside(model: Transliteration, looser: Sequence[tuple[list[str], str]]) -> list[Pair]:
    """Names that the model finds, with little doubt, in titles and glosses that are only partly written by sound."""
    found = set()
    for words, title in looser:
        for word in words:
            match = model.prepared(word).best_match(title) if len(word) > 3 else None
            if match and match.similarity > 0.9 and not (match.text.endswith(_GENERIC) and match.end == len(title)):
                found.add((word, match.text))
    return sorted(found)
