"""Halves share no article, and drafts quote the stored words and wait for a person."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.gold_halves import KEPT, SPLIT, project_halves, write_halves
from benchmarks.question_sets import sampled
from rag.assistant import Assistant
from rag.errors import BadRequest, OutOfMemory
from rag.evaluation.compare import read_gates
from rag.evaluation.directions import ACROSS_SCRIPTS, EN_ZH, ZH_EN, direction
from rag.evaluation.draft import accept_proposal, draft_form, from_feedback, from_passages, write_drafts
from rag.evaluation.gold import read_gold
from rag.evaluation.locating import locate_all
from rag.evaluation.split import articles_of, halves, read_split, split_articles, write_split
from rag.evaluation.types import GoldEvidence, GoldPair, GoldSet, SquadSet
from rag.types import LANGUAGES, Language, Passage
from tests.scripted_model import ScriptedModel

ROOT = Path(__file__).resolve().parents[1]


def about(identity: str, *docs: str) -> GoldPair:
    return GoldPair(identity, "?", "en", "name", ("a",), tuple(GoldEvidence(doc, "x") for doc in docs))


# the split


def test_articles_that_share_questions_stay_together_and_halves_are_even() -> None:
    pairs = [about(f"{group}{n}", f"{group}.en", f"{group}.zh") for group in "abcd" for n in range(5)]
    found = split_articles(pairs)
    assert all(found[f"{group}.en"] == found[f"{group}.zh"] for group in "abcd")
    split = halves(pairs, found)
    assert (len(split.development), len(split.test), split.across) == (10, 10, ())


def test_a_pair_between_the_halves_is_in_neither() -> None:
    pairs = [about("1", "a"), about("2", "b"), about("3", "a", "b")]
    split = halves(pairs, {"a": "development", "b": "test"})
    assert [[one.id for one in part] for part in (split.development, split.test, split.across)] == [["1"], ["2"], ["3"]]


def test_a_new_article_never_enters_the_test_half_unseen() -> None:
    split = halves([about("1", "new"), about("2", "new", "b")], {"b": "test"})
    assert [one.id for one in split.development] == ["1"]
    assert [one.id for one in split.across] == ["2"]


def test_unanswerable_pairs_go_with_what_they_are_about_and_else_by_id() -> None:
    near = GoldPair("n", "?", "en", "unanswerable", about=("b",))
    others = [GoldPair(f"u{number}", "?", "en", "unanswerable") for number in range(60)]
    split = halves([near, *others], {"a": "development", "b": "test"})
    assert near in split.test
    assert split.across == ()
    assert 15 <= len(split.development) <= 45
    assert halves(others[:7], {}).test == tuple(one for one in split.test if one in others[:7])


def test_an_unanswerable_pair_that_is_kept_stays_though_its_article_is_in_the_other_half() -> None:
    near = [GoldPair(name, "?", "en", "unanswerable", about=("b",)) for name in ("old", "new")]
    split = halves([*near, about("answered", "b")], {"b": "test"}, {"old": "development", "answered": "development"})
    assert [one.id for one in split.development] == ["old"]
    assert [one.id for one in split.test] == ["new", "answered"]


@given(st.lists(st.sets(st.sampled_from("abcdefg"), max_size=3), max_size=15), st.randoms(use_true_random=False))
def test_no_article_is_in_both_halves_whatever_the_order(groups: list[set[str]], chance: object) -> None:
    pairs = [about(str(number), *sorted(docs)) for number, docs in enumerate(groups)]
    found = split_articles(pairs)
    mixed = pairs.copy()
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert split_articles(mixed) == found
    split = halves(pairs, found)
    development = {doc for one in split.development for doc in articles_of(one)}
    assert development.isdisjoint(doc for one in split.test for doc in articles_of(one))
    assert len(split.development) + len(split.test) + len(split.across) == len(pairs)


def test_a_stored_split_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = split_articles([about("1", "a"), about("2", "b"), about("3", "c")])
    write_split(found, tmp_path / "split.json")
    assert read_split(tmp_path / "split.json") == found


@pytest.mark.parametrize("content", ["", "[]", '{"test": []}', '{"development": ["a"], "test": ["a"]}'])
def test_a_list_that_is_no_split_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "split.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest):
        read_split(path)
    with pytest.raises(BadRequest):
        read_split(tmp_path / "absent.json")


def test_the_projects_gold_is_split_in_two_like_halves_with_every_article_listed() -> None:
    pairs = read_gold([ROOT / "corpus" / "gold"]).pairs
    of_article = read_split(SPLIT)
    assert {doc for one in pairs for doc in articles_of(one)} <= set(of_article)
    assert all((ROOT / "corpus" / doc).is_file() for doc in of_article)
    split = project_halves()
    assert len(split.across) <= len(pairs) // 10
    assert min(len(split.development), len(split.test)) >= 0.4 * len(pairs)
    for half in (split.development, split.test):
        assert {one.language for one in half} == {"en", "zh-Hans", "zh-Hant"}
        assert {one.answerable for one in half} == {True, False}


def test_near_misses_of_the_project_lie_in_the_half_of_their_article_unless_kept_where_they_were_fitted() -> None:
    of_article, kept = read_split(SPLIT), read_split(KEPT)
    split = project_halves()
    sides = {"development": split.development, "test": split.test}
    found = {one.id: half for half, pairs in sides.items() for one in pairs if not one.answerable}
    assert {identity: found[identity] for identity in kept} == kept
    near = [one for one in (*split.development, *split.test) if not one.answerable and one.id not in kept]
    assert len(near) >= 28
    assert all(one.about and {of_article[doc] for doc in one.about} == {found[one.id]} for one in near)


def test_what_the_answerer_is_fitted_on_besides_is_told_by_articles_of_the_development_half_and_is_not_measured() -> (
    None
):
    of_article = read_split(SPLIT)
    fitted = read_gold([ROOT / "training" / "gold" / "sample_articles.jsonl"]).pairs
    assert len(fitted) > 200
    for one in fitted:
        assert {of_article[doc] for doc in (*articles_of(one), *one.about)} <= {"development"}
        for evidence in one.evidence:
            assert (ROOT / "corpus" / evidence.doc).read_text(encoding="utf-8").count(str(evidence.quote)) == 1
    assert not {one.question for one in fitted} & {one.question for one in project_halves().test}


def written_in(pair: GoldPair) -> set[Language]:
    folders: dict[str, Language] = {"en": "en", "zh-Hans": "zh-Hans", "zh-Hant": "zh-Hant"}
    return {folders[evidence.doc.split("/")[0]] for evidence in pair.evidence}


def test_each_half_asks_enough_whose_evidence_is_in_the_other_language_only() -> None:
    split = project_halves()
    for half in (split.development, split.test):
        counted = Counter(direction(one.language, written_in(one)) for one in half if one.answerable)
        assert min(counted[ZH_EN], counted[EN_ZH]) >= 24
        assert counted[ACROSS_SCRIPTS] >= 15


def test_every_article_of_the_corpus_is_asked_about_and_in_a_half() -> None:
    files = {f"{language}/{file.name}" for language in LANGUAGES for file in (ROOT / "corpus" / language).iterdir()}
    assert files == set(read_split(SPLIT))
    asked = {evidence.doc for one in read_gold([ROOT / "corpus" / "gold"]).pairs for evidence in one.evidence}
    assert asked == files


def test_all_evidence_of_the_projects_gold_is_word_for_word_in_its_article() -> None:
    gold = read_gold([ROOT / "corpus" / "gold"])
    assert gold.bad == ()
    texts = {doc: (ROOT / "corpus" / doc).read_text(encoding="utf-8") for doc in read_split(SPLIT)}
    lost = [
        (one.id, piece.quote) for one in gold.pairs for piece in one.evidence if piece.quote not in texts[piece.doc]
    ]
    assert lost == []


def test_the_files_of_the_halves_hold_the_halves(tmp_path: Path) -> None:
    files = write_halves(tmp_path / "new")
    split = project_halves()
    written = {half: [one.id for one in read_gold([file]).pairs] for half, file in files.items()}
    assert written == {
        "development": [one.id for one in split.development],
        "test": [one.id for one in split.test],
    }


def test_the_projects_gate_asks_for_citations_that_resolve() -> None:
    gates = read_gates(SPLIT.parent / "gate.toml")
    assert {one.least for one in gates if one.metric == "citation_resolved"} == {1.0}
    assert all(0 < one.least <= 1 for one in gates)


def test_a_sample_of_a_set_is_the_same_each_time_and_in_its_order() -> None:
    squad = SquadSet((), GoldSet(tuple(about(f"{number:02}", "a") for number in range(30)), ()))
    chosen = [one.id for one in sampled(squad, 10).gold.pairs]
    assert chosen == sorted(chosen) == [one.id for one in sampled(squad, 10).gold.pairs]
    assert len(set(chosen)) == 10
    assert sampled(squad, 99) == squad


# drafts


def test_a_draft_by_rule_asks_for_a_quantity_and_quotes_its_sentence(library: Assistant) -> None:
    drafts = list(from_passages(library, 4))
    assert len(drafts) == 4
    assert all(one.usable and one.places[0].found == "exact" for one in locate_all(library, [d.pair for d in drafts]))
    for draft in drafts:
        (evidence,) = draft.pair.evidence
        assert draft.pair.answers[0] in evidence.quote
        before, after = draft.pair.question.split("____")
        assert draft.pair.answers[0] not in (before + after)
    assert len({draft.pair.id for draft in drafts}) == 4
    assert len({draft.pair.evidence[0].doc for draft in drafts}) == 4


def test_drafts_repeat_with_the_seed_and_are_no_more_than_there_is(library: Assistant) -> None:
    assert list(from_passages(library, 3, seed=5)) == list(from_passages(library, 3, seed=5))
    assert len(list(from_passages(library, 500))) < 20
    assert list(from_passages(library, 0)) == []


def test_drafts_are_not_gold_until_a_person_accepts_them(library: Assistant, tmp_path: Path) -> None:
    stream = io.StringIO()
    assert write_drafts(from_passages(library, 2), stream) == 2
    path = tmp_path / "drafts.jsonl"
    path.write_text(stream.getvalue(), encoding="utf-8")
    assert (read_gold([path]).pairs, read_gold([path]).drafts) == ((), 2)
    path.write_text(stream.getvalue().replace('"accepted": false', '"accepted": true'), encoding="utf-8")
    assert [one.answerable for one in read_gold([path]).pairs] == [True, True]


PASSAGE = Passage("a", 0, 60, "渡輪改用電池之後，航行時幾乎沒有聲音。船票二十五元。", "zh-Hant")


def reply(question: str, answer: str, quote: str) -> str:
    return json.dumps({"question": question, "answer": answer, "quote": quote}, ensure_ascii=False)


def test_a_proposal_is_taken_only_with_words_of_the_passage_and_in_the_language_asked_for(library: Assistant) -> None:
    info = library.articles()[0]
    good = reply("What does a ticket cost?", "25", "船票二十五元")
    taken = accept_proposal(f"Here it is:\n```json\n{good}\n```", info, PASSAGE, "en")
    assert taken is not None
    assert (taken.question, taken.answers, taken.language) == ("What does a ticket cost?", ("25",), "en")
    assert taken.evidence == (GoldEvidence(info.source, "船票二十五元"),)
    # the quote is given in the words of the article, whatever script the model writes
    folded = accept_proposal(reply("How loud is it?", "silent", "航行时几乎没有声音"), info, PASSAGE, "en")
    assert folded is not None
    assert folded.evidence[0].quote == "航行時幾乎沒有聲音"
    for refused in (
        reply("What does a ticket cost?", "25", "船票三十元"),
        reply("船票多少錢？", "25", "船票二十五元"),
        reply("What does a ticket cost?", "", "船票二十五元"),
        "I cannot do this.",
        "{}}",
    ):
        assert accept_proposal(refused, info, PASSAGE, "en") is None


def test_a_model_is_asked_in_each_language_in_turn(library: Assistant) -> None:
    model = ScriptedModel([["no JSON"]])
    assert list(from_passages(library, 1, model=model)) == []  # type: ignore[arg-type]
    rules = [str(prompt[0].content) for prompt in model.prompts[:3]]
    assert ["English" in rules[0], "简体中文" in rules[1], "繁體中文" in rules[2]] == [True, True, True]


def test_a_model_that_fails_ends_the_drafts(library: Assistant) -> None:
    model = ScriptedModel([[OutOfMemory(model="m")]])
    assert list(from_passages(library, 3, model=model)) == []  # type: ignore[arg-type]
    assert len(model.prompts) == 1


def feedback(tmp_path: Path, **values: object) -> Path:
    row: dict[str, object] = {
        "question": "What did the repair cost?",
        "language": "en",
        "answer": "The repair cost 2.4 million pounds. [1]",
        "short_answer": "2.4 million pounds",
        "refused": False,
        "citations": [
            {"source": "en/lighthouse.md", "quote": "The repair cost 2.4 million pounds"},
            {"source": "en/lighthouse.md", "quote": "words that are no longer there"},
        ],
        "verdict": "good",
    }
    path = tmp_path / "feedback.jsonl"
    path.write_text("not JSON\n" + json.dumps(row | values) + "\n{}\n", encoding="utf-8")
    return path


def test_a_good_answer_is_proposed_with_the_words_it_cites(library: Assistant, tmp_path: Path) -> None:
    (draft,) = from_feedback(feedback(tmp_path), library)
    assert draft.pair == GoldPair(
        "feedback-002", "What did the repair cost?", "en", "span", ("2.4 million pounds",),
        (GoldEvidence("en/lighthouse.md", "The repair cost 2.4 million pounds"),),
    )  # fmt: skip
    assert (draft_form(draft)["origin"], draft.note) == ("feedback", "")


def test_a_bad_answer_is_proposed_with_the_correction_and_a_note(library: Assistant, tmp_path: Path) -> None:
    (corrected,) = from_feedback(feedback(tmp_path, verdict="bad", correction="2.5 million"), library)
    assert (corrected.pair.answers, bool(corrected.note)) == (("2.5 million",), True)
    (bare,) = from_feedback(feedback(tmp_path, verdict="bad", citations=[]), library)
    assert bare.pair.answers == ()
    # the nearest passage is offered as evidence
    assert [evidence.doc for evidence in bare.pair.evidence] == ["en/lighthouse.md"]


def test_a_good_refusal_is_proposed_as_unanswerable(library: Assistant, tmp_path: Path) -> None:
    (draft,) = from_feedback(feedback(tmp_path, refused=True, citations=[]), library)
    assert (draft.pair.answerable, draft.pair.answers, draft.pair.evidence) == (False, (), ())


def exported(tmp_path: Path, **values: object) -> Path:
    """A line as the page's export writes it."""
    row: dict[str, object] = {
        "id": "feedback-abc-1",
        "question": "What did the repair cost?",
        "question_lang": "en",
        "type": "number",
        "answers": ["2.4 million pounds"],
        "evidence": [{"doc": "en/lighthouse.md", "quote": "The repair cost 2.4 million pounds"}],
    }
    path = tmp_path / "export.jsonl"
    path.write_text(json.dumps(row | values) + "\n", encoding="utf-8")
    return path


