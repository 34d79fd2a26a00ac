"""SQuAD-format files as articles and gold in one.

Invariant: the offset of an answer in its paragraph becomes the offset of its sentence in an article of all paragraphs
under one title, so that `article.text[start:end] == quote`. An answer whose words do not stand where the file says
gives no evidence there; a question with no evidence left is listed as bad.

Read are SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018) and what has their form (CMRC 2018, DRCD, XQuAD) as JSON, and
the same as JSON lines of one question each: `question`, `context`, `title`, `answers` of `text` and `start`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rag.errors import BadRequest
from rag.evaluation.gold import read_rows
from rag.evaluation.types import UNANSWERABLE, BadGold, GoldEvidence, GoldPair, GoldSet, SquadArticle, SquadSet
from rag.ingestion.decoding import storable
from rag.text.script import detect_language
from rag.text.sentences import split_sentences
from rag.types import Language, Span

_BETWEEN = "\n\n"
_SAMPLE = 4000


def read_squad(paths: Sequence[Path]) -> SquadSet:
    """Articles and gold of these files; the titles of several files are kept apart by the name of the file.

    Type is `unanswerable` or `span`. Raises `BadRequest` for a file that cannot be read or holds no question.
    """
    articles: list[SquadArticle] = []
    pairs: dict[str, GoldPair] = {}
    bad: list[BadGold] = []
    for path in paths:
        file = _read(Path(path), prefix=f"{Path(path).name.split('.json')[0]}/" if len(paths) > 1 else "")
        articles += file.articles
        for number, pair in enumerate(file.gold.pairs, start=1):
            if pair.id in pairs:
                bad.append(BadGold(pair.where, "reason.repeated_id", {"line": number, "id": pair.id}))
            pairs.setdefault(pair.id, pair)
        bad += file.gold.bad
    return SquadSet(tuple(articles), GoldSet(tuple(pairs.values()), tuple(bad)))


def cross_language(asked: SquadSet, written: SquadSet) -> SquadSet:
    """The questions of one set over the articles of another that has the same questions by id (XQuAD).

    Evidence is that of `written`; the answers of both are accepted. A question that only one of them has is left out.
    """
    theirs = {pair.id: pair for pair in written.gold.pairs}
    pairs = tuple(
        replace(pair, evidence=other.evidence, answers=tuple(dict.fromkeys(other.answers + pair.answers)))
        for pair in asked.gold.pairs
        if (other := theirs.get(pair.id)) and other.answerable == pair.answerable
    )
    return SquadSet(written.articles, GoldSet(pairs, asked.gold.bad))


def write_articles(squad: SquadSet, folder: Path) -> Path:
    """Write the articles as a JSON-lines file that an ingest reads; their source is their id."""
    path = folder / "articles.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for article in squad.articles:
            row = {"id": article.id, "title": article.title, "text": article.text, "language": article.language}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


@dataclass(slots=True)
class _Titled:
    """The paragraphs under one title, in order, and where each begins in the article."""

    title: str
    paragraphs: dict[str, int] = field(default_factory=dict)
    length: int = 0

    def place(self, paragraph: str) -> int:
        """The offset of a paragraph, which is added where it is new."""
        if paragraph not in self.paragraphs:
            start = self.length + (len(_BETWEEN) if self.paragraphs else 0)
            self.paragraphs[paragraph] = start
            self.length = start + len(paragraph)
        return self.paragraphs[paragraph]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One question of a file, with what the forms of file call by different names made the same."""

    id: str
    question: str
    title: str
    context: str
    answers: tuple[tuple[str, int], ...]
    impossible: bool
    where: str


