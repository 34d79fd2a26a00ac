"""A run: every gold question asked and judged, and all of it written to a folder.

Invariant: a row is on disk before the next is waited for, so a run that is broken off goes on where it stopped, as
long as index, gold, settings and program are the same; otherwise it begins anew.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rag.assistant import Assistant
from rag.errors import BadRequest
from rag.evaluation import run_folder as files
from rag.evaluation.judging import judge_question
from rag.evaluation.locating import locate_all
from rag.evaluation.provenance import configuration
from rag.evaluation.qrels import derive_qrels
from rag.evaluation.run_folder import Run
from rag.evaluation.summary import summarise
from rag.evaluation.types import GoldSet, Judged, Located, Missing, Qrels
from rag.models.base import LocalChatModel

Progress = Callable[[int, int], None]
"""Called with how many questions are judged and how many there are."""


@dataclass(frozen=True, slots=True)
class Task:
    """The questions that can be judged in an index, what is relevant to each, and the evidence that was not found."""

    gold: GoldSet
    located: tuple[Located, ...]
    qrels: Qrels
    missing: tuple[Missing, ...]


def prepare(assistant: Assistant, gold: GoldSet) -> Task:
    """Find the evidence of every pair; raises `BadRequest` where no pair can be judged in this index."""
    located = locate_all(assistant, gold.pairs)
    qrels = derive_qrels(assistant, located)
    usable = tuple(one for one in located if one.usable and _held(one, qrels))
    missing = (*(lost for one in located for lost in one.missing), *qrels.missing)
    if not usable:
        raise BadRequest(what=str(assistant.settings.index), reason_key="reason.no_located_gold")
    return Task(gold, usable, qrels, missing)


def evaluate(
    assistant: Assistant,
    gold: GoldSet,
    folder: Path,
    progress: Progress | None = None,
    workers: int | None = None,
    judged_by_model: bool = False,
    notes: Mapping[str, Any] | None = None,
) -> Run:
    """Ask and judge every question and write the folder; goes on with a run of the same `key` that was broken off.

    `workers` questions are asked at a time, by default one a core, one with a model. `notes` are added to `run.json`.
    Raises `BadRequest` where no pair can be judged or the folder cannot be written. A `KeyboardInterrupt` leaves the
    rows that were judged.
    """
    task = prepare(assistant, gold)
    model = assistant.generator().model
    judge = model if judged_by_model else None
    workers = workers or (1 if model is not None else os.cpu_count() or 1)
    config = {**configuration(assistant, gold.pairs, judge is not None), "workers": workers, **(notes or {})}
    config |= {"questions": len(task.located), "not_located": len(gold.pairs) - len(task.located)}
    config |= {"drafts": gold.drafts, "bad": [_bad(bad.where, bad.key, bad.values) for bad in gold.bad]}
    began = time.perf_counter()
    rows = _begin(folder, config)
    config["resumed"] = len(rows)
    _answer_all(assistant, task, folder / files.ROWS, rows, judge, workers, progress)
    config |= {"date": datetime.now().astimezone().isoformat(timespec="seconds")}
    config["seconds"] = round(time.perf_counter() - began, 1)
    return _finish(folder, config, task, [rows[one.pair.id] for one in task.located])


def _begin(folder: Path, config: Mapping[str, Any]) -> dict[str, Judged]:
    """The rows to go on with; the folder of another or of a finished run is emptied of what a run writes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        broken_off = (folder / files.ROWS).exists() and not (folder / files.SUMMARY).exists()
        same = files.read_json(folder / files.RUN).get("key") == config["key"]
        rows = files.read_rows(folder / files.ROWS) if broken_off and same else {}
        for name in files.FILES:
            (folder / name).unlink(missing_ok=True)
        files.write_json(folder / files.RUN, config)
        # a last line that was cut off would run into the next row
        files.write_text(folder / files.ROWS, "".join(map(_line, rows.values())))
    except OSError as error:
        raise BadRequest(what=str(folder), reason=error.strerror or str(error)) from error
    return rows


def _answer_all(
    assistant: Assistant,
    task: Task,
    path: Path,
    rows: dict[str, Judged],
    judge: LocalChatModel | None,
    workers: int,
    progress: Progress | None,
) -> None:
    """Judge the questions that have no row yet and add theirs."""
    waiting = [one for one in task.located if one.pair.id not in rows]
    if waiting:
        # models are opened once, and not on the time of the first questions
        assistant.evidence(_first_words(waiting))
    if rows and progress:
        progress(len(rows), len(task.located))
    relevant = task.qrels.relevant
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        for row in _in_parallel(
            [lambda one=one: judge_question(assistant, one, relevant.get(one.pair.id), judge) for one in waiting],  # type: ignore[misc]
            workers,
        ):
            rows[row.id] = row
            file.write(_line(row))
            file.flush()
            if progress:
                progress(len(rows), len(task.located))


def _in_parallel(jobs: Sequence[Callable[[], Judged]], workers: int) -> Iterator[Judged]:
    """Results as they come; when the caller stops, what has not begun is dropped."""
    pool = ThreadPoolExecutor(workers, "evaluation")
    try:
        futures: list[Future[Judged]] = [pool.submit(job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _finish(folder: Path, config: dict[str, Any], task: Task, rows: Sequence[Judged]) -> Run:
    summary = summarise(rows, task.missing)
    tag = str(config["generator"])
    ids = [row.id for row in rows]
    files.write_text(folder / files.ROWS, "".join(map(_line, rows)))
    files.write_text(folder / files.TREC_RUN, files.trec_run(rows, tag))
    files.write_text(folder / files.TREC_QRELS, files.trec_qrels(task.qrels, ids))
    files.write_text(folder / files.TREC_ARTICLES, files.trec_qrels(task.qrels, ids, articles=True))
    files.write_json(folder / files.RUN, config)
    files.write_json(folder / files.SUMMARY, files.summary_form(summary))
    return Run(folder, config, tuple(rows), summary)


def _held(one: Located, qrels: Qrels) -> bool:
    """Whether each part of the evidence is in some passage."""
    if not one.pair.answerable:
        return True
    relevant = qrels.relevant.get(one.pair.id)
    return relevant is not None and bool(relevant.parts) and all(relevant.parts)


def _first_words(waiting: Sequence[Located]) -> str:
    return next((one.pair.question for one in waiting if any(map(str.isalnum, one.pair.question))), "a")


def _bad(where: str, key: str, values: Mapping[str, object]) -> dict[str, Any]:
    return {"where": where, "key": key, "values": {name: str(value) for name, value in values.items()}}


def _line(row: Judged) -> str:
    return json.dumps(files.row_form(row), ensure_ascii=False) + "\n"
