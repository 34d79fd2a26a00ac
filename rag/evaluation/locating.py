"""Where the evidence of gold pairs stands in the stored articles.

Invariant: a place is a span of the stored text, in its own script; evidence that is not found is listed with the
reason. Words are looked for as they are, then folded (script, width, case, regional words) without spaces, then
without punctuation as well. Words that stand in several places are evidence in all of them, unless the gold says
which one is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.evaluation.types import Found, GoldEvidence, GoldPair, Located, Missing, Place
from rag.text.folding import Folded, fold, fold_text
from rag.types import Article, ArticleInfo

if TYPE_CHECKING:
    from rag.assistant import Assistant

_ARTICLES_KEPT = 64
# a shorter quote without its punctuation would be found where it does not stand
_LEAST_LETTERS = 8

_Span = tuple[int, int]


def locate_all(assistant: Assistant, pairs: Iterable[GoldPair]) -> tuple[Located, ...]:
    """Every pair with the places of its evidence in the articles of this index."""
    locator = Locator(assistant.articles(), assistant.article)
    return tuple(locator.locate(pair) for pair in pairs)


class Locator:
    """Finds evidence in a fixed set of articles."""

    def __init__(self, articles: Sequence[ArticleInfo], text_of: Callable[[str], Article]) -> None:
        self._by_source: dict[str, list[ArticleInfo]] = {}
        self._by_id = {info.id: info for info in articles}
        for info in articles:
            self._by_source.setdefault(info.source, []).append(info)
        self._article = lru_cache(_ARTICLES_KEPT)(text_of)
        self._forms = lru_cache(_ARTICLES_KEPT)(lambda article_id: _Forms(self._article(article_id).text))
        self._named = lru_cache(None)(self._search_article)

    def locate(self, pair: GoldPair) -> Located:
        """The places of a pair's evidence, in its order, each span once; and the evidence that was not found."""
        places: dict[Place, None] = {}
        missing: list[Missing] = []
        for evidence in pair.evidence:
            info = self._named(evidence.doc)
            found = list(self._places(evidence, info)) if info else []
            if not found:
                missing.append(Missing(pair.id, evidence.doc, evidence.quote, "quote" if info else "article"))
            places.update(dict.fromkeys(found))
        return Located(pair, tuple(places), tuple(missing))

    def _search_article(self, doc: str) -> ArticleInfo | None:
        """The article of this source or id; else the only one whose path ends as this one does."""
        if named := self._by_source.get(doc):
            return named[0]
        if doc in self._by_id:
            return self._by_id[doc]
        ends = [info for source, of in self._by_source.items() if _same_end(source, doc) for info in of]
        return ends[0] if len(ends) == 1 else None

    def _places(self, evidence: GoldEvidence, info: ArticleInfo) -> Iterator[Place]:
        spans, found = self._spans(evidence, self._forms(info.id))
        if evidence.start is not None and len(spans) > 1:
            meant = evidence.start
            spans = [min(spans, key=lambda span: abs(span[0] - meant))]
        for start, end in spans:
            yield Place(info.id, info.source, info.language, start, end, evidence.part, found)

    def _spans(self, evidence: GoldEvidence, forms: _Forms) -> tuple[list[_Span], Found]:
        if not evidence.quote.strip():
            start, end = evidence.start or 0, evidence.end or 0
            return ([(start, end)] if end <= len(forms.text) else []), "offsets"
        return forms.spans(evidence.quote)


def find_words(text: str, words: str) -> tuple[list[tuple[int, int]], Found]:
    """The spans of a text that hold these words, exact or else folded, and which; no span where it does not."""
    return _Forms(text).spans(words)


class _Forms:
    """A text in the forms in which words are looked for; the folded ones are made when first needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._folded: Folded | None = None
        self._kept: dict[bool, tuple[str, list[int]]] = {}

    def spans(self, quote: str) -> tuple[list[_Span], Found]:
        """Spans that hold a quote as it is, or else folded."""
        quote = quote.strip()
        if not quote:
            return [], "exact"
        if spans := _occurrences(self.text, quote):
            return spans, "exact"
        return self.folded_spans(fold_text(quote)), "folded"

    def folded_spans(self, quote: str) -> list[_Span]:
        """Spans of the original text that hold a folded quote, but for spaces and, failing that, punctuation."""
        for only_letters in (False, True):
            wanted = "".join(char for char in quote if _is_kept(char, only_letters))
            if not wanted or (only_letters and len(wanted) < _LEAST_LETTERS):
                return []
            text, offsets = self._without(only_letters)
            if spans := _occurrences(text, wanted):
                return [self._original(offsets[a], offsets[b - 1] + 1) for a, b in spans]
        return []

    def _without(self, only_letters: bool) -> tuple[str, list[int]]:
        """The folded text without spaces (and punctuation), and the folded offset of each character left."""
        if self._folded is None:
            self._folded = fold(self.text)
        if only_letters not in self._kept:
            folded = self._folded.text
            offsets = [i for i, char in enumerate(folded) if _is_kept(char, only_letters)]
            self._kept[only_letters] = "".join(folded[i] for i in offsets), offsets
        return self._kept[only_letters]

    def _original(self, start: int, end: int) -> _Span:
        return self._folded.original_span(start, end) if self._folded else (start, end)


def _is_kept(char: str, only_letters: bool) -> bool:
    return char.isalnum() if only_letters else not char.isspace()


def _occurrences(text: str, words: str) -> list[_Span]:
    """Where words stand in a text, in order and without overlap."""
    spans = []
    at = text.find(words)
    while at >= 0:
        spans.append((at, at + len(words)))
        at = text.find(words, at + len(words))
    return spans


def _same_end(source: str, doc: str) -> bool:
    """Whether one path is the end of the other: `zh-Hans/a.md` of the folder above, `a.md` of the folder itself."""
    return f"/{source}".endswith(f"/{doc}") or f"/{doc}".endswith(f"/{source}")
