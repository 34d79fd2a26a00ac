"""The values that pass between the stages, all frozen, and the Protocols that stages implement.

Identity: an article is its `id`; a passage is `article_id:start-end`, offsets into the stored text of the article,
and `article.text[start:end]` is always the cited words in their original script. No identity depends on content
or on an embedding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Language = Literal["en", "zh-Hans", "zh-Hant"]
"""The language and script of a text."""

Mode = Literal["hybrid", "dense", "lexical"]
"""How candidates are found."""

Thinking = Literal["auto", "on", "off"]
"""Whether a model that can think before it answers does so; `auto` leaves it as the model's makers set it."""

Effort = Literal["low", "medium", "high"]
"""How long a model thinks, where it knows degrees."""

LANGUAGES: tuple[Language, ...] = ("en", "zh-Hans", "zh-Hant")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of character offsets into a stored text."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two ranges share a character."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Article:
    """A stored text and what is known about it.

    `text` is what every offset refers to and is never changed by cleaning; `boilerplate` marks the parts that are
    not article. `pages` holds the offset at which each page begins (PDF), else is empty. `date` is ISO 8601, as
    precise as known (`2025`, `2025-02`, `2025-02-14`). `source` is the path below the ingested folder, the file
    name of a single file, or the id of a JSON-lines article.
    """

    id: str
    source: str
    title: str
    language: Language
    text: str
    date: str | None = None
    url: str | None = None
    pages: tuple[int, ...] = ()
    boilerplate: tuple[Span, ...] = ()

    def page_of(self, offset: int) -> int | None:
        """The page, counted from 1, that holds `offset`; `None` where there are no pages."""
        if not self.pages:
            return None
        return max(1, sum(1 for begin in self.pages if begin <= offset))


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article; `text` is `article.text[start:end]`."""

    article_id: str
    start: int
    end: int
    text: str
    language: Language
    heading: str = ""

    @property
    def id(self) -> str:
        """`article_id:start-end`."""
        return f"{self.article_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """An article as a list shows it: everything but the text."""

    id: str
    source: str
    title: str
    language: Language
    date: str | None
    url: str | None
    passages: int
    characters: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles a search may use; an empty tuple or `None` leaves that side open.

    Dates are ISO 8601 and inclusive; an article without a date passes no date filter.
    """

    languages: tuple[Language, ...] = ()
    articles: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query.

    `score` orders the hits of one search, is not comparable between questions, and `rank` decides where evidence moves
    a hit up so that both languages are among the first; `components` explains it by name
    (`late`, `dense`, `lexical`, `encoder`, `gain`, …). `rank` counts from 1.
    """

    passage: Passage
    source: str
    title: str
    score: float
    rank: int
    components: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was retrieved for a question: the hits kept, best first, and those that the cut left out.

    `coverage` says for each piece of the question, 0..1, how well the best of all candidates matched it.
    """

    question: str
    language: Language
    hits: tuple[Hit, ...]
    cut: tuple[Hit, ...] = ()
    coverage: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """One numbered quote; `quote == article.text[start:end]`.

    `support` in 0..1 says how well the quote carries the sentence it stands behind, `supported` whether that is
    enough. `matched` are the parts of the quote, as offsets into the article, that matched the question.
    """

    number: int
    passage_id: str
    article_id: str
    source: str
    title: str
    language: Language
    start: int
    end: int
    quote: str
    supported: bool
    support: float
    page: int | None = None
    date: str | None = None
    matched: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a written answer, `answer.text[start:end]` without its marks, and what the check says of it.

    `citations` are the numbers behind it. `reason` says why `supported` is false: `quantity` or `name` (the source
    lacks the words in `missing`), `negation`, `meaning`, or `uncited` (no source was named, and none supports it).
    `support` in 0..1 is that of its best citation.
    """

    start: int
    end: int
    citations: tuple[int, ...]
    supported: bool
    support: float
    reason: Literal["", "quantity", "name", "negation", "meaning", "uncited"] = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent in each stage of one answer."""

    retrieve: float = 0.0
    generate: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its citations; `confidence` in 0..1 is the estimated probability that the evidence answers.

    `text` carries `[n]` after each sentence that citation n supports. A refusal has `refused=True`, says so in
    `text` in the asker's language, and offers its `evidence` as the nearest passages.

    Where a model wrote the answer, `sentences` holds what the check says of each sentence, `thinking` what the model
    thought before, and `unknown_citations` how many marks it made for sources that it was not given; they are not
    in `text`. `searched_for` is the question as it was searched for, where a follow-up was made to stand alone.
    `notices` tell, in the asker's language, what the reader should know: that the model failed, that the language
    is another, that the answer was stopped.
    """

    question: str
    language: Language
    text: str
    refused: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    evidence: tuple[Hit, ...] = ()
    short_answer: str | None = None
    generator: str = "extractive"
    timings_ms: Timings = Timings()
    sentences: tuple[Sentence, ...] = ()
    thinking: str = ""
    searched_for: str | None = None
    notices: tuple[str, ...] = ()
    unknown_citations: int = 0


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """One step of a streamed answer: first the evidence, then pieces of thinking and text, last the whole answer.

    `restart` withdraws the text shown so far: other text follows. `evidence.question` is what was searched for.
    """

    kind: Literal["evidence", "thinking", "text", "restart", "answer"]
    evidence: Evidence | None = None
    text: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """What an ingest did with one file or JSON-lines article; `reason` is set where it failed."""

    source: str
    status: Literal["added", "changed", "unchanged", "removed", "failed"]
    passages: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, file by file, and how long it took in seconds."""

    files: tuple[FileReport, ...]
    seconds: float = 0.0
    interrupted: bool = False

    def count(self, status: str) -> int:
        """How many files have this status."""
        return sum(1 for file in self.files if file.status == status)


