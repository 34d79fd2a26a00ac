"""Names that only sound alike are found across languages, and only names."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.embedding.late_interaction import best_cosines
from rag.embedding.static import bundled_model
from rag.retrieval.question import Question, analyse
from rag.retrieval.sound import SURE, sound_gains, spoken_names
from rag.text.aliases import NameTable

MODEL, NAMES = bundled_model(), NameTable.load()


def ask(text: str) -> Question:
    return analyse(text, MODEL, NAMES)


def gains(question: str, *texts: str) -> list[float]:
    asked = ask(question)
    best = best_cosines(MODEL, asked.pieces, MODEL.pieces(texts))
    return sound_gains(asked, spoken_names(asked, MODEL), texts, best).tolist()


def test_an_english_name_is_heard_in_a_chinese_passage() -> None:
    heard, unheard = gains("Where did Brannigan keep his boat?", "布兰尼根把船停在北岸。", "渔民把船停在北岸。")
    assert heard > 0.1
    assert unheard == 0


def test_a_chinese_name_is_heard_in_an_english_passage() -> None:
    heard, unheard = gains(
        "布兰尼根的船停在哪里？", "Brannigan kept it on the north shore.", "The guild kept it ashore."
    )
    assert heard > 0.1
    assert unheard == 0


def test_both_scripts_hear_alike() -> None:
    text = "Brannigan kept it on the north shore."
    assert gains("布兰尼根的船停在哪里？", text) == pytest.approx(gains("布蘭尼根的船停在哪裡？", text))


@pytest.mark.parametrize("question", ["Where is the boat?", "船停在哪里？", "What happened in 1999?"])
def test_a_question_without_such_a_name_has_none_to_hear(question: str) -> None:
    assert spoken_names(ask(question), MODEL) == ()


def test_a_known_name_is_left_to_the_list_of_names() -> None:
    assert spoken_names(ask("When was the company Moonshot AI founded?"), MODEL) == ()


def test_a_faint_likeness_counts_nothing() -> None:
    (name,) = spoken_names(ask("Where did Brannigan keep his boat?"), MODEL)
    assert name.likeness("布兰尼根把船停在北岸。") >= SURE
    assert name.likeness("天气很好，大家都去了海边。") == 0


@given(st.text(alphabet="布兰尼根的船停在哪里Brannigan kept 12。？", max_size=60), st.text(max_size=80))
def test_hearing_never_lowers_a_match_and_never_makes_more_than_a_whole_one(question: str, text: str) -> None:
    asked = ask("船" + question)
    best = best_cosines(MODEL, asked.pieces, MODEL.pieces([text]))
    (gain,) = sound_gains(asked, spoken_names(asked, MODEL), [text], best)
    assert -1e-6 <= gain <= 1 + 1e-6
    assert np.isfinite(gain)
