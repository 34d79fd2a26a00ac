"""The fit of the answerer: what is lacking never speaks for an answer, and a question counts as what it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rag.answering.confidence import FEATURES
from rag.answering.expectation import SIGNS
from rag.answering.selection import learned_weights
from training.answering import _LACKS, _logistic, own_questions

LACKS = [name for name in FEATURES if name in SIGNS or name.endswith(("missing", "wrong_kind"))]


def test_no_shipped_weight_lets_a_lack_speak_for_an_answer() -> None:
    weights = learned_weights().answers.weights
    assert len(LACKS) > 20
    assert {name: weights[name] for name in LACKS if weights[name] > 0} == {}


@pytest.mark.parametrize("name", ["person_missing", "late"])
def test_a_lack_that_chance_makes_speak_for_an_answer_is_left_out_and_nothing_else_is(name: str) -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(0)
    answerable = np.arange(80) % 2 == 0
    x = rng.normal(size=(80, len(FEATURES)))
    x[:, FEATURES.index(name)] = answerable
    x[:, FEATURES.index("date_missing")] = ~answerable
    fitted = _logistic(x, answerable, np.ones(80), 1.0, (x.mean(axis=0), x.std(axis=0) + 1e-3), _LACKS)
    assert (fitted.weights[name] == 0) is (name in LACKS)
    assert fitted.weights["date_missing"] < 0
    assert all(fitted.weights[lack] <= 0 for lack in LACKS)


def test_a_question_about_nothing_in_the_articles_is_no_near_miss(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "mill.md").write_text("The mill has a wheel. Its wheel is nine metres high.", encoding="utf-8")
    rows = [
        {"question": "How high is it?", "evidence": [{"doc": "mill.md", "quote": "Its wheel is nine metres high."}]},
        {"question": "Who built the mill?", "evidence": [], "about": ["mill.md"]},
        {"question": "How long do eggs boil?", "evidence": [], "about": []},
        {"question": "Who owns the mill?", "evidence": []},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    examples = own_questions(articles, file, tmp_path / "index")
    assert [(one.kind, bool(one.places)) for one in examples] == [
        ("own", True), ("own", False), ("strange", False), ("own", False)
    ]  # fmt: skip
