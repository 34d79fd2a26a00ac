"""Gold pairs from JSON lines.

Invariant: every line that is not blank is a pair, a draft that waits for a person, or is listed as bad with its place;
an id occurs once, and the first pair that has it wins. A file without a question in it is passed over in a folder and
is an error where it is named.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, cast

from rag.errors import BadRequest
from rag.evaluation.types import UNANSWERABLE, BadGold, GoldEvidence, GoldPair, GoldSet
from rag.ingestion.files import iter_files
from rag.text.script import detect_language
from rag.types import LANGUAGES, Language

_LINES = (".jsonl", ".ndjson", ".jsonl.gz")


class _Refused(ValueError):
    """Why a line gives no pair: a field, or empty where the line as a whole is none."""


def read_gold(paths: Sequence[Path]) -> GoldSet:
    """The gold pairs of JSON-lines files and of all such files below folders (`.jsonl`, `.ndjson`, also gzip-ed).

    A line is the contract's object; a piece of evidence may also say `part`, `start` and `end`, a pair `about`
    (`rag.evaluation.types`). Without `question_lang` the question's own words tell. Raises `BadRequest` for a path that
    is not there or cannot be read, and where nothing in all of them is a gold pair or a draft.
    """
    found = _Collected()
    for file in _gold_files(paths):
        found.read(file.name, read_rows(file))
    if not found.pairs and not found.drafts:
        what = ", ".join(str(path) for path in paths)
        if found.bad:
            raise BadRequest(what=f"{what}: {found.bad[0].where}", reason_key=found.bad[0].key, **found.bad[0].values)
        raise BadRequest(what=what, reason_key="reason.no_gold")
    return GoldSet(tuple(found.pairs), tuple(found.bad), found.drafts)


def read_rows(path: Path) -> Iterator[str]:
    """The lines of a text file, gzip-ed or not; raises `BadRequest` where it cannot be read."""
    try:
        with _open_text(path) as lines:
            yield from lines
    except FileNotFoundError as error:
        raise BadRequest(what=str(path), reason_key="reason.not_found") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadRequest(what=str(path), reason_key="reason.binary") from error
    except OSError as error:
        from rag.ingestion.readers import unreadable

        raise BadRequest(what=str(path), **unreadable(path, error).values) from error


def _open_text(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", errors="replace"))
    return open(path, encoding="utf-8-sig", errors="replace")


def gold_pair(row: Any, where: str, number: int) -> GoldPair | BadGold:
    """The pair in one decoded line, whose number stands in for an id that is missing."""
    try:
        return _pair(row, where, number)
    except _Refused as refused:
        field = str(refused)
        if not field:
            return BadGold(where, "reason.bad_json_line", {"line": number})
        return BadGold(where, "reason.bad_json_field", {"line": number, "field": field})


def gold_form(pair: GoldPair) -> dict[str, Any]:
    """A pair as the contract's JSON object."""
    evidence = []
    for piece in pair.evidence:
        fields = {"part": piece.part or None, "start": piece.start, "end": piece.end}
        evidence.append({"doc": piece.doc, "quote": piece.quote, **_given(fields)})
    form = {
        "id": pair.id,
        "question": pair.question,
        "question_lang": pair.language,
        "type": pair.type,
        "answers": list(pair.answers),
        "evidence": evidence,
    }
    return form | _given({"about": list(pair.about) or None})


class _Collected:
    """What was read so far."""

    def __init__(self) -> None:
        self.pairs: list[GoldPair] = []
        self.bad: list[BadGold] = []
        self.drafts = 0
        self._ids: set[str] = set()

    def read(self, name: str, lines: Iterable[str]) -> None:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                self._take(line, f"{name}:{number}", number)

    def _take(self, line: str, where: str, number: int) -> None:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict) and row.get("accepted") is False:
            self.drafts += 1
            return
        pair = gold_pair(row, where, number)
        if isinstance(pair, BadGold):
            self.bad.append(pair)
        elif pair.id in self._ids:
            self.bad.append(BadGold(where, "reason.repeated_id", {"line": number, "id": pair.id}))
        else:
            self._ids.add(pair.id)
            self.pairs.append(pair)


def _gold_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Files that are named, and those of folders that look like gold."""
    named = {Path(path).absolute() for path in paths}
    for found in iter_files([Path(path) for path in paths]):
        if found.path in named or (found.path.name.lower().endswith(_LINES) and _has_questions(found.path)):
            yield found.path


def _has_questions(path: Path) -> bool:
    try:
        row = json.loads(next((line for line in read_rows(path) if line.strip()), ""))
    except (ValueError, RecursionError, BadRequest):
        return False
    return isinstance(row, dict) and "question" in row and "text" not in row


def _pair(row: Any, where: str, number: int) -> GoldPair:
    if not isinstance(row, dict):
        raise _Refused
    question = _text(row, "question")
    given = row.get("question_lang")
    language: Language = given if given in LANGUAGES else detect_language(question)
    answers = _listed(row, "answers", _answer)
    evidence = _listed(row, "evidence", _evidence)
    kind = row.get("type") or ("" if evidence else UNANSWERABLE)
    if not isinstance(kind, str):
        raise _Refused("type")
    # a pair that is answered must say where
    if (kind == UNANSWERABLE) != (not evidence):
        raise _Refused("evidence")
    identity = row.get("id")
    key = str(number) if identity is None else identity if isinstance(identity, str) else json.dumps(identity)
    return GoldPair(key, question, language, kind, answers, evidence, _listed(row, "about", _answer), where)


def _listed(row: Mapping[str, Any], field: str, read: Callable[[Any], Any]) -> tuple[Any, ...]:
    values = row.get(field) or ()
    try:
        if not isinstance(values, (list, tuple)):
            raise _Refused
        return tuple(read(value) for value in values)
    except _Refused as refused:
        raise _Refused(field) from refused


def _answer(value: Any) -> str:
    """An accepted answer; a number is as good as its digits."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise _Refused


def _evidence(value: Any) -> GoldEvidence:
    if not isinstance(value, dict):
        raise _Refused
    start, end, quote = value.get("start"), value.get("end"), value.get("quote") or ""
    offsets = type(start) is int and type(end) is int and 0 <= start < end
    if not isinstance(quote, str) or not (quote.strip() or offsets):
        raise _Refused
    return GoldEvidence(
        doc=_text(value, "doc"),
        quote=quote,
        part=str(value.get("part") or ""),
        start=start if type(start) is int and start >= 0 else None,
        end=end if offsets else None,
    )


def _text(row: Mapping[str, Any], field: str) -> str:
    value = row.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _Refused(field)
    # JSON may write half a character, which no text can hold
    return value.encode("utf-8", "replace").decode()


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
