"""Each metric gives what its formula says, on cases worked out by hand and beside another library's."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluation import answer_metrics, citation_metrics, refusal_metrics, retrieval_metrics
from rag.evaluation.answer_metrics import answer_scores, contains, exact_match, f1, list_recall, quantity_match, units
from rag.evaluation.citation_metrics import citation_scores
from rag.evaluation.refusal_metrics import refusal_figures, risk_coverage, with_threshold
from rag.evaluation.retrieval_metrics import complete, ndcg, recall, reciprocal_rank, retrieval_scores, success
from rag.evaluation.types import CurvePoint, GoldPair, Located, Outcome, Place, Relevant
from rag.types import Answer, Article, Citation

RANKED = ("c", "a", "x", "b", "y")
GOLD = {"a": 1, "b": 1, "z": 1, "y": 0}


# retrieval


def test_recall_is_the_share_of_all_relevant_items() -> None:
    assert [recall(RANKED, GOLD, k) for k in (1, 2, 4, 5)] == [0, 1 / 3, 2 / 3, 2 / 3]


def test_success_is_whether_any_relevant_item_is_found() -> None:
    assert [success(RANKED, GOLD, k) for k in (1, 2, 5)] == [0, 1, 1]


def test_the_reciprocal_rank_ends_at_the_cutoff() -> None:
    assert reciprocal_rank(RANKED, GOLD, 10) == 1 / 2
    assert reciprocal_rank(RANKED, GOLD, 1) == 0


def test_ndcg_is_gain_over_the_gain_of_the_ideal_order() -> None:
    gained = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert ndcg(RANKED, GOLD, 5) == pytest.approx(gained / ideal)
    assert ndcg(("b", "a", "z"), GOLD, 3) == 1


def test_graded_relevance_weighs_linearly() -> None:
    assert ndcg(("a", "b"), {"a": 1, "b": 3}, 2) == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))


def test_complete_wants_each_part_and_one_of_what_says_the_same() -> None:
    parts = [{"a", "q"}, {"b"}]
    assert [complete(RANKED, parts, k) for k in (2, 3, 4)] == [0, 0, 1]


def test_a_repeated_item_counts_once_where_it_stands_first() -> None:
    assert recall(("c", "c", "a"), {"a": 1}, 2) == 1
    assert reciprocal_rank(("c", "c", "a"), {"a": 1}) == 1 / 2
    assert ndcg(("a", "a"), {"a": 1, "b": 1}, 2) == pytest.approx(1 / (1 + 1 / math.log2(3)))


@pytest.mark.parametrize("metric", [recall, success, reciprocal_rank, ndcg])
def test_a_question_without_relevant_items_has_no_score(metric: object) -> None:
    with pytest.raises(ValueError, match="relevant"):
        metric(RANKED, {"a": 0}, 5)  # type: ignore[operator]
    with pytest.raises(ValueError, match="cutoff"):
        metric(RANKED, {"a": 1}, 0)  # type: ignore[operator]


def test_articles_are_ranked_by_their_best_passage() -> None:
    relevant = Relevant({"b:5-9": 1, "a:1:0-4": 1}, {"b": 1, "a:1": 1}, (frozenset({"b:5-9", "a:1:0-4"}),))
    scores = retrieval_scores(("x:0-4", "x:4-8", "b:0-5", "a:1:0-4"), relevant)
    assert scores["mrr@10"] == 1 / 4
    assert scores["article_mrr@10"] == 1 / 2
    assert scores["article_recall@3"] == 1
    assert (scores["recall@3"], scores["recall@5"], scores["complete@5"]) == (0, 1 / 2, 1)
    assert retrieval_scores(("x:0-4",), Relevant({}, {"b": 1}, (frozenset(),))) == {}


def test_retrieval_metrics_equal_those_of_ir_measures_on_random_runs() -> None:
    ir_measures = pytest.importorskip("ir_measures")
    chance = random.Random(7)
    ours: dict[tuple[str, str], float] = {}
    qrels, run = [], []
    for number in range(80):
        query = f"q{number}"
        items = [f"d{i}" for i in range(chance.randint(1, 40))]
        grades = {item: chance.choice((0, 0, 1, 1, 2, 3)) for item in items if chance.random() < 0.4} | {"gold": 1}
        ranked = chance.sample([*items, "gold"], chance.randint(1, len(items)))
        qrels += [ir_measures.Qrel(query, item, grade) for item, grade in grades.items()]
        run += [ir_measures.ScoredDoc(query, item, float(-rank)) for rank, item in enumerate(ranked)]
        for k in (1, 3, 5, 10, 20):
            ours[query, f"R@{k}"] = recall(ranked, grades, k)
            ours[query, f"Success@{k}"] = success(ranked, grades, k)
            ours[query, f"RR@{k}"] = reciprocal_rank(ranked, grades, k)
            ours[query, f"nDCG@{k}"] = ndcg(ranked, grades, k)
    names = {name for _, name in ours}
    theirs = {
        (found.query_id, str(found.measure)): found.value
        for found in ir_measures.iter_calc([ir_measures.parse_measure(name) for name in names], qrels, run)
    }
    assert theirs.keys() == ours.keys()
    assert all(theirs[key] == pytest.approx(value, abs=1e-9) for key, value in ours.items())


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdefgh"), min_size=1), st.integers(1, 8))
def test_retrieval_metrics_stay_in_range_and_agree_with_each_other(ranked: list[str], gold: set[str], k: int) -> None:
    grades = dict.fromkeys(gold, 1)
    values = [metric(ranked, grades, k) for metric in (recall, success, reciprocal_rank, ndcg)]
    assert all(0 <= value <= 1 for value in values)
    assert len({value > 0 for value in values}) == 1
    assert recall(ranked, grades, k) <= success(ranked, grades, k)
    assert recall(ranked, grades, k) <= recall(ranked, grades, k + 1)
    # the order of items that are not relevant changes nothing
    others = iter(sorted(item for item in ranked if item not in gold))
    mixed = [item if item in gold else next(others) for item in ranked]
    assert ndcg(mixed, grades, k) == ndcg(ranked, grades, k)


# answers


def test_units_are_characters_of_chinese_and_words_of_english() -> None:
    assert units("The Qwen3-Max模型，1,200.5 個用戶's") == (
        "qwen",
        "3",
        "max",
        "模",
        "型",
        "1200.5",
        "个",
        "用",
        "户",
    )
    assert units("A lamp’s light, an hour!") == ("lamp", "light", "hour")


@pytest.mark.parametrize(
    ("text", "accepted", "expected"),
    [
        ("the Corran Bay.", ["Corran bay"], 1),
        ("臺灣的圖書館", ["台湾的图书馆"], 1),
        ("網際網路", ["互联网"], 1),
        ("３８億", ["38亿"], 1),
        ("Corran", ["Corran Bay", "corran"], 1),
        ("Bay Corran", ["Corran Bay"], 0),
        ("", ["x"], 0),
    ],
)
def test_an_exact_match_looks_past_script_width_case_and_punctuation(
    text: str, accepted: Sequence[str], expected: float
) -> None:
    assert exact_match(text, accepted) == expected


def test_f1_is_by_word_in_english_and_by_character_in_chinese() -> None:
    # 2 shared of 3 and 2
    assert f1("blue lamp post", ["blue lamp"]) == pytest.approx(2 * 2 / 5)
    # 3 shared of 5 and 3
    assert f1("東河圖書館", ["图书馆"]) == pytest.approx(2 * 3 / 8)
    assert f1("lamp lamp", ["lamp"]) == pytest.approx(2 / 3)
    assert f1("ferry", ["lamp", "the ferry"]) == 1
    assert f1("ferry", []) == 0


def test_an_accepted_answer_is_contained_as_whole_words() -> None:
    assert contains("We know nothing.", ["no"]) == 0
    assert contains("There is no lamp.", ["No"]) == 1
    assert contains("館長是周敏。", ["周敏", "Zhou Min"]) == 1
    assert contains("In 1,200 days", ["1200"]) == 1
    assert contains("In 12,005 days", ["12"]) == 0
    assert contains("anything", ["…"]) == 0


def test_quantities_match_across_languages_and_units() -> None:
    assert quantity_match("It cost 3.8 billion yuan.", ["38亿"]) == 1
    assert quantity_match("花費了38.5億元", ["3.8 billion"]) == 0
    assert quantity_match("佔六成", ["60%", "three fifths of all users"]) == 1
    assert quantity_match("2025年2月13日", ["February 13, 2025"]) == 1


def test_an_answer_that_only_mentions_a_quantity_is_none() -> None:
    assert quantity_match("in 2025", ["the guild of fishermen of 2025, led by Ferris"]) is None
    assert quantity_match("in 2025", ["fishermen"]) is None


def test_items_of_a_list_count_one_by_one_in_any_order() -> None:
    assert list_recall("Moss, Fern and Reed", ["Reed, Oak"]) == 1 / 2
    assert list_recall("苔蘚、蕨", ["蕨和苔藓、芦苇"]) == pytest.approx(2 / 3)
    assert list_recall("共和国", ["共和国"]) == 1
    assert list_recall("x", []) == 0


def answer(text: str = "The lamp burns. [1]", **values: object) -> Answer:
    plain: dict[str, object] = {"refused": False, "confidence": 0.5, "citations": ()}
    return Answer("?", "en", text, **(plain | values))  # type: ignore[arg-type]


def pair(*answers: str, kind: str = "name", language: str = "en") -> GoldPair:
    return GoldPair("q", "?", language, kind, answers)  # type: ignore[arg-type]


def test_marks_are_no_part_of_an_answer() -> None:
    scores = answer_scores(pair("1"), answer("The lamp burns. [1]"))
    assert (scores["contains"], scores["length"]) == (0, len("The lamp burns."))


def test_short_answers_are_matched_exactly_and_whole_ones_for_containment() -> None:
    scores = answer_scores(pair("Jane Ferris"), answer("The engineer was Jane Ferris. [1]", short_answer="Jane"))
    assert scores["exact_match"] == 0
    assert scores["f1"] == pytest.approx(2 / 3)
    assert scores["contains"] == 1


def test_a_refusal_scores_nothing_on_an_answerable_question_and_is_not_scored_on_another() -> None:
    refused = answer("Nothing says so: 17 lamps.", refused=True)
    scores = answer_scores(pair("17"), refused)
    assert set(scores) == {"exact_match", "f1", "contains", "quantity_match"}
    assert set(scores.values()) == {0.0}
    assert answer_scores(pair(kind="unanswerable"), refused) == {}
    assert set(answer_scores(pair(kind="unanswerable"), answer())) == {"language_match", "length"}


def test_the_language_of_an_answer_is_that_of_its_words() -> None:
    def matches(text: str, language: str) -> float:
        return answer_scores(pair("x", language=language), answer(text))["language_match"]

    assert (matches("馆长是周敏。[1]", "zh-Hans"), matches("馆长是周敏。[1]", "zh-Hant")) == (1, 0)
    assert (matches("The lamp. [1]", "en"), matches("The lamp. [1]", "zh-Hans")) == (1, 0)
    # nothing tells the script
    assert (matches("三月七日", "zh-Hans"), matches("三月七日", "zh-Hant")) == (1, 1)


def test_an_answer_is_correct_that_contains_states_lists_or_nearly_matches() -> None:
    assert not answer_metrics.is_correct({"contains": 0, "f1": 0.5, "quantity_match": 0, "list_recall": 0.9})
    for name in ("contains", "quantity_match", "list_recall"):
        assert answer_metrics.is_correct({name: 1.0})
    assert answer_metrics.is_correct({"f1": 0.6})


# citations

STORED = Article("a", "a.md", "A", "en", "The lamp burns. It is old. Nobody minds.")


def text_of(article_id: str) -> Article:
    from rag.errors import ArticleUnknown

    if article_id != "a":
        raise ArticleUnknown(article=article_id)
    return STORED


def cite(start: int, end: int, supported: bool = True, article: str = "a", quote: str | None = None) -> Citation:
    words = STORED.text[start:end] if quote is None else quote
    passage = f"{article}:0-26" if start < 26 else f"{article}:27-40"
    return Citation(1, passage, article, "a.md", "A", "en", start, end, words, supported, float(supported))


def gold_at(*places: tuple[int, int, str]) -> Located:
    return Located(pair("x"), tuple(Place("a", "a.md", "en", a, b, part, "exact") for a, b, part in places))


RELEVANT = Relevant({"a:0-26": 1}, {"a": 1}, (frozenset({"a:0-26"}),))


def test_offsets_must_slice_to_the_quote() -> None:
    citations = (
        cite(0, 15),
        cite(0, 15, quote="The lamp burnt."),
        cite(3, 3),
        cite(0, 15, article="b", quote="The lamp burns."),
    )
    assert [citation_metrics.resolved(one, text_of) for one in citations] == [True, False, False, False]
    scores = citation_scores(gold_at((0, 15, "")), RELEVANT, answer(citations=citations), text_of)
    assert scores["citation_resolved"] == 1 / 4


def test_a_citation_is_right_whose_passage_holds_the_evidence_or_that_supports_its_sentence() -> None:
    # the neighbour sentence in the same passage, another passage that supports, another that does not
    citations = (cite(16, 26, supported=False), cite(27, 40), cite(27, 40, supported=False))
    scores = citation_scores(gold_at((0, 15, "")), RELEVANT, answer(citations=citations), text_of)
    assert scores["citation_precision"] == pytest.approx(2 / 3)
    assert scores["citation_evidence"] == pytest.approx(1 / 3)
    assert scores["citation_supported"] == pytest.approx(1 / 3)
    assert scores["citation_recall"] == 0


def test_citation_recall_counts_parts_and_takes_one_of_what_says_the_same() -> None:
    both = gold_at((0, 15, "1"), (16, 26, "2"), (27, 40, "2"))
    assert citation_metrics.recall((cite(27, 40),), both) == 1 / 2
    assert citation_metrics.recall((cite(27, 40), cite(4, 8)), both) == 1
    assert citation_metrics.recall((), both) == 0
    with pytest.raises(ValueError, match="evidence"):
        citation_metrics.recall((), gold_at())


def test_precision_is_left_out_where_nothing_is_cited() -> None:
    assert citation_scores(gold_at((0, 15, "")), RELEVANT, answer(), text_of) == {"citation_recall": 0.0}
    unanswerable = Located(pair(kind="unanswerable"))
    scores = citation_scores(unanswerable, None, answer(citations=(cite(0, 15),)), text_of)
    assert scores == {"citation_resolved": 1.0, "citation_supported": 1.0}


# refusal


def outcome(answerable: bool, refused: bool, confidence: float = 0.5, correct: bool = True) -> Outcome:
    return Outcome(answerable, refused, confidence, correct)


def test_refusals_are_judged_by_what_is_unanswerable() -> None:
    outcomes = [outcome(False, True), outcome(False, True), outcome(False, False), outcome(True, True)]
    outcomes += [outcome(True, False)] * 3
    figures = refusal_figures(outcomes)
    assert figures == {
        "refusal_precision": 2 / 3,
        "refusal_recall": 2 / 3,
        "refusal_f1": pytest.approx(2 / 3),
        "wrongly_refused": 1 / 4,
    }


def test_a_figure_of_refusals_that_is_undefined_is_left_out() -> None:
    assert refusal_figures([outcome(True, False)]) == {"wrongly_refused": 0.0}
    assert refusal_figures([outcome(False, False)]) == {"refusal_recall": 0.0, "refusal_f1": 0.0}
    assert refusal_figures([]) == {}


def test_the_risk_coverage_curve_is_that_of_falling_confidence() -> None:
    outcomes = [
        outcome(True, False, 0.9),
        outcome(True, False, 0.7, correct=False),
        outcome(False, False, 0.5),
        outcome(True, False, 0.3),
        outcome(True, True, 0.1),
    ]
    found = risk_coverage(outcomes)
    assert found.points == (
        CurvePoint(0.9, 1 / 5, 0),
        CurvePoint(0.7, 2 / 5, 1 / 2),
        CurvePoint(0.5, 3 / 5, 2 / 3),
        CurvePoint(0.3, 4 / 5, 1 / 2),
    )
    assert found.area == pytest.approx((0 + 1 / 2 + 2 / 3 + 1 / 2) / 4)
    assert risk_coverage([]) == risk_coverage([outcome(True, True)])
    assert risk_coverage([]).area == 0


def test_equal_confidences_make_one_point_whose_area_is_that_of_a_random_order() -> None:
    found = risk_coverage([outcome(True, False), outcome(False, False)])
    assert found.points == (CurvePoint(0.5, 1, 1 / 2),)
    assert found.area == pytest.approx(1 / 2)


OUTCOMES = st.lists(
    st.builds(Outcome, st.booleans(), st.booleans(), st.sampled_from((0.1, 0.4, 0.4, 0.8)), st.booleans()), max_size=12
)


@given(OUTCOMES, st.randoms(use_true_random=False))
def test_refusal_figures_do_not_depend_on_the_order_and_stay_in_range(
    outcomes: list[Outcome], chance: random.Random
) -> None:
    mixed = outcomes.copy()
    chance.shuffle(mixed)
    assert refusal_figures(mixed) == refusal_figures(outcomes)
    curve = risk_coverage(outcomes)
    assert risk_coverage(mixed) == curve
    assert all(0 < point.coverage <= 1 and 0 <= point.risk <= 1 for point in curve.points)
    assert 0 <= curve.area <= 1
    assert [point.confidence for point in curve.points] == sorted({p.confidence for p in curve.points}, reverse=True)


def test_a_threshold_refuses_what_is_below_and_never_takes_a_refusal_back() -> None:
    outcomes = [outcome(True, False, 0.2), outcome(True, False, 0.3), outcome(True, True, 0.9)]
    assert [one.refused for one in with_threshold(outcomes, 0.3)] == [True, False, True]


METRICS = (
    *(retrieval_metrics.recall, retrieval_metrics.success, retrieval_metrics.complete),
    *(retrieval_metrics.reciprocal_rank, retrieval_metrics.ndcg),
    *(answer_metrics.exact_match, answer_metrics.f1, answer_metrics.contains, answer_metrics.list_recall),
    *(citation_metrics.precision, citation_metrics.evidence_precision, citation_metrics.recall),
    *(refusal_metrics.refusal_precision, refusal_metrics.refusal_recall, refusal_metrics.refusal_f1),
    refusal_metrics.risk_coverage,
)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: f"{metric.__module__.split('.')[-1]}.{metric.__name__}")
def test_a_metric_says_its_range_and_where_it_is_from(metric: object) -> None:
    assert "in 0..1" in str(metric.__doc__)
    assert re.search(r"\b(19|20)\d\d\b", str(metric.__doc__))
