"""The JSON forms of the contract: what other programs read from the command line and, later, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rag.types import Answer, ArticleInfo, Citation, Hit, IngestReport, Sentence

Json = dict[str, Any]


def hit_form(hit: Hit) -> Json:
    """A ranked passage."""
    passage = hit.passage
    return {
        "passage_id": passage.id,
        "article_id": passage.article_id,
        "source": hit.source,
        "title": hit.title,
        "language": passage.language,
        "start": passage.start,
        "end": passage.end,
        "text": passage.text,
        "score": round(hit.score, 4),
        "rank": hit.rank,
        "heading": passage.heading,
        "components": {name: round(value, 4) for name, value in hit.components.items()},
    }


def citation_form(citation: Citation) -> Json:
    """A numbered quote."""
    return {
        "number": citation.number,
        "passage_id": citation.passage_id,
        "article_id": citation.article_id,
        "source": citation.source,
        "title": citation.title,
        "language": citation.language,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "supported": citation.supported,
        "support": round(citation.support, 4),
        "page": citation.page,
        "date": citation.date,
        "matched": [[span.start, span.end] for span in citation.matched],
    }


def sentence_form(sentence: Sentence) -> Json:
    """What the check says of a sentence of a written answer."""
    return {**asdict(sentence), "support": round(sentence.support, 4)}


def answer_form(answer: Answer, question_id: str | None = None) -> Json:
    """An answer with its citations and evidence; `question_id` is that of a batch line."""
    form: Json = {} if question_id is None else {"id": question_id}
    return form | {
        "question": answer.question,
        "language": answer.language,
        "answer": answer.text,
        "short_answer": answer.short_answer,
        "refused": answer.refused,
        "confidence": round(answer.confidence, 4),
        "citations": [citation_form(citation) for citation in answer.citations],
        "evidence": [hit_form(hit) for hit in answer.evidence],
        "generator": answer.generator,
        "timings_ms": {name: round(value, 2) for name, value in asdict(answer.timings_ms).items()},
        "sentences": [sentence_form(sentence) for sentence in answer.sentences],
        "thinking": answer.thinking,
        "searched_for": answer.searched_for,
        "notices": list(answer.notices),
        "unknown_citations": answer.unknown_citations,
    }


def article_form(info: ArticleInfo) -> Json:
    """An article as a list shows it."""
    return asdict(info)


def report_form(report: IngestReport) -> Json:
    """What an ingest did: counts by status, then file by file."""
    statuses = ("added", "changed", "unchanged", "removed", "failed")
    counts: Mapping[str, int] = {status: report.count(status) for status in statuses}
    return {
        **counts,
        "seconds": round(report.seconds, 3),
        "interrupted": report.interrupted,
        "files": [asdict(file) for file in report.files],
    }