def test_the_export_of_the_page_keeps_its_answers_and_evidence(library: Assistant, tmp_path: Path) -> None:
    (draft,) = from_feedback(exported(tmp_path), library)
    assert draft.pair == GoldPair(
        "feedback-abc-1", "What did the repair cost?", "en", "number", ("2.4 million pounds",),
        (GoldEvidence("en/lighthouse.md", "The repair cost 2.4 million pounds"),),
    )  # fmt: skip
    assert draft.note == ""
    (refusal,) = from_feedback(exported(tmp_path, type="unanswerable", answers=[], evidence=[]), library)
    assert (refusal.pair.answerable, refusal.pair.evidence) == (False, ())


def test_what_a_reader_called_wrong_in_the_export_has_no_answer_and_a_note(library: Assistant, tmp_path: Path) -> None:
    quotes = [{"doc": "en/lighthouse.md", "quote": "The repair cost 2.4 million pounds"}]
    review = {"verdict": "wrong answer", "reason": "wrong number", "answer": "3", "quotes": quotes}
    (draft,) = from_feedback(exported(tmp_path, type="unreviewed", answers=[], evidence=[], review=review), library)
    assert draft.pair.answers == ()
    assert draft.pair.evidence == (GoldEvidence("en/lighthouse.md", "The repair cost 2.4 million pounds"),)
    assert draft.note == "wrong answer, wrong number: check answers and evidence"
    assert draft.pair.type == "span"
