"""How good the citations of an answer are.

Invariant: what counts is the stored text: a quote is right where the stored words say so, never because the answer
does. All values are in 0..1, more is better; precision is left out where nothing is cited.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rag.errors import ArticleUnknown
from rag.evaluation.types import Located, Relevant
from rag.types import Answer, Article, Citation, Span


def resolved(citation: Citation, text_of: Callable[[str], Article]) -> bool:
    """Whether the offsets slice to the quote: `article.text[start:end] == quote`, which is not empty."""
    try:
        article = text_of(citation.article_id)
    except ArticleUnknown:
        return False
    return 0 <= citation.start < citation.end and article.text[citation.start : citation.end] == citation.quote


def holds_evidence(citation: Citation, located: Located, relevant: Relevant | None) -> bool:
    """Whether the cited passage is one that holds the evidence, or the quote itself touches it."""
    if relevant is not None and citation.passage_id in relevant.passages:
        return True
    span = Span(citation.start, citation.end)
    return any(
        place.article_id == citation.article_id and span.overlaps(Span(place.start, place.end))
        for place in located.places
    )


def precision(citations: Sequence[Citation], located: Located, relevant: Relevant | None) -> float | None:
    """|citations whose passage holds the evidence or that support their sentence| / |citations|, in 0..1.

    After Gao et al., "Enabling large language models to generate text with citations" (ALCE), EMNLP 2023. Support is
    what the answer's own check says (`Citation.supported`), so this figure is no better than that check; see
    `evidence_precision`. `None` for no citations.
    """
    return _share([one.supported or holds_evidence(one, located, relevant) for one in citations])


def evidence_precision(citations: Sequence[Citation], located: Located, relevant: Relevant | None) -> float | None:
    """|citations whose passage holds the evidence| / |citations|, in 0..1; `None` for none.

    After Gao et al. 2023, but strict: a true source that the gold does not name counts as wrong. It does not rest on
    the answer's own check.
    """
    return _share([holds_evidence(one, located, relevant) for one in citations])


def recall(citations: Sequence[Citation], located: Located) -> float:
    """|parts of the evidence of which a quote holds words| / |parts|, in 0..1.

    After Gao et al. 2023, with gold evidence. Of evidence that says the same in several articles one piece is
    enough. Raises `ValueError` without evidence.
    """
    parts = {place.part for place in located.places}
    if not parts:
        raise ValueError("a question without evidence has no such score")
    cited = {
        place.part
        for place in located.places
        for one in citations
        if one.article_id == place.article_id and Span(one.start, one.end).overlaps(Span(place.start, place.end))
    }
    return len(cited) / len(parts)


def citation_scores(
    located: Located, relevant: Relevant | None, answer: Answer, text_of: Callable[[str], Article]
) -> dict[str, float]:
    """The scores of one answer.

    With citations: `citation_resolved`, the share that `resolved`, and `citation_supported`, the share that the
    answer's own check supports. For an answerable question also `citation_precision`, `citation_evidence`
    (`evidence_precision`), and, cited or not, `citation_recall`, which is 0 for a refusal: where a refusal shows its
    nearest passages, they are no citations.
    """
    cited = () if answer.refused else answer.citations
    scores: dict[str, float | None] = {
        "citation_resolved": _share([resolved(one, text_of) for one in answer.citations]),
        "citation_supported": _share([one.supported for one in cited]),
    }
    if located.pair.answerable and located.places:
        scores["citation_precision"] = precision(cited, located, relevant)
        scores["citation_evidence"] = evidence_precision(cited, located, relevant)
        scores["citation_recall"] = recall(cited, located)
    return {name: value for name, value in scores.items() if value is not None}


def _share(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
