"""The pieces of the bundled model: whole words by frequency, with characters and subwords to fall back on.

A `tokenizers` Unigram model is written down rather than trained: Chinese words carry the log frequency of jieba's
dictionary, English words one flat score so that a whole word beats its parts. Every list is sorted before it
becomes a vocabulary, so two runs make the same file.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from pathlib import Path

import jieba
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from rag.text.folding import fold_text
from training.data import read_pairs, read_rows

CHINESE_WORDS, ENGLISH_WORDS = 62_000, 42_000
UNKNOWN = "<unk>"
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def build(pairs_file: Path, data: Path, teacher_pieces: set[str], out: Path) -> None:
    """Write the tokenizer to `out`."""
    pairs = read_pairs(pairs_file)
    chinese, characters = _chinese_words(pairs, data)
    scores: dict[str, float] = {UNKNOWN: 0.0}
    total = sum(chinese.values())
    for word, mass in chinese.items():
        scores.setdefault(word, math.log((mass + 0.5) / total))
    for word, count in _english_words(pairs, teacher_pieces).items():
        scores.setdefault(word, -9.0 if count > 200 else -10.0)
    for char in characters:
        scores.setdefault(char, -18.0)
    for char in "abcdefghijklmnopqrstuvwxyz":
        scores.setdefault(char, -20.0)
    for number in [*range(1000), *range(1800, 2100)]:
        scores.setdefault(str(number), -8.0 - 0.5 * len(str(number)))
    for sign in "%$€£+-./#@&":
        scores.setdefault(sign, -8.0)
    tokenizer = Tokenizer(models.Unigram(list(scores.items()), unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    runs = Regex(r"[\u4e00-\u9fff]+|[a-z]+|[0-9]{1,4}|[^\s\w]")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(runs, "isolated")]
    )
    tokenizer.save(str(out), pretty=False)
    print(f"{len(scores)} pieces")


def _chinese_words(pairs: list[tuple[str, str, str]], data: Path) -> tuple[dict[str, float], list[str]]:
    jieba.setLogLevel(60)
    jieba.initialize()
    sample = random.Random(1).sample(pairs, min(200_000, len(pairs)))
    seen: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for _, left, right in sample:
        for run in _HAN.findall(left) + _HAN.findall(right):
            seen.update(jieba.cut(run, HMM=False))
            characters.update(run)
    entries = {fold_text(str(row["zh"])) for row in read_rows(data / "dictionary/cc-cedict.jsonl.gz")}
    counts: defaultdict[str, float] = defaultdict(float)
    for word, frequency in jieba.dt.FREQ.items():
        if frequency > 0 and len(word) <= 6 and _HAN.fullmatch(word):
            counts[fold_text(word)] += frequency / jieba.dt.total * 1e6
    for word, times in seen.items():
        counts[word] += 0.2 * times
    # a word with a translation is worth a row sooner: its start vector is known
    rank = sorted(counts, key=lambda w: (-counts[w] * (3 if w in entries else 1), w))
    words = [w for w in rank if len(w) > 1][:CHINESE_WORDS]
    known = {c for c in counts if len(c) == 1} | set(characters) | {c for w in words for c in w}
    single = sorted(c for c in known if _HAN.fullmatch(c))
    return {w: counts[w] for w in words + [c for c in single if counts[c] >= 1]}, single


def _english_words(pairs: list[tuple[str, str, str]], teacher_pieces: set[str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for kind, left, right in pairs:
        counts.update(re.findall(r"[a-z]+", left))
        if kind in ("section", "question"):
            counts.update(re.findall(r"[a-z]+", right))
    words = sorted((w for w, c in counts.items() if c >= 4 and len(w) <= 20), key=lambda w: (-counts[w], w))
    kept = {w: counts[w] for w in words[:ENGLISH_WORDS]}
    for piece in sorted(teacher_pieces):
        if re.fullmatch(r"[a-z]+", piece):
            kept[piece] = kept.get(piece, 0) + 1
    return kept
