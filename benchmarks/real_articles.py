"""How well questions about a folder of articles are answered, by direction.

`python -m benchmarks.real_articles ARTICLES QUESTIONS.jsonl…` indexes the folder in a temporary place and asks every
question. A question line holds `question`, `question_lang`, `type`, `answers` and `evidence`: `doc` with offsets into
the stored text (`start`, `end`) or with its exact words (`quote`). Directions: same language and script, other
script, other language.

Columns: evidence@1 and @5: share of answerable questions whose evidence overlaps one of the first hits; quoted: a
citation overlaps it; contained: the answer holds an accepted answer (both folded, spaces dropped); short: the short
answer does; refused: share of refusals (wrong ones for answerable questions, right ones for the others).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag import Answer, Assistant, Settings
from rag.text.folding import fold_text


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one question; the shares are `None` where they do not apply."""

    direction: str
    evidence: int | None
    quoted: bool | None
    contained: bool | None
    short: bool | None
    refused: bool


def squeeze(text: str) -> str:
    """Folded and without white space."""
    return "".join(fold_text(text).split())


def located(evidence: dict[str, Any], texts: Mapping[str, str]) -> tuple[str, int, int]:
    """Article, start and end of a piece of gold evidence; raises `ValueError` for a quote that is not there."""
    if "quote" not in evidence:
        return evidence["doc"], evidence["start"], evidence["end"]
    start = texts[evidence["doc"]].index(evidence["quote"])
    return evidence["doc"], start, start + len(evidence["quote"])


def judge(
    question: dict[str, Any], answer: Answer, languages: Mapping[str, str], places: list[tuple[str, int, int]]
) -> Row:
    """Compare an answer with the gold of its question, whose evidence stands at `places`."""
    if not places:
        return Row("unanswerable", None, None, None, None, answer.refused)
    ranks = [h.rank for h in answer.evidence if _meets(places, h.passage.article_id, h.passage.start, h.passage.end)]
    accepted = [squeeze(text) for text in question["answers"]]
    text, short = squeeze(answer.text), squeeze(answer.short_answer or "")
    return Row(
        _direction(question["question_lang"], languages[places[0][0]]),
        min(ranks, default=99),
        any(_meets(places, c.article_id, c.start, c.end) for c in answer.citations),
        any(want in text for want in accepted),
        any(want in short for want in accepted) if short else None,
        answer.refused,
    )


def _meets(places: list[tuple[str, int, int]], article: str, start: int, end: int) -> bool:
    return any(article == doc and start < b and a < end for doc, a, b in places)


def _direction(asked: str, written: str) -> str:
    if asked == written:
        return f"same ({asked})"
    return "other script" if asked[:2] == written[:2] else f"across ({asked[:2]}→{written[:2]})"


def _share(values: list[bool]) -> str:
    return f"{np.mean(values):.2f}" if values else "–"


def table(rows: list[Row]) -> str:
    """The Markdown table, one line a direction and one for all answerable questions."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.direction].append(row)
        if row.direction != "unanswerable":
            groups["~all"].append(row)
    lines = [
        "| direction | n | evidence@1 | @5 | quoted | contained | short | refused |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, group in sorted(groups.items()):
        ranked = [row.evidence for row in group if row.evidence is not None]
        cells = [
            name.strip("~"),
            str(len(group)),
            _share([rank <= 1 for rank in ranked]),
            _share([rank <= 5 for rank in ranked]),
            _share([row.quoted for row in group if row.quoted is not None]),
            _share([row.contained for row in group if row.contained is not None]),
            _share([row.short for row in group if row.short is not None]),
            _share([row.refused for row in group]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def run(articles: Path, questions: list[dict[str, Any]], settings: Settings, failures: Path | None = None) -> list[Row]:
    """Index the articles in a temporary folder and judge the answer to every question."""
    with tempfile.TemporaryDirectory() as folder:
        assistant = Assistant.open(Path(folder) / "index", settings)
        assistant.ingest(articles)
        languages = {info.source: info.language for info in assistant.articles()}
        texts = {info.source: assistant.article(info.id).text for info in assistant.articles()}
        rows, lost = [], []
        for question in questions:
            answer = assistant.ask(question["question"])
            places = [located(evidence, texts) for evidence in question["evidence"]]
            rows.append(judge(question, answer, languages, places))
            lost.append(
                {"question": question, "answer": answer.text, "confidence": answer.confidence, "row": str(rows[-1])}
            )
        if failures:
            failures.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in lost), encoding="utf-8")
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_articles", description=__doc__)
    parser.add_argument("articles", type=Path)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--refuse-below", type=float, default=Settings().refuse_below)
    parser.add_argument("--out", type=Path, help="write every question with its answer here (JSON lines)")
    options = parser.parse_args()
    questions = [json.loads(line) for file in options.questions for line in file.read_text("utf-8").splitlines()]
    print(table(run(options.articles, questions, Settings(refuse_below=options.refuse_below), options.out)))


if __name__ == "__main__":
    main()
