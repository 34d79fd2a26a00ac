"""From ranked passages to the evidence of a question: where the list is cut, and that no language is shut out.

The cut follows the scores: a score is measured against the background of unrelated passages, so a passage whose
score has fallen below `KEEP_SHARE` of the best one's is nearer to the background than to the best. At least
`AT_LEAST` passages stay, since a question is often answered further down than its best match; where the other
language has a passage of at least `OTHER_LANGUAGE_SHARE` of the best score, one of its passages is among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.types import Evidence, Hit, Language

KEEP_SHARE, AT_LEAST = 0.5, 5
OTHER_LANGUAGE_SHARE = 0.35
"""Share of the best score with which a passage of the other language keeps a place: the ranking scales those down, and
gains of close reading are smaller across languages."""


def select_evidence(
    question: str, language: Language, hits: Sequence[Hit], limit: int, coverage: Sequence[float] = ()
) -> Evidence:
    """Keep up to `limit` hits of a ranked list; the others stay in `Evidence.cut` with their ranks."""
    ordered = _with_both_languages(list(hits), min(limit, AT_LEAST))
    floor = KEEP_SHARE * max((hit.score for hit in ordered), default=0.0)
    kept = [hit for i, hit in enumerate(ordered[:limit]) if i < AT_LEAST or hit.score >= floor]
    ranked = [replace(hit, rank=rank) for rank, hit in enumerate(ordered, start=1)]
    return Evidence(question, language, tuple(ranked[: len(kept)]), tuple(ranked[len(kept) :]), tuple(coverage))


def _with_both_languages(hits: list[Hit], window: int) -> list[Hit]:
    """Move the best hit of a language that the first `window` lack to their end, if it is good enough.

    A window of one is left to the best hit.
    """
    if window < 2:
        return hits
    first = hits[:window]
    shown = {hit.passage.language[:2] for hit in first}
    for i, hit in enumerate(hits[window:], start=window):
        if hit.passage.language[:2] not in shown and first and hit.score >= OTHER_LANGUAGE_SHARE * first[0].score:
            return [*hits[: window - 1], hit, *hits[window - 1 : i], *hits[i + 1 :]]
    return hits
