"""Chinese word boundaries: jieba's dictionary and its model of unknown words, loaded once, fast, and only when needed.

Invariant: the words of `segment(run)` joined are `run`. The dictionary maps every word, and every beginning of a
word, to a weight: the natural logarithm of the word's share of jieba's corpus (always below zero), or 0.0 for what
is only the beginning of a word. The path of highest summed weight wins, as in jieba's own `cut`; runs of single
characters that it leaves go to jieba's hidden Markov model.

Parsing jieba's dictionary takes about half a second, so its result is kept in the user's own cache folder
(`RAG_CACHE_DIR` overrides it) as plain numbers and text, checked by length and checksum, never executed. A cache
that is absent, damaged, of another version or not writable costs only time.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import tempfile
import threading
import warnings
import zlib
from array import array
from collections.abc import Callable, Iterator
from functools import lru_cache
from math import log
from pathlib import Path
from typing import cast

_FORMAT = "1"
_DOMAIN_COUNT = 2000
"""How often a domain word counts as seen: enough to be kept whole against any two ordinary words."""

_RARE = -14.5
"""Log share of the corpus up to which a word is rare, 30 times in 60 million: 鹤山 and 临溪 are, 造纸厂 is not."""

_DOMAIN_LIST = """
大模型 大语言模型 月之暗面 通义千问 通义 千问 六小龙 六小虎 开源 闭源 算力 具身 具身智能 人形机器人 智谱
智谱清言 阶跃星辰 百川智能 零一万物 摩尔线程 天数智芯 沐曦 昇腾 壁仞 燧原 寒武纪 海光信息 深度求索 幻方量化 豆包
文心一言 混元 元宝 腾讯元宝 可灵 海螺 商汤 科大讯飞 英伟达 字节跳动 阿里云 百度智能云 生成式 多模态 智能体
思维链 强化学习 预训练 微调 推理模型 推理成本 蒸馏 衍生模型 基座模型 开源模型 市占率 估值 融资 独角兽 宇树
优必选 智元 数据中心 应用程序 初创公司 初创企业 机器学习 深度学习 向量 检索增强
"""
DOMAIN_WORDS = tuple(_DOMAIN_LIST.split())
"""Names and terms that jieba's dictionary lacks or would cut apart."""

_lock = threading.Lock()
_weights: dict[str, float] | None = None
_unknown_words: Callable[[str], Iterator[str]] | None = None
_single_weight = 0.0


def segment(run: str) -> list[str]:
    """Cut a run of Han characters into words; the words joined are `run`."""
    weights = _weights if _weights is not None else _load()
    words: list[str] = []
    loose = 0
    at = 0
    for end in _best_path(run, weights):
        if end - at > 1:
            if loose:
                words += _loose_words(run[at - loose : at])
                loose = 0
            words.append(run[at:end])
        else:
            loose += 1
        at = end
    if loose:
        words += _loose_words(run[at - loose : at])
    return words


def is_listed(word: str) -> bool:
    """Whether the dictionary has a word."""
    weights = _weights if _weights is not None else _load()
    return bool(weights.get(word))


def is_rare(word: str) -> bool:
    """Whether a word is not in the dictionary, or hardly ever used: most such words of some characters are names."""
    weights = _weights if _weights is not None else _load()
    return (weights.get(word) or _RARE) <= _RARE


@lru_cache(maxsize=32768)
def parts(word: str) -> tuple[tuple[str, int], ...]:
    """The dictionary words of two and three characters inside a longer word, each with its offset, in text order."""
    weights = _weights if _weights is not None else _load()
    sizes = (2, 3) if len(word) > 3 else (2,)
    inner = ((word[i : i + size], i) for i in range(len(word) - 1) for size in sizes if i + size <= len(word))
    return tuple((part, i) for part, i in inner if weights.get(part))


