"""What a run promises: every question judged once, and nothing lost when it stops."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.errors import BadRequest, RagError
from rag.evaluation import run_folder as files
from rag.evaluation.directions import ALL, DIRECTIONS, direction, direction_named, directions_of, shown
from rag.evaluation.judging import judge_question
from rag.evaluation.losses import Course, loss_of
from rag.evaluation.provenance import configuration, index_fingerprint
from rag.evaluation.run import evaluate, prepare
from rag.evaluation.run_folder import read_rows, read_run, row_form, row_of, summary_form, summary_of, trec_run
from rag.evaluation.summary import summarise
from rag.evaluation.types import GoldEvidence, GoldPair, GoldSet, Judged, Place
from rag.types import Language


def pair(key: str, question: str, language: Language, answer: str = "", doc: str = "", quote: str = "") -> GoldPair:
    if not answer:
        return GoldPair(key, question, language, "unanswerable")
    return GoldPair(key, question, language, "number", (answer,), (GoldEvidence(doc, quote),))


GOLD = GoldSet(
    (
        pair("steps", "How many steps can visitors climb at Corran Bay?", "en", "212", "en/lighthouse.md", "212 steps"),
        pair("books", "东河镇图书馆新增了多少图书？", "zh-Hans", "三万册", "zh-Hans/library.md", "新增图书三万册"),
        pair("charge", "渡轮一次充电可以往返几趟？", "zh-Hans", "四趟", "zh-Hant/ferry.md", "一次充電可以往返四趟"),
        pair("moon", "Who built the harbour of Atlantis on the moon?", "en"),
    )
)
LOST = pair("lost", "How tall is the tower?", "en", "9", "en/lighthouse.md", "nine hundred feet of glass")


@pytest.mark.parametrize(
    ("asked", "written", "name"),
    [
        ("en", ["en"], "en"),
        ("zh-Hans", ["zh-Hans"], "zh-Hans"),
        ("zh-Hant", ["zh-Hant", "en"], "zh-Hant"),
        ("zh-Hans", ["zh-Hant"], "across-scripts"),
        ("zh-Hant", ["en", "zh-Hans"], "across-scripts"),
        ("zh-Hant", ["en"], "zh-en"),
        ("en", ["zh-Hans", "zh-Hant"], "en-zh"),
        ("en", [], "en"),
    ],
)
def test_a_question_counts_in_the_easiest_direction_of_its_evidence(
    asked: Language, written: list[Language], name: str
) -> None:
    assert direction(asked, written) == name
    assert directions_of(asked, written) == (name, ALL)
    assert name in DIRECTIONS


def test_a_direction_may_be_written_with_an_arrow() -> None:
    assert [direction_named(text) for text in ("zh→en", "ZH-EN", "zh->en", " all ")] == ["zh-en", "zh-en", "zh-en", ALL]
    assert direction_named("across scripts") == "across-scripts"
    assert direction_named("fr") is None
    assert shown("zh-en") == "zh→en"


P, Q = frozenset({"a:0-9"}), frozenset({"b:0-9"})


@pytest.mark.parametrize(
    ("course", "loss"),
    [
        (Course(True, False, True, (P,), ()), ""),
        (Course(False, True, False), ""),
        (Course(False, False, False), "wrongly_answered"),
        (Course(True, True, False, (P,), ("x", "y"), 2, 8), "not_retrieved"),
        (Course(True, False, False, (P,), ("x", "y", "a:0-9"), 2, 2), "ranked_low"),
        (Course(True, False, False, (P,), ("x", "y", "a:0-9"), 2, 3), "cut"),
        (Course(True, True, False, (P,), ("x", "a:0-9"), 2, 8), "wrongly_refused"),
        (Course(True, False, False, (P,), ("x", "a:0-9"), 2, 8, frozenset({"x"})), "not_selected"),
        (Course(True, False, False, (P,), ("x", "a:0-9"), 2, 8, P), "wrong_span"),
        # the stage that lost any part of the evidence lost the question
        (Course(True, False, False, (P, Q), ("a:0-9",), 1, 8, P), "not_retrieved"),
        (Course(True, False, False, (P, Q), ("a:0-9", "b:0-9"), 2, 8, P), "not_selected"),
    ],
)
def test_a_question_is_lost_by_the_first_stage_that_lost_its_evidence(course: Course, loss: str) -> None:
    assert loss_of(course) == loss


def test_a_run_judges_every_question_and_keeps_all_of_it(library: Assistant, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    run = evaluate(library, GOLD, tmp_path / "run", lambda done, total: seen.append((done, total)))
    assert [row.id for row in run.rows] == ["steps", "books", "charge", "moon"]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert run.rows[0].scores["citation_resolved"] == 1
    assert run.rows[2].directions == ("across-scripts", "all")
    assert run.summary.figures["all"]["complete@5"].n == 3
    assert run.summary.latency_ms["total"]["p95"] >= run.summary.latency_ms["total"]["p50"] > 0
    assert {name for name in files.FILES if (tmp_path / "run" / name).exists()} == {
        *("run.json", "rows.jsonl", "summary.json", "run.trec", "qrels.trec", "qrels_articles.trec"),
    }
    assert read_run(tmp_path / "run") == run.__class__(
        run.folder, files.read_json(run.folder / files.RUN), run.rows, run.summary
    )


def test_a_run_says_what_it_was_made_with(library: Assistant, tmp_path: Path) -> None:
    config = evaluate(library, GOLD, tmp_path / "run").config
    assert config["index"] == index_fingerprint(library)
    assert config["settings"]["refuse_below"] == library.settings.refuse_below
    assert config["articles"] == 8
    assert config["packages"]["numpy"]
    assert config["generator"] == "extractive"


def test_a_fingerprint_changes_with_the_articles_only(library: Assistant, open_index) -> None:  # type: ignore[no-untyped-def]
    one = open_index({"a.md": "The mill turns."})
    before = index_fingerprint(one)
    assert index_fingerprint(one) == before != index_fingerprint(library)


def test_no_secret_of_an_address_is_written(open_index) -> None:  # type: ignore[no-untyped-def]
    assistant = open_index({"a.md": "The mill turns."}, reranker="http://joe:secret@host/x")
    assert "secret" not in json.dumps(configuration(assistant, GOLD.pairs, False))


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(library: Assistant, tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(library, GOLD, folder, stop, workers=1)
    kept = read_rows(folder / files.ROWS)
    assert list(kept) == ["steps", "books"]
    with open(folder / files.ROWS, "a", encoding="utf-8") as file:
        file.write('{"id": "charge", "question": "cut o')
    asked: list[tuple[int, int]] = []
    run = evaluate(library, GOLD, folder, lambda done, total: asked.append((done, total)), workers=1)
    assert asked == [(2, 4), (3, 4), (4, 4)]
    assert run.config["resumed"] == 2
    assert [row.id for row in run.rows] == ["steps", "books", "charge", "moon"]
    assert run.rows[0] == kept["steps"]


def test_a_finished_run_or_one_of_other_gold_begins_anew(library: Assistant, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    evaluate(library, GOLD, folder)
    assert evaluate(library, GOLD, folder).config["resumed"] == 0
    (folder / files.SUMMARY).unlink()
    fewer = evaluate(library, GoldSet(GOLD.pairs[:2]), folder)
    assert fewer.config["resumed"] == 0
    assert [row.id for row in fewer.rows] == ["steps", "books"]


def test_gold_that_is_not_found_is_listed_and_not_judged(library: Assistant, tmp_path: Path) -> None:
    run = evaluate(library, GoldSet((*GOLD.pairs, LOST)), tmp_path / "run")
    assert [one.pair_id for one in run.summary.missing] == ["lost"]
    assert run.config["not_located"] == 1
    assert "lost" not in {row.id for row in run.rows}


def test_gold_of_other_articles_is_an_error(library: Assistant) -> None:
    with pytest.raises(BadRequest, match="none of the gold evidence"):
        prepare(library, GoldSet((LOST,)))


def test_a_question_that_fails_is_a_row_that_says_so(library: Assistant) -> None:
    task = prepare(library, GoldSet((replace(GOLD.pairs[0], question="???"),)))
    row = judge_question(library, task.located[0], task.qrels.relevant["steps"])
    assert row.loss == "failed"
    assert "no words" in row.error
    # it counts in every figure that a question with an answer would count in
    assert {"recall@5", "complete@5", "correct", "contains", "right_decision", "citation_recall"} <= set(row.scores)
    assert set(row.scores.values()) == {0.0}


def test_a_folder_without_a_finished_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RagError, match="no finished run"):
        read_run(tmp_path)


def judged(key: str, scores: Mapping[str, float], **values: object) -> Judged:
    given = {
        "question": "q", "language": "en", "type": "number", "answerable": True, "answers": ("a",), "places": (),
        "directions": ("en", "all"), "refused": False, "confidence": 0.5, "answer": {}, **values,
    }  # fmt: skip
    return Judged(id=key, scores=scores, **given)  # type: ignore[arg-type]


def test_figures_are_means_over_the_questions_that_have_the_score() -> None:
    rows = [
        judged("1", {"f1": 1.0, "correct": 1.0}),
        judged("2", {"f1": 0.0, "correct": 0.0}, loss="wrong_span"),
        judged("3", {"correct": 1.0}, directions=("zh-en", "all")),
        judged("4", {}, answerable=False, refused=True),
    ]
    summary = summarise(rows)
    assert summary.figures["all"]["f1"].value == 0.5
    assert summary.figures["all"]["f1"].n == 2
    assert summary.figures["zh-en"]["correct"].value == 1
    assert "f1" not in summary.figures["zh-en"]
    assert summary.figures["all"]["refusal_recall"].value == 1
    # no question of this direction can be refused rightly
    assert "refusal_precision" not in summary.figures["zh-en"]
    assert summary.losses == {"wrong_span": 1}
    assert summarise(rows[::-1]) == summary


def test_rows_and_summaries_come_back_as_they_were_written() -> None:
    place = Place("a", "a.md", "en", 3, 9, "", "exact")
    row = judged("1\u2028", {"f1": 0.25}, places=(place,), retrieved=("a:0-9",), stages_ms={"total": 1.5})
    assert row_of(json.loads(json.dumps(row_form(row)))) == row
    summary = summarise([row])
    assert summary_of(json.loads(json.dumps(summary_form(summary)))) == summary


def test_trec_lines_have_six_columns_whatever_an_id_holds() -> None:
    lines = trec_run([judged("q 1", {}, retrieved=("my file.md:0-9", "b:1-2"))], "extractive").splitlines()
    assert lines == ["q_1 Q0 my_file.md:0-9 1 1.000000 extractive", "q_1 Q0 b:1-2 2 0.500000 extractive"]
