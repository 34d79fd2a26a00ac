"""Confidence is how likely the evidence answers: in 0..1, lower for a near miss, and the line is a setting."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.confidence import FEATURES, TREATED, Logistic, confidence
from rag.answering.expectation import SIGNS
from rag.answering.selection import WEIGHTS_FILE, choose, learned_weights, read_weights
from rag.answering.sentences import FEATURES as SENTENCE_FEATURES
from rag.answering.sentences import score_sentences
from rag.assistant import Assistant
from rag.config import Settings
from rag.embedding.contextual import bundled_encoder
from rag.embedding.static import bundled_model

OpenIndex = Callable[..., Assistant]

NEWS = {
    "mine.txt": (
        "A copper mine changes hands\n\nMoonshot AI bought a disused copper mine near Hammerfell in March 2024 for 48 "
        "million dollars. The pumps of the mine cost another 3 million dollars a year.\n"
    ),
    "ship.txt": ("海上的图书船\n\n腾讯在2022年向一艘图书船捐赠了六百万元。图书船上的书架由渔民制作。\n"),
}


def with_line(assistant: Assistant, refuse_below: float) -> Assistant:
    """The same index with the line of refusal elsewhere."""
    return Assistant(assistant.store, assistant.encoder, replace(assistant.settings, refuse_below=refuse_below))


# --- the weights ---


def test_the_bundled_weights_fit_the_features() -> None:
    weights = learned_weights()
    assert set(weights.choice) == set(SENTENCE_FEATURES)
    for one in (weights.answers, weights.treats):
        assert set(one.weights) == set(FEATURES)
        assert all(map(math.isfinite, [*one.weights.values(), one.bias]))
    assert all(map(math.isfinite, weights.choice.values()))


def test_no_feature_is_named_twice_and_every_sign_is_one() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    assert len(set(SENTENCE_FEATURES)) == len(SENTENCE_FEATURES)
    assert set(SIGNS) <= set(FEATURES)


@pytest.mark.parametrize("part", ["choice", "answers", "treats"])
@pytest.mark.parametrize("change", ["renamed", "left out", "added"])
def test_weights_of_other_features_are_refused(tmp_path: Path, part: str, change: str) -> None:
    stored = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    weights = stored["choice"] if part == "choice" else stored[part]["weights"]
    if change != "added":
        del weights["late"]
    if change != "left out":
        weights["earliness"] = 0.5
    file = tmp_path / "weights.json"
    file.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match=r"weights\.json was fitted for other features"):
        read_weights(file)


def test_weights_are_told_apart_by_name_and_not_by_place(tmp_path: Path) -> None:
    stored = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    stored["choice"] = dict(reversed(stored["choice"].items()))
    for part in ("answers", "treats"):
        stored[part]["weights"] = dict(reversed(stored[part]["weights"].items()))
    file = tmp_path / "weights.json"
    file.write_text(json.dumps(stored), encoding="utf-8")
    assert read_weights(file) == learned_weights()


# --- the number ---


@given(st.lists(st.floats(-1e200, 1e200), min_size=len(FEATURES), max_size=len(FEATURES)), st.floats(-1e200, 1e200))
def test_confidence_is_between_0_and_1_for_any_features(values: list[float], bias: float) -> None:
    learned = learned_weights()
    for one in (learned.answers, learned.treats):
        assert 0 <= Logistic(one.weights, bias).probability(np.array(values)) <= 1
    answers, treats = Logistic(learned.answers.weights, bias), learned.treats
    assert 0 <= confidence(answers, treats, np.array(values)) <= answers.probability(np.array(values))


def test_the_confidence_is_no_higher_than_the_articles_treat_of_the_question() -> None:
    nothing, zeros = dict.fromkeys(FEATURES, 0.0), np.zeros(len(FEATURES))
    likely, doubtful = Logistic(nothing, math.log(9)), Logistic(nothing, -math.log(9))
    assert confidence(likely, likely, zeros) == pytest.approx(0.9)
    assert confidence(likely, doubtful, zeros) == pytest.approx(TREATED * 0.1)
    assert confidence(doubtful, likely, zeros) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the chess olympiad in 1998?",
        "1998年国际象棋奥林匹克赛谁赢了？",
        "1998年國際象棋奧林匹克賽誰贏了？",
        "Which river flows through Vienna?",
        "《战争与和平》是谁写的？",
    ],
)
def test_a_question_about_something_else_altogether_is_refused(library: Assistant, question: str) -> None:
    assert library.ask(question).refused


def test_a_probability_is_the_logistic_function_of_the_weighted_sum() -> None:
    weights = dict.fromkeys(FEATURES, 0.0) | {"late": 2.0, "margin": -1.0}
    features = np.zeros(len(FEATURES))
    features[FEATURES.index("late")], features[FEATURES.index("margin")] = 0.5, 1.0
    assert Logistic(weights, 0.0).probability(features) == 0.5
    assert Logistic(weights, math.log(3)).probability(features) == pytest.approx(0.75)
    assert Logistic(weights, -math.log(3)).probability(features) == pytest.approx(0.25)


def test_without_any_sentence_there_is_no_confidence(library: Assistant) -> None:
    question = library.retriever.analyse("Who keeps the bees?")
    chosen = choose(score_sentences(question, (), bundled_model(), bundled_encoder, library.names))
    assert (chosen.rows, chosen.confidence, len(chosen.scores)) == ((), 0.0, 0)


@pytest.mark.parametrize("question", ["?!1", "the of and", "的了吗", "ꙮꙮ", "7", "Ж", "ㄅㄆㄇ", "a" * 3000, "啊" * 3000])
def test_a_question_of_odd_characters_has_a_confidence_too(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    assert 0 <= answer.confidence <= 1
    assert math.isfinite(answer.confidence)


# --- the line ---


@pytest.mark.parametrize("question", ["How much did the repair of the lighthouse cost?", "恐龙是什么时候灭绝的？"])
def test_refuse_below_moves_the_line_and_not_the_confidence(library: Assistant, question: str) -> None:
    confident = library.ask(question).confidence
    assert 0 < confident < 1
    for line, refused in [(0.0, False), (confident, False), (math.nextafter(confident, 1), True), (1.0, True)]:
        answer = with_line(library, line).ask(question)
        assert (answer.refused, answer.confidence) == (refused, confident)


def test_the_line_is_a_setting_of_the_assistant(open_index: OpenIndex) -> None:
    assistant = open_index(NEWS, refuse_below=1.0)
    assert assistant.ask("How much did Moonshot AI pay for the copper mine?").refused


def test_the_usual_line_lies_between_a_clear_answer_and_a_far_question(library: Assistant) -> None:
    clear = library.ask("How much did the repair of the lighthouse at Corran Bay cost?").confidence
    far = library.ask("How many moons does the planet Jupiter have?").confidence
    assert far < Settings().refuse_below < clear


# --- near misses ---


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An index of `NEWS`, to be read only."""
    folder = tmp_path_factory.mktemp("news")
    for name, text in NEWS.items():
        (folder / name).write_text(text, encoding="utf-8")
    assistant = Assistant.open(tmp_path_factory.mktemp("index"), Settings())
    assistant.ingest(folder)
    return assistant


@pytest.mark.parametrize(
    ("answerable", "near_miss"),
    [
        ("How much did Moonshot AI pay for the copper mine?", "How much did Baidu pay for the copper mine?"),
        (
            "How much did Moonshot AI pay for the copper mine in 2024?",
            "How much did Moonshot AI pay for the copper mine in 2019?",
        ),
        ("How much did Moonshot AI pay for the copper mine?", "What percentage of the copper mine is flooded?"),
        ("腾讯向图书船捐赠了多少钱？", "小米向图书船捐赠了多少钱？"),
        ("騰訊在2022年向圖書船捐贈了多少錢？", "騰訊在2018年向圖書船捐贈了多少錢？"),
        ("How much did Tencent donate to the book ship?", "How much did Huawei donate to the book ship?"),
    ],
)
def test_another_company_year_or_kind_of_value_lowers_the_confidence(
    news: Assistant, answerable: str, near_miss: str
) -> None:
    assert news.ask(near_miss).confidence < news.ask(answerable).confidence - 0.2
