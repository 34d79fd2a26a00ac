"""What a search found as JSON and back: in full for programs, and small for the file of conversations.

Invariant: both forms give back equal evidence, figures to the precision of `rag.json_forms`. The small form names each
article and each component of a score once, since a search compares some fifty passages of a few articles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rag.json_forms import hit_form
from rag.json_read import hit_from_form
from rag.types import LANGUAGES, Evidence

Json = dict[str, Any]

_ARTICLE = ("article_id", "source", "title")
_ROW = ("start", "end", "language", "heading", "text", "score", "rank")


def evidence_form(evidence: Evidence) -> Json:
    """`{"question", "language", "hits", "cut", "coverage"}` with the contract's hit objects."""
    return {
        "question": evidence.question,
        "language": evidence.language,
        "hits": [hit_form(hit) for hit in evidence.hits],
        "cut": [hit_form(hit) for hit in evidence.cut],
        "coverage": [round(share, 4) for share in evidence.coverage],
    }


def evidence_from_form(form: Mapping[str, Any]) -> Evidence:
    """The evidence of a form; raises `KeyError`, `TypeError` or `ValueError` for what is not one."""
    return Evidence(
        question=str(form["question"]),
        language=LANGUAGES[LANGUAGES.index(form["language"])],
        hits=tuple(hit_from_form(hit) for hit in form["hits"]),
        cut=tuple(hit_from_form(hit) for hit in form["cut"]),
        coverage=tuple(float(share) for share in form["coverage"]),
    )


def small(form: Json) -> Json:
    """The form with its cut hits as rows: `{"articles", "components", "rows"}`.

    A row is the number of its article, the fields of `_ROW`, and a figure or null for each component.
    """
    articles = list(dict.fromkeys(tuple(hit[name] for name in _ARTICLE) for hit in form["cut"]))
    numbers = {article: number for number, article in enumerate(articles)}
    components = list(dict.fromkeys(name for hit in form["cut"] for name in hit["components"]))
    rows = [
        [
            numbers[tuple(hit[name] for name in _ARTICLE)],
            *(hit[name] for name in _ROW),
            *(hit["components"].get(name) for name in components),
        ]
        for hit in form["cut"]
    ]
    return form | {"cut": {"articles": articles, "components": components, "rows": rows}}


def full(form: Json) -> Json:
    """The form that `small` was given; one that is full already, as earlier versions kept it, stays as it is."""
    cut = form["cut"]
    if not isinstance(cut, dict):
        return form
    hits = []
    for number, *row in cut["rows"]:
        fields = dict(zip(_ROW, row[: len(_ROW)], strict=True))
        figures = zip(cut["components"], row[len(_ROW) :], strict=True)
        components = {name: figure for name, figure in figures if figure is not None}
        hits.append(dict(zip(_ARTICLE, cut["articles"][number], strict=True)) | fields | {"components": components})
    return form | {"cut": hits}