def _read(path: Path, prefix: str) -> SquadSet:
    titled: dict[str, _Titled] = {}
    cutter = _Sentences()
    pairs: list[GoldPair] = []
    bad: list[BadGold] = []
    for number, entry in enumerate(_entries(path), start=1):
        article = titled.setdefault(prefix + entry.title, _Titled(entry.title))
        offset = article.place(entry.context)
        evidence = tuple(
            GoldEvidence(prefix + entry.title, entry.context[a:b], start=offset + a)
            for a, b in cutter.around(entry.context, entry.answers)
        )
        if entry.impossible == bool(evidence):
            bad.append(BadGold(entry.where, "reason.bad_json_field", {"line": number, "field": "answers"}))
            continue
        pairs.append(
            GoldPair(
                entry.id, entry.question, detect_language(entry.question, _script_of(entry.context)),
                UNANSWERABLE if entry.impossible else "span",
                tuple(dict.fromkeys(text for text, _ in entry.answers)), evidence,
                (prefix + entry.title,), entry.where,
            )
        )  # fmt: skip
    if not pairs:
        raise BadRequest(what=str(path), reason_key="reason.no_gold")
    articles = [_article(identity, found) for identity, found in titled.items()]
    return SquadSet(tuple(articles), GoldSet(tuple(pairs), tuple(bad)))


def _article(identity: str, titled: _Titled) -> SquadArticle:
    text = _BETWEEN.join(titled.paragraphs)
    return SquadArticle(identity, titled.title, text, _script_of(text))


def _script_of(text: str) -> Language:
    return detect_language(text[:_SAMPLE])


class _Sentences:
    """The sentences that hold answers; a paragraph is cut once for all of its questions."""

    def __init__(self) -> None:
        self._context, self._spans = "", tuple[Span, ...]()

    def around(self, context: str, answers: Sequence[tuple[str, int]]) -> list[tuple[int, int]]:
        """Start and end, in the paragraph, of the sentences that hold each answer; each once, in order."""
        if context != self._context:
            self._context, self._spans = context, split_sentences(context)
        found: dict[tuple[int, int], None] = {}
        for text, start in answers:
            if context[start : start + len(text)] != text:
                start = context.find(text)
            if start >= 0:
                found[self._around(start, start + len(text))] = None
        return list(found)

    def _around(self, start: int, end: int) -> tuple[int, int]:
        held = [span for span in self._spans if span.overlaps(Span(start, end))]
        return (min(start, held[0].start), max(end, held[-1].end)) if held else (start, end)


def _entries(path: Path) -> Iterator[_Entry]:
    rows = read_rows(path)
    first = next((line for line in rows if line.strip()), "")
    try:
        opening = json.loads(first)
    except ValueError:
        opening = None
    if isinstance(opening, dict) and "context" in opening:
        lines = ((f"{path.name}:{number}", line) for number, line in enumerate((first, *rows), start=1))
        yield from (_flat(_object(line, path), where) for where, line in lines if line.strip())
        return
    yield from _nested(_object("".join((first, *rows)), path), path)


def _object(text: str, path: Path) -> Mapping[str, Any]:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise BadRequest(what=str(path), reason_key="reason.not_squad")
    return row


def _nested(file: Mapping[str, Any], path: Path) -> Iterator[_Entry]:
    """The questions of a file in the form of SQuAD: articles, paragraphs, questions."""
    try:
        for number, article in enumerate(file["data"], start=1):
            for paragraph in article["paragraphs"]:
                for asked in paragraph["qas"]:
                    title = article.get("title") or str(number)
                    row = {**asked, "context": paragraph["context"], "title": title}
                    yield _flat(row, f"{path.name}: {asked.get('id')}")
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRequest(what=str(path), reason_key="reason.not_squad") from error


def _flat(row: Mapping[str, Any], where: str) -> _Entry:
    try:
        answers = tuple(
            (storable(str(answer["text"])), int(answer.get("answer_start", answer.get("start", -1))))
            for answer in row.get("answers") or ()
            if str(answer["text"]).strip()
        )
        impossible = bool(row.get("is_impossible", not answers))
        question, context = storable(str(row["question"])), storable(str(row["context"]))
        title = storable(str(row.get("title") or "article"))
        return _Entry(str(row["id"]), question, title, context, () if impossible else answers, impossible, where)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRequest(what=where, reason_key="reason.not_squad") from error
