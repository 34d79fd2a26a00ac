"""Late interaction: every piece of a question with its best match in a text, in either language."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.embedding.late_interaction import QuestionPieces, best_cosines, late_scores, question_pieces
from rag.embedding.static import bundled_model

MODEL = bundled_model()


def pieces_of(*texts: str) -> list[np.ndarray]:
    return [np.unique(pieces) for pieces in MODEL.pieces(list(texts))]


def scores(question: str, *texts: str, names: dict[str, list[str]] | None = None) -> list[float]:
    asked = question_pieces(MODEL, question, names)
    return [float(score) for score in late_scores(asked, best_cosines(MODEL, asked, pieces_of(*texts)))]


def weight_of(question: QuestionPieces, word: str) -> float:
    pieces = [MODEL.piece_text(int(piece)) for piece in question.pieces]
    return float(question.weights[pieces.index(word)])


def test_weights_sum_to_one_and_function_words_weigh_nothing() -> None:
    asked = question_pieces(MODEL, "where is the lighthouse of the island")
    assert float(asked.weights.sum()) == pytest.approx(1)
    assert weight_of(asked, "the") == weight_of(asked, "of") == weight_of(asked, "is") == 0
    assert weight_of(asked, "lighthouse") > weight_of(asked, "island") > 0


def test_a_repeated_word_counts_once() -> None:
    once, thrice = question_pieces(MODEL, "lighthouse island"), question_pieces(MODEL, "lighthouse island " * 3)
    assert once.pieces.tolist() == thrice.pieces.tolist()
    assert once.weights.tolist() == thrice.weights.tolist()


def test_a_question_of_function_words_alone_keeps_them() -> None:
    asked = question_pieces(MODEL, "what is it")
    assert (asked.weights > 0).all()
    assert float(asked.weights.sum()) == pytest.approx(1)


def test_a_text_with_all_words_of_the_question_scores_one() -> None:
    assert scores("lighthouse repair cost", "the cost of the lighthouse repair") == [pytest.approx(1, abs=1e-4)]


def test_more_of_the_question_in_a_text_scores_higher() -> None:
    whole, half, none = scores(
        "lighthouse repair", "the repair of the lighthouse", "the old lighthouse", "two cats on a sofa"
    )
    assert whole > half > none


def test_a_translation_scores_higher_than_an_unrelated_text() -> None:
    related, unrelated = scores("the lighthouse on the island", "岛上的灯塔", "面包店早上开门")
    assert related > unrelated + 0.3
    related, unrelated = scores("島上的燈塔", "the lighthouse on the island", "the bakery opens early")
    assert related > unrelated + 0.3


def test_scripts_do_not_change_the_score() -> None:
    traditional, simplified = scores("图书馆的软件", "圖書館換了軟體", "图书馆换了软件")
    assert traditional == pytest.approx(simplified, abs=1e-6)


def test_a_text_is_scored_alone_as_among_others() -> None:
    texts = ["岛上的灯塔", "", "two cats on a sofa", "the lighthouse keeper"]
    assert scores("lighthouse", *texts) == pytest.approx([scores("lighthouse", text)[0] for text in texts], abs=1e-5)


def test_nothing_matches_where_there_are_no_pieces() -> None:
    assert scores("lighthouse", "", "☃") == [0, 0]
    assert scores("☃", "the lighthouse") == [0]
    asked = question_pieces(MODEL, "lighthouse")
    assert best_cosines(MODEL, asked, []).shape == (0, asked.own)
    assert late_scores(asked, best_cosines(MODEL, asked, [])).shape == (0,)


def test_a_name_matches_a_text_that_holds_another_form_whole() -> None:
    question, names = "Moonshot AI warehouse", {"Moonshot AI": ["月之暗面"]}
    known, unknown = scores(question, "月之暗面租下仓库", names=names), scores(question, "月之暗面租下仓库")
    assert known[0] > unknown[0] + 0.2


def test_half_of_another_form_of_a_name_does_not_count() -> None:
    form = ["Corran Bay"]
    assert len(MODEL.pieces(form)[0]) > 1
    asked = question_pieces(MODEL, "科兰湾", {"科兰湾": form})
    whole, half = best_cosines(MODEL, asked, pieces_of("a ferry to Corran Bay", "a ferry to the Bay"))
    assert whole == pytest.approx(1)
    assert half.max() < 0.99


def test_other_forms_add_no_weight_of_their_own() -> None:
    plain = question_pieces(MODEL, "Moonshot AI warehouse")
    named = question_pieces(MODEL, "Moonshot AI warehouse", {"Moonshot AI": ["月之暗面"]})
    assert named.own == plain.own == len(plain.pieces) < len(named.pieces)
    assert named.weights[: named.own].tolist() == plain.weights.tolist()
    assert not named.weights[named.own :].any()
    assert named.vectors.shape == (len(named.pieces), MODEL.dimensions)


WORDS = st.lists(
    st.sampled_from(["lighthouse", "the", "灯塔", "圖書館", "2.4", "million", "☃", "的", "Moonshot AI"]), max_size=8
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(question=WORDS, texts=st.lists(WORDS, max_size=4))
def test_scores_lie_between_zero_and_one(question: str, texts: list[str]) -> None:
    asked = question_pieces(MODEL, question, {"Moonshot AI": ["月之暗面"]})
    best = best_cosines(MODEL, asked, pieces_of(*texts)) if texts else best_cosines(MODEL, asked, [])
    assert best.shape == (len(texts), asked.own)
    found = late_scores(asked, best)
    assert found.shape == (len(texts),)
    assert ((best >= 0) & (best <= 1)).all()
    assert ((found >= 0) & (found <= 1 + 1e-5)).all()
