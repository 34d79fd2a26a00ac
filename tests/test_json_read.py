"""Promises of the JSON forms read back: equal values, to the precision that the forms have."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.json_forms import answer_form, citation_form, hit_form, sentence_form
from rag.json_read import answer_from_form, citation_from_form, hit_from_form, sentence_from_form
from rag.types import LANGUAGES, Answer, Citation, Hit, Passage, Sentence, Span, Timings

TEXT = st.text(st.characters(), max_size=20)  # half surrogate pairs too
COUNT = st.integers(0, 10**6)
LANGUAGE = st.sampled_from(LANGUAGES)
FOUR = st.integers(-(10**7), 10**7).map(lambda n: round(n / 10_000, 4))
SHARE = st.integers(0, 10_000).map(lambda n: round(n / 10_000, 4))
TIME = st.integers(0, 10**8).map(lambda n: round(n / 100, 2))
PASSAGES = st.builds(Passage, TEXT, COUNT, COUNT, TEXT, LANGUAGE, TEXT)
HITS = st.builds(Hit, PASSAGES, TEXT, TEXT, FOUR, COUNT, st.dictionaries(TEXT, FOUR, max_size=3))
SPANS = st.builds(Span, COUNT, COUNT)
CITATIONS = st.builds(
    Citation,
    *(COUNT, TEXT, TEXT, TEXT, TEXT, LANGUAGE, COUNT, COUNT, TEXT, st.booleans(), SHARE),
    page=st.none() | COUNT,
    date=st.none() | TEXT,
    matched=st.lists(SPANS, max_size=3).map(tuple),
)
SENTENCES = st.builds(
    Sentence,
    *(COUNT, COUNT, st.lists(COUNT, max_size=3).map(tuple), st.booleans(), SHARE),
    reason=st.sampled_from(get_args(get_type_hints(Sentence)["reason"])),
    missing=st.lists(TEXT, max_size=2).map(tuple),
)
ANSWERS = st.builds(
    Answer,
    *(TEXT, LANGUAGE, TEXT, st.booleans(), SHARE),
    citations=st.lists(CITATIONS, max_size=2).map(tuple),
    evidence=st.lists(HITS, max_size=2).map(tuple),
    short_answer=st.none() | TEXT,
    generator=TEXT,
    timings_ms=st.builds(Timings, TIME, TIME, TIME),
    sentences=st.lists(SENTENCES, max_size=2).map(tuple),
    thinking=TEXT,
    searched_for=st.none() | TEXT,
    notices=st.lists(TEXT, max_size=2).map(tuple),
    unknown_citations=COUNT,
)
SMALL = settings(max_examples=40, deadline=None)


def as_written(form: object) -> dict[str, object]:
    """The form as another program reads it."""
    read = json.loads(json.dumps(form))
    assert isinstance(read, dict)
    return read


@SMALL
@given(ANSWERS)
def test_an_answer_comes_back_equal(answer: Answer) -> None:
    assert answer_from_form(as_written(answer_form(answer))) == answer


@SMALL
@given(HITS, CITATIONS, SENTENCES)
def test_the_parts_of_an_answer_come_back_equal(hit: Hit, citation: Citation, sentence: Sentence) -> None:
    assert hit_from_form(as_written(hit_form(hit))) == hit
    assert citation_from_form(as_written(citation_form(citation))) == citation
    assert sentence_from_form(as_written(sentence_form(sentence))) == sentence


@SMALL
@given(ANSWERS, st.floats(0, 1), st.floats(0, 10**6))
def test_finer_numbers_come_back_to_the_precision_of_the_form(answer: Answer, share: float, time: float) -> None:
    fine = replace(answer, confidence=share, timings_ms=Timings(time, time, time))
    form = answer_form(fine)
    back = answer_from_form(as_written(form))
    assert as_written(answer_form(back)) == as_written(form)
    assert abs(back.confidence - share) <= 0.00005000001
    assert abs(back.timings_ms.total - time) <= 0.00500001


def test_what_an_earlier_form_lacks_takes_its_default() -> None:
    hit = {"article_id": "a", "source": "a.md", "title": "A", "language": "en", "start": 3, "end": 9, "text": "leaves"}
    form = {
        "question": "What?",
        "language": "en",
        "answer": "Leaves. [1]",
        "refused": False,
        "confidence": 0.5,
        "citations": [],
        "evidence": [hit | {"score": 1.5, "rank": 1, "passage_id": "a:3-9"}],
        "generator": "extractive",
    }
    expected = Hit(Passage("a", 3, 9, "leaves", "en"), "a.md", "A", 1.5, 1)
    assert answer_from_form(form) == Answer("What?", "en", "Leaves. [1]", False, 0.5, evidence=(expected,))


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"question": "x"},
        {"question": "x", "language": "fr", "answer": "", "refused": False, "confidence": 0, "citations": []},
        {"question": "x", "language": "en", "answer": "", "refused": False, "confidence": "?", "citations": []},
        [],
    ],
)
def test_another_thing_is_no_form_of_an_answer(form: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"form|language|float"):
        answer_from_form(form)


def test_a_reason_that_no_check_gives_is_refused() -> None:
    form = sentence_form(Sentence(0, 4, (1,), False, 0.2, "name"))
    with pytest.raises(ValueError, match="mood"):
        sentence_from_form(form | {"reason": "mood"})
