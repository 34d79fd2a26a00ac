"""Words: what search counts, what is highlighted and what evaluation compares, from one definition.

Invariant: `lexical_words(text)` equals the texts of `word_spans(text)`, in the same order. Words come from folded
text (one script, one width, lower case), so a question in Traditional characters meets a text in Simplified ones.
A compound gives the whole first, then its parts: 大语言模型 also 语言 and 模型, Qwen3-235B also qwen3, qwen and 235b.
Repeats are kept.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

from rag.text.folding import fold, fold_text
from rag.text.jieba_dictionary import parts, segment

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇々\U00020000-\U0003ffff"
_ALNUM = rf"[^\W_{_HAN}]"
# no possessive groups: Python before 3.11.5 loses what they matched
_TOKEN = re.compile(rf"([{_HAN}]+)|{_ALNUM}++(?:[-._'’,/&+]{_ALNUM}++)*(?:\+\+|\#)?")
_GROUPED_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_COMMA_SPLIT = re.compile(r"[^,/]+")
_PIECE = re.compile(r"[^-_/&+]+")
_DOTTED_PIECE = re.compile(r"\d+(?:\.\d+)+|[^.]+")
_NAME_AND_VERSION = re.compile(r"([a-z]{3,})\d[\d.]*[a-z]?")
_ACRONYM = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")

_Found = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Word:
    """A word and the half-open span of the original text that it was read from."""

    text: str
    start: int
    end: int


def lexical_words(text: str) -> tuple[str, ...]:
    """The words of `text` for search, in text order, repeats kept; Chinese cut by jieba, English stemmed."""
    return words_of_folded(fold_text(text))


def words_of_folded(folded: str) -> tuple[str, ...]:
    """`lexical_words` of a text that is folded already."""
    return tuple(word for word, _, _ in _words(folded))


def word_spans(text: str) -> tuple[Word, ...]:
    """The words of `lexical_words(text)` with their offsets into `text`."""
    folded = fold(text)
    return tuple(Word(word, *folded.original_span(start, end)) for word, start, end in _words(folded.text))


def is_function_word(word: str) -> bool:
    """Whether a word, as `lexical_words` gives it, only carries grammar or asks (the, of, how, 的, 什么, 多少)."""
    return word in _function_words()


def _words(folded: str) -> Iterator[_Found]:
    for match in _TOKEN.finditer(folded):
        start = match.start()
        if match.group(1) is None:
            for word, a, b in _token_words(match.group()):
                yield word, start + a, start + b
            continue
        for word in segment(match.group()):
            yield word, start, start + len(word)
            if len(word) > 2:
                for part, offset in parts(word):
                    yield part, start + offset, start + offset + len(part)
            start += len(word)


@lru_cache(maxsize=65536)
def _token_words(token: str) -> tuple[_Found, ...]:
    """The words of one token without Chinese; offsets are within the token."""
    token = token.replace("’", "'")
    number = _GROUPED_NUMBER.fullmatch(token)
    if number:
        return ((token.replace(",", ""), 0, len(token)),)
    found: list[_Found] = []
    if "," in token or "/" in token:
        for piece in _COMMA_SPLIT.finditer(token):
            found += [(word, a + piece.start(), b + piece.start()) for word, a, b in _token_words(piece.group())]
        return tuple(found)
    whole = token.removesuffix("'s").removesuffix("s'") if any(map(str.isdigit, token)) else token
    if _ACRONYM.fullmatch(whole):
        return ((whole.replace(".", ""), 0, len(token)),)
    found.append((_stem(whole) if _is_plain(whole) else whole, 0, len(token)))
    return (*found, *_inner_words(whole))


def _inner_words(whole: str) -> Iterator[_Found]:
    """The parts of a name or compound: between its joints, and the name before a version number."""
    for piece in _PIECE.finditer(whole):
        inner = piece.group()
        # the c of c++ and the u of u-net say nothing
        if len(inner) == 1 and not inner.isdigit():
            continue
        if inner != whole:
            yield (_stem(inner) if _is_plain(inner) else inner), piece.start(), piece.end()
        if "." in inner and not inner.replace(".", "").isdigit():
            yield from _dotted_words(inner, piece.start())
        name = _NAME_AND_VERSION.fullmatch(inner)
        if name:
            yield name.group(1), piece.start(), piece.start() + name.end(1)


def _dotted_words(inner: str, offset: int) -> Iterator[_Found]:
    """The parts of a domain name or of two sentences without a space between; not of a version number (qwen2.5)."""
    if _NAME_AND_VERSION.fullmatch(inner):
        return
    for part in _DOTTED_PIECE.finditer(inner):
        if len(part.group()) > 1:
            word = _stem(part.group()) if _is_plain(part.group()) else part.group()
            yield word, offset + part.start(), offset + part.end()


def _is_plain(word: str) -> bool:
    return word.replace("'", "").isalpha()


_stemmer = Stemmer.Stemmer("english", 0)
_stemmer_lock = threading.Lock()


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    # the stemmer keeps its working buffer between calls
    with _stemmer_lock:
        stem: str = _stemmer.stemWord(word)
    # a lone 's leaves nothing
    return stem or word


@lru_cache(maxsize=1)
def _function_words() -> frozenset[str]:
    english = _ENGLISH.split()
    return frozenset([*english, *map(_stem, english), *_CHINESE.split()])


# "us" is left out: folding makes it the same word as the country
_ENGLISH = """
a an the this that these those and or but nor so yet if then than as at by for from in into of off on onto out over
to under up upon with within without about above across after against along among around before behind below beneath
beside between beyond down during except inside near outside per since through throughout till toward towards until
via i me my mine we our ours you your yours he him his she her hers it its they them their theirs myself itself
themselves himself herself yourself be am is are was were been being do does did done doing have has had having can
could may might must shall should will would not no don't doesn't didn't isn't aren't wasn't weren't can't won't
there here what which who whom whose when where why how much many any some all both each every either neither such
only own same other another too very just also still even ever quite rather while because although though whether
please tell it's that's what's who's let's i'm you're they're
exactly really actually currently kind sort according article articles say says said mention mentioned mentions
"""

_CHINESE = """
的 了 是 在 和 与 及 或 而 且 但 也 都 就 又 还 再 才 只 很 更 最 太 把 被 让 给 对 从 向 往 到 由 于 以 为 因 所 其
之 者 这 那 此 该 每 各 某 哪 谁 何 吗 呢 吧 啊 呀 么 嘛 哦 着 过 地 得 不 没 没有 有 无 会 能 可 可以 能够 应该 需要
要 想 请 我 你 您 他 她 它 我们 你们 您们 他们 她们 它们 咱们 自己 大家 这个 那个 这些 那些 这里 那里 这样 那样 这么
那么 这种 那种 什么 多少 哪些 哪个 哪家 哪里 哪儿 哪位 哪种 哪一 哪年 哪天 几个 几家 几 怎么 怎样 怎么样 如何 为何
为什么 何时 何地 什么时候 多久 多长 多大 多高 是否 是不是 有没有 能否 可否 请问 告诉 一下 并 并且 而且 但是 可是 不过
然而 因为 所以 因此 如果 虽然 即使 只要 只有 除了 以及 还是 或者 或是 关于 对于 由于 根据 按照 通过 随着 作为 其中
其他 其它 之后 之前 之间 以后 以前 时候 当 当时 已 已经 正在 曾 曾经 将 将会 仍 仍然 便 则 却 既 即 若 等 等等 们 来
去 上 下 中 里 内 外 后 前 时 个 种 些 一个 一些 一种 有些 所有 任何 非常 十分 比较 比 跟 同 像 据 自 至 的话 来说
而言 具体 分别 啥 咋 咋样 干什么 干啥 干嘛 为啥 谁家 到底 究竟
"""
