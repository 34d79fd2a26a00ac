"""The values that pass between the parts of an evaluation, all frozen.

Identity: a gold pair is its `id`, unique within a set. A place is a span of characters of a stored article; which
passages hold it is derived anew for every index. Scores of one question go by name; a score that does not apply to a
question is left out of its mapping, never set to zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from rag.types import Language

UNANSWERABLE = "unanswerable"
"""The type of a question that the articles do not answer."""

Found = Literal["exact", "folded", "offsets"]
"""How evidence was found: by its words, by its words folded (script, width, spaces), or by offsets without words."""

Scores = Mapping[str, float]
"""Scores of one question by name (`recall@5`, `f1`, `citation_recall` …)."""


@dataclass(frozen=True, slots=True)
class GoldEvidence:
    """The words of an article that answer a question.

    `doc` is the source of the article, `quote` its exact words. `start` tells which occurrence is meant where the
    words stand more than once (offset into the stored text; without it every occurrence counts); with `end` it stands
    for a quote that is empty. Evidence of the same `part` says the same, one piece is enough (as in articles that
    tell one event in two languages); an answer that needs two articles has two parts.
    """

    doc: str
    quote: str
    part: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class GoldPair:
    """A question with its accepted answers (any one will do) and the evidence; `where` tells file and line.

    `about` names the articles that an unanswerable question is near to, which places it in a half of a split.
    """

    id: str
    question: str
    language: Language
    type: str
    answers: tuple[str, ...] = ()
    evidence: tuple[GoldEvidence, ...] = ()
    about: tuple[str, ...] = ()
    where: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return self.type != UNANSWERABLE


@dataclass(frozen=True, slots=True)
class BadGold:
    """A line or entry that gives no gold pair; `key` and `values` are a message of `rag.messages`."""

    where: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GoldSet:
    """The pairs of several files in order; `bad` are lines that could not be used, `drafts` how many wait for a person.

    A draft is a line with `"accepted": false`.
    """

    pairs: tuple[GoldPair, ...]
    bad: tuple[BadGold, ...] = ()
    drafts: int = 0


@dataclass(frozen=True, slots=True)
class SquadArticle:
    """An article of a SQuAD-format file: its paragraphs, an empty line between; `id` is its `source` once stored."""

    id: str
    title: str
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class SquadSet:
    """Articles and gold of SQuAD-format files in one."""

    articles: tuple[SquadArticle, ...]
    gold: GoldSet


@dataclass(frozen=True, slots=True)
class Place:
    """Evidence found in a stored article: `article.text[start:end]`."""

    article_id: str
    source: str
    language: Language
    start: int
    end: int
    part: str
    found: Found


@dataclass(frozen=True, slots=True)
class Missing:
    """Evidence that was not found: no such article, not these words in it, or no passage that holds them."""

    pair_id: str
    doc: str
    quote: str
    reason: Literal["article", "quote", "passage"]


@dataclass(frozen=True, slots=True)
class Located:
    """A gold pair with the places of its evidence, and the evidence that was not found."""

    pair: GoldPair
    places: tuple[Place, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether it can be judged: nothing to find, or each part of the evidence is found at least once."""
        parts = {evidence.part for evidence in self.pair.evidence}
        return not self.pair.answerable or (bool(parts) and parts == {place.part for place in self.places})


@dataclass(frozen=True, slots=True)
class Relevant:
    """What retrieval is to find for one question: ids of passages and of articles with their grade (1).

    `parts` holds, for each part of the evidence, the passages any of which will do. `languages` gives the language of
    each passage and article named here.
    """

    passages: Mapping[str, int]
    articles: Mapping[str, int]
    parts: tuple[frozenset[str], ...]
    languages: Mapping[str, Language] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Qrels:
    """What is relevant to each question by its id; `missing` is located evidence that no passage holds."""

    relevant: Mapping[str, Relevant]
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What refusal is judged by: `correct` is whether the answer given is right (of no meaning for a refusal)."""

    answerable: bool
    refused: bool
    confidence: float
    correct: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over `n` questions with its confidence interval; both ends equal the value where there is none."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on the same questions: mean of each, `after - before` with its interval, and p of no difference."""

    before: float
    after: float
    difference: Figure
    p: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At this confidence and above: the share of questions answered and the share of wrong answers among them."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The risk–coverage curve, by falling confidence, and the area under it, 0..1, less is better."""

    points: tuple[CurvePoint, ...]
    area: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One question as a run keeps it: gold, answer, scores, and which stage lost it (`loss`, empty where none did).

    `directions` name the groups that it counts in. `answer` is the contract's answer object. `retrieved` are passage
    ids, best first, the cut ones after those kept. `stages_ms` are milliseconds by stage. `error` is set where no
    answer came.
    """

    id: str
    question: str
    language: Language
    type: str
    answerable: bool
    answers: tuple[str, ...]
    places: tuple[Place, ...]
    directions: tuple[str, ...]
    refused: bool
    confidence: float
    scores: Scores
    answer: Mapping[str, Any]
    retrieved: tuple[str, ...] = ()
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    loss: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures by direction (`all` is every question) and name; latency in milliseconds by stage and percentile."""

    questions: int
    figures: Mapping[str, Mapping[str, Figure]]
    curve: RiskCoverage
    latency_ms: Mapping[str, Mapping[str, float]]
    losses: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
