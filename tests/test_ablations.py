"""What the ablations promise: each variant leaves out what it says and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.ablations import VARIANTS, figures_of, rows_of, table
from rag.evaluation.gold import gold_form
from rag.evaluation.types import Judged
from tests.conftest import write_articles
from tests.test_eval_command import ARTICLES
from tests.test_evaluation_runs import GOLD


@pytest.fixture
def rows(tmp_path: Path, request: pytest.FixtureRequest) -> list[Judged]:
    file = tmp_path / "gold.jsonl"
    file.write_text("\n".join(json.dumps(gold_form(pair)) for pair in GOLD.pairs), encoding="utf-8")
    return rows_of(request.param, [file], write_articles(tmp_path / "articles", ARTICLES))


@pytest.mark.parametrize("rows", [name for name in VARIANTS if name != "without folding"], indirect=True)
def test_every_variant_answers_every_question(rows: list[Judged]) -> None:
    assert [row.error for row in rows] == [""] * 4
    found = figures_of(rows, answers=True)
    assert set(found) == {
        "en",
        "zh-Hans",
        "across-scripts",
        "all",
        "recall@5",
        "mrr@10",
        "ndcg@10",
        "correct",
        "right_decision",
    }


@pytest.mark.parametrize("rows", ["lexical"], indirect=True)
def test_words_alone_find_nothing_that_shares_no_word(rows: list[Judged]) -> None:
    assert rows[3].id == "moon"
    assert len(rows[3].retrieved) < 3


def test_the_table_has_a_line_for_each_variant() -> None:
    text = table({"lexical": {"en": 0.5}, "product": {"en": 1.0, "zh→en": 0.25}})
    assert text.splitlines() == [
        "| variant | en | zh→en |",
        "|---|---|---|",
        "| lexical | 0.500 | – |",
        "| product | 1.000 | 0.250 |",
    ]