class Encoder(Protocol):
    """Turns texts into unit vectors of one space, so that their inner product is their cosine."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Names the model and its version: vectors of different fingerprints must not meet in one index."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of passages, shape (texts, dimensions), float32, unit length or zero for a text without words."""

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Vector of a question, shape (dimensions,), float32."""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as the store gives it back, with what late interaction needs.

    `key` is the store's own number for the passage; `pieces` are the distinct ids, in the bundled model's
    vocabulary, of the passage's pieces, as uint32.
    """

    key: int
    passage: Passage
    source: str
    title: str
    pieces: NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage nominated by one side of the search: the store's key and that side's score."""

    key: int
    score: float


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article ready to be stored: its passages with their vectors, words and pieces, row by row.

    `vectors` has shape (passages, dimensions), float32; `words` are the words for lexical search of each passage;
    `content_hash` tells whether a file has changed; `path` is where it was read (absolute, `FILE#ID` for a
    JSON-lines article). `names` are the distinct names in it that another language might write by sound, folded.
    """

    article: Article
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]
    words: tuple[tuple[str, ...], ...]
    pieces: tuple[NDArray[np.uint32], ...]
    content_hash: str
    path: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldFile:
    """What the store remembers of an ingested file: enough to see whether it changed or vanished."""

    article_id: str
    source: str
    path: str
    content_hash: str


class StoreSnapshot(Protocol):
    """One consistent state of the index; stays as it is while a writer makes the next one."""

    @property
    def generation(self) -> int:
        """Counts up by one with every change that became visible."""

    def languages(self) -> Mapping[Language, int]:
        """How many passages each language has."""

    def articles(self) -> tuple[ArticleInfo, ...]:
        """All articles, ordered by source."""

    def article(self, article_id: str) -> Article:
        """One article with its text; raises `ArticleUnknown`."""

    def files(self) -> tuple[HeldFile, ...]:
        """What was ingested from where."""

    def names(self) -> tuple[str, ...]:
        """The distinct names that stand in the articles and might be written by sound, folded and ordered."""

    def dense(self, vector: NDArray[np.float32], k: int, filters: Filters) -> tuple[Candidate, ...]:
        """The k passages with the highest inner product, best first."""

    def lexical(self, words: Mapping[str, float], k: int, filters: Filters) -> tuple[Candidate, ...]:
        """The k passages with the highest BM25 over weighted words, best first."""

    def passages(self, keys: Iterable[int]) -> tuple[StoredPassage, ...]:
        """The passages of these keys, in the order given."""


class Store(Protocol):
    """Articles, vectors and words as one thing that changes in one step."""

    def snapshot(self) -> StoreSnapshot:
        """The newest visible state."""

    def write(self, changed: Iterator[NewArticle] | Sequence[NewArticle], removed: Sequence[str] = ()) -> int:
        """Replace or add articles and remove others by id, visible in one step; returns the new generation."""