def _best_path(run: str, weights: dict[str, float]) -> Iterator[int]:
    """Ends of the words on the path of highest weight, by dynamic programming from the end of the run."""
    length = len(run)
    score = [0.0] * (length + 1)
    ends = [0] * length
    get = weights.get
    for i in range(length - 1, -1, -1):
        best, best_end = -1e300, 0
        j = i + 1
        weight = get(run[i])
        while weight is not None:
            if weight:
                total = weight + score[j]
                if total >= best:
                    best, best_end = total, j
            j += 1
            if j > length:
                break
            weight = get(run[i:j])
        if not best_end:
            best, best_end = _single_weight + score[i + 1], i + 1
        score[i], ends[i] = best, best_end
    at = 0
    while at < length:
        at = ends[at]
        yield at


@lru_cache(maxsize=65536)
def _loose_words(buffer: str) -> tuple[str, ...]:
    """Words among characters that the dictionary left single."""
    weights, unknown_words = _weights, _unknown_words
    if len(buffer) == 1 or weights is None or unknown_words is None or weights.get(buffer):
        return tuple(buffer)
    return tuple(unknown_words(buffer))


def _load() -> dict[str, float]:
    """Load the dictionary once; other threads wait for it."""
    global _weights, _unknown_words, _single_weight
    with _lock:
        if _weights is None:
            with warnings.catch_warnings():
                # jieba's own source raises deprecation warnings while it is compiled and imported
                warnings.simplefilter("ignore")
                import jieba
                from jieba import finalseg
            with _collector_paused():
                source = Path(jieba.__file__).with_name("dict.txt").read_bytes()
                total, weights = _from_cache_or_source(source, str(jieba.__version__))
                _add_domain_words(weights, total)
            _unknown_words = cast(Callable[[str], Iterator[str]], finalseg.cut)
            _single_weight = -log(total)
            # set last: other threads read it without the lock
            _weights = weights
        return _weights


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Half a million new strings would set off many useless collections."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _add_domain_words(weights: dict[str, float], total: int) -> None:
    for word in DOMAIN_WORDS:
        weights[word] = max(weights.get(word) or -1e300, log(_DOMAIN_COUNT / total))
        for end in range(1, len(word)):
            weights.setdefault(word[:end], 0.0)


def cache_folder() -> Path:
    """Where the parsed dictionary is kept: `RAG_CACHE_DIR`, else the user's own cache folder."""
    override = os.environ.get("RAG_CACHE_DIR")
    if override:
        return Path(override)
    import platformdirs

    return Path(platformdirs.user_cache_dir("bilingual-rag"))


def _from_cache_or_source(source: bytes, version: str) -> tuple[int, dict[str, float]]:
    name = f"jieba-{version}-{len(source)}-{zlib.crc32(source):08x}-{sys.byteorder}-{_FORMAT}.dictionary"
    path = cache_folder() / name
    try:
        return _decode(path.read_bytes())
    except (OSError, ValueError):
        parsed = _parse(source)
        _write(path, _encode(*parsed))
        return parsed


def _parse(source: bytes) -> tuple[int, dict[str, float]]:
    """Read lines `word count tag`; returns the sum of the counts and the weights of words and beginnings."""
    fields = source.decode("utf-8").split()
    words, counts = fields[0::3], [int(count) for count in fields[1::3]]
    total = sum(counts)
    offset = log(total)
    weights = {word[:end]: 0.0 for word in words for end in range(1, len(word))}
    weights.update(zip(words, (log(count) - offset if count else 0.0 for count in counts), strict=True))
    return total, weights


def _encode(total: int, weights: dict[str, float]) -> bytes:
    """A line `checksum total entries`, then the weights as doubles, then the words, one a line, in UTF-8."""
    body = array("d", weights.values()).tobytes() + "\n".join(weights).encode("utf-8")
    return f"{zlib.crc32(body):08x} {total} {len(weights)}\n".encode("ascii") + body


def _decode(stored: bytes) -> tuple[int, dict[str, float]]:
    """Undo `_encode`; raises `ValueError` for anything it did not write."""
    head, _, body = stored.partition(b"\n")
    checksum, total, entries = head.split(b" ")
    if int(checksum, 16) != zlib.crc32(body):
        raise ValueError("checksum differs")
    values = array("d")
    size = int(entries) * values.itemsize
    values.frombytes(body[:size])
    return int(total), dict(zip(body[size:].decode("utf-8").split("\n"), values, strict=True))


def _write(path: Path, content: bytes) -> None:
    """Write in one step; a folder that cannot be written to is no error."""
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
