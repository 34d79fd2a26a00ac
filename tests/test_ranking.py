"""The steps between candidates and evidence: analysing the question, fusing, balancing, cutting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.embedding.static import bundled_model
from rag.errors import EmptyQuestion
from rag.retrieval.evidence import OTHER_LANGUAGE_SHARE, select_evidence
from rag.retrieval.fusion import reciprocal_rank_fusion
from rag.retrieval.question import EXPANSION_WEIGHT, MAX_QUESTION, Question, analyse
from rag.retrieval.reranking import rerank
from rag.text.aliases import NameTable
from rag.types import Candidate, Hit, Language, Passage, StoredPassage

MODEL, NAMES = bundled_model(), NameTable.load()


def ask(text: str) -> Question:
    return analyse(text, MODEL, NAMES)


def attributes(question: Question) -> set[str]:
    own = question.pieces.pieces[: question.pieces.own]
    return {MODEL.piece_text(int(piece)) for piece, marked in zip(own, question.attribute, strict=True) if marked}


# --- the question ---


def test_function_words_are_not_searched_for() -> None:
    assert ask("where is the lighthouse").words == {"lighthous": 1.0}
    assert set(ask("where is it").words) >= {"where"}


def test_a_name_is_also_searched_for_in_the_other_language() -> None:
    words = ask("Moonshot AI warehouse").words
    assert words["warehous"] == words["moonshot"] == 1.0
    assert words["月之暗面"] == EXPANSION_WEIGHT < 1
    assert ask("月之暗面的倉庫").words["moonshot"] == EXPANSION_WEIGHT


def test_the_attribute_is_what_is_asked_beside_names_and_numbers() -> None:
    assert attributes(ask("How long is the lease of Moonshot AI in 2024?")) == {"long", "lease"}
    assert attributes(ask("月之暗面 2024 的租約")) == {"租约"}


def test_white_space_is_joined_and_a_pasted_text_is_cut() -> None:
    assert ask("  Where\n is\tit? ").text == "Where is it?"
    assert len(ask("lighthouse " * 1000).text) == MAX_QUESTION


@pytest.mark.parametrize(("text", "language"), [("Where?", "en"), ("软件在哪里", "zh-Hans"), ("軟體在哪裡", "zh-Hant")])
def test_the_language_of_a_question_is_told_with_its_script(text: str, language: str) -> None:
    assert ask(text).language == language


@pytest.mark.parametrize("text", ["", "?", " \n", "。！", "☃"])
def test_a_question_without_letters_is_empty(text: str) -> None:
    with pytest.raises(EmptyQuestion):
        ask(text)


# --- fusion ---


def test_fusion_adds_one_over_sixty_plus_rank() -> None:
    fused = reciprocal_rank_fusion([[Candidate(1, 9.0), Candidate(2, 8.0)], [Candidate(2, 0.7), Candidate(3, 0.6)]])
    assert fused == (Candidate(2, 1 / 62 + 1 / 61), Candidate(1, 1 / 61), Candidate(3, 1 / 62))


def test_fusion_keeps_the_order_of_the_first_list_in_a_tie() -> None:
    fused = reciprocal_rank_fusion([[Candidate(5, 1.0)], [Candidate(4, 1.0)], [Candidate(3, 1.0)]])
    assert [candidate.key for candidate in fused] == [5, 4, 3]
    assert reciprocal_rank_fusion([[], []]) == ()


# --- balance ---


def stored(key: int, text: str, language: Language = "en") -> StoredPassage:
    passage = Passage(f"a{key}", 0, len(text), text, language)
    return StoredPassage(key, passage, f"a{key}", "", np.unique(MODEL.pieces([text])[0]))


def test_a_score_is_measured_against_the_background_of_its_language() -> None:
    candidates = [stored(1, "the lighthouse repair"), stored(2, "two cats on a sofa")]
    first, last = rerank(ask("lighthouse repair"), MODEL, candidates, {1: 0.8, 2: 0.1}, {1: 6.0})
    raw = [
        one.components["late"] + 0.5 * one.components["dense"] + 0.07 * one.components["lexical"]
        for one in (first, last)
    ]
    background = (sum(raw) + 100 * 0.36) / 102
    assert (first.stored.key, last.stored.key) == (1, 2)
    assert first.components["background"] == pytest.approx(-background, abs=1e-5)
    assert [first.score, last.score] == pytest.approx([raw[0] - background, raw[1] - background], abs=1e-5)
    assert (first.components["lexical"], last.components["lexical"]) == (1.0, 0.0)


def test_another_language_has_a_lower_background() -> None:
    within = rerank(ask("lighthouse"), MODEL, [stored(1, "岛上的灯塔", "zh-Hans")], {1: 0.5}, {})[0]
    from_chinese = rerank(ask("灯塔"), MODEL, [stored(1, "岛上的灯塔", "zh-Hans")], {1: 0.5}, {})[0]
    assert -within.components["background"] < 0.3 < 0.35 < -from_chinese.components["background"]


def test_both_scripts_of_chinese_are_one_language() -> None:
    one = rerank(ask("燈塔"), MODEL, [stored(1, "岛上的灯塔", "zh-Hans")], {1: 0.5}, {})[0]
    other = rerank(ask("灯塔"), MODEL, [stored(1, "島上的燈塔", "zh-Hant")], {1: 0.5}, {})[0]
    assert one.score == pytest.approx(other.score, abs=1e-5)


def test_a_passage_that_the_vectors_did_not_nominate_counts_as_their_last() -> None:
    candidates = [stored(1, "the lighthouse"), stored(2, "a bakery"), stored(3, "a ferry")]
    ranked = rerank(ask("lighthouse"), MODEL, candidates, {1: 0.8, 2: 0.3}, {3: 2.0})
    assert {one.stored.key: one.components["dense"] for one in ranked} == pytest.approx({1: 0.8, 2: 0.3, 3: 0.3})


def test_no_candidates_give_no_ranking() -> None:
    assert rerank(ask("lighthouse"), MODEL, [], {}, {}) == ()


# --- the cut ---


def hits(*scores: float, other: tuple[int, ...] = ()) -> list[Hit]:
    """Hits with these scores; those whose place, from 0, is in `other` are Chinese."""
    return [
        Hit(Passage(f"a{n}", 0, 1, "x", "zh-Hant" if n in other else "en"), f"a{n}", "", score, n + 1)
        for n, score in enumerate(scores)
    ]


def kept(found: list[Hit], limit: int = 8) -> list[str]:
    return [hit.source for hit in select_evidence("q", "en", found, limit).hits]


def test_what_scores_less_than_half_of_the_best_is_cut_behind_the_first_five() -> None:
    assert kept(hits(1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.49, 0.1)) == ["a0", "a1", "a2", "a3", "a4", "a5"]
    assert kept(hits(1.0, 0.1, 0.1, 0.1, 0.1, 0.1)) == ["a0", "a1", "a2", "a3", "a4"]
    assert kept(hits(-0.1, -0.2, -0.3, -0.4, -0.5, -0.6)) == ["a0", "a1", "a2", "a3", "a4"]


def test_no_more_than_the_limit_is_kept() -> None:
    assert kept(hits(*[1.0] * 20), limit=8) == [f"a{n}" for n in range(8)]
    assert kept(hits(*[1.0] * 20), limit=3) == ["a0", "a1", "a2"]


def test_the_other_language_is_kept_where_it_is_nearly_as_good() -> None:
    found = hits(1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.6, other=(6,))
    assert kept(found) == ["a0", "a1", "a2", "a3", "a6", "a4", "a5"]


def test_the_other_language_stays_out_where_it_is_worse() -> None:
    found = hits(1.0, 0.9, 0.9, 0.9, 0.9, 0.9, OTHER_LANGUAGE_SHARE - 0.05, other=(6,))
    assert kept(found) == ["a0", "a1", "a2", "a3", "a4", "a5"]


def test_the_other_language_takes_the_last_place_of_few_and_never_the_only_one() -> None:
    found = hits(1.0, 0.9, 0.8, other=(2,))
    assert kept(found, limit=2) == ["a0", "a2"]
    assert kept(found, limit=1) == ["a0"]


SCORES = st.lists(st.floats(-1, 2), max_size=15).map(lambda scores: sorted(scores, reverse=True))


@given(scores=SCORES, other=st.sets(st.integers(0, 14)), limit=st.integers(1, 10))
def test_the_cut_loses_and_repeats_nothing(scores: list[float], other: set[int], limit: int) -> None:
    found = hits(*scores, other=tuple(other))
    evidence = select_evidence("q", "en", found, limit, [0.5])
    every = (*evidence.hits, *evidence.cut)
    assert sorted(hit.source for hit in every) == sorted(hit.source for hit in found)
    assert [hit.rank for hit in every] == list(range(1, len(found) + 1))
    assert min(len(found), limit, 5) <= len(evidence.hits) <= limit
    assert [hit.source for hit in every[:1]] == [hit.source for hit in found[:1]]
    assert (evidence.question, evidence.language, evidence.coverage) == ("q", "en", (0.5,))
