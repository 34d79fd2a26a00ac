"""What of evidence and conversation fits a prompt: the least useful goes first, and sentences stay whole."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.answering.budget import COUNTS, fit
from rag.answering.prompts import Message
from rag.errors import PromptTooLong
from rag.text.sentences import split_sentences
from rag.types import Hit, Language, Passage

QUESTION = "How far is the lamp visible?"
LAMP = (
    "The tower was built of grey stone. Its keeper had a dog. The lamp is visible from thirty miles away. "
    "Visitors may climb the steps. Tickets are sold at the gate."
)
HISTORY = [(f"question number {n}?", f"The answer number {n} is short.") for n in range(4)]


class Counter:
    """Counts tokens as a server would, and how often it was asked."""

    def __init__(self, per_character: float = 0.3) -> None:
        self.calls, self.per_character = 0, per_character

    def __call__(self, messages: Sequence[Message]) -> int:
        self.calls += 1
        return sum(5 + int(len(message.text) * self.per_character) for message in messages)


def hit(rank: int, text: str, language: Language = "en", start: int = 100) -> Hit:
    passage = Passage(f"a{rank}", start, start + len(text), text, language)
    return Hit(passage, f"{rank}.md", f"Title {rank}", 1.0 / rank, rank)


def hits(count: int, text: str = LAMP) -> list[Hit]:
    return [hit(rank, f"{text} It is passage {rank}.") for rank in range(1, count + 1)]


def size(evidence: Sequence[Hit], history: Sequence[tuple[str, str]] = ()) -> int:
    count = Counter()
    return fit(QUESTION, "en", evidence, lambda _: None, history, count, 10**6).tokens


def test_all_is_kept_where_it_fits_and_is_counted_once() -> None:
    count = Counter()
    evidence = hits(8)
    fitted = fit(QUESTION, "en", evidence, lambda _: "2021", HISTORY, count, 10**6)
    assert fitted.hits == tuple(evidence)
    assert fitted.history_kept == 4
    assert count.calls == 1
    assert 'id="8" title="Title 8" date="2021"' in fitted.messages[-1].text


def test_the_last_evidence_goes_first() -> None:
    evidence = hits(8)
    limit = size(evidence[:5], HISTORY)
    fitted = fit(QUESTION, "en", evidence, lambda _: None, HISTORY, Counter(), limit)
    assert 4 <= len(fitted.hits) <= 5
    assert fitted.hits[:4] == tuple(evidence[:4])
    assert fitted.history_kept == 4
    assert fitted.tokens <= limit


def test_then_the_oldest_turns_go_and_then_the_rest_of_the_evidence() -> None:
    evidence = hits(8)
    fitted = fit(QUESTION, "en", evidence, lambda _: None, HISTORY, Counter(), size(evidence[:3], HISTORY[2:]) + 10)
    assert fitted.hits[:3] == tuple(evidence[:3])
    assert 1 <= fitted.history_kept <= 2
    assert "question number 3?" in [message.text for message in fitted.messages]
    assert "question number 0?" not in [message.text for message in fitted.messages]
    fitted = fit(QUESTION, "en", evidence, lambda _: None, HISTORY, Counter(), size(evidence[:1]) + 15)
    assert fitted.hits[0].passage.article_id == "a1"
    assert fitted.history_kept == 0


def test_a_passage_that_is_too_long_is_cut_around_its_best_sentence() -> None:
    filler = "Nothing is said here about anything at all. " * 60
    text = f"{filler}{LAMP} {filler}".strip()
    best = "The lamp is visible from thirty miles away."
    fitted = fit(QUESTION, "en", [hit(1, text)], lambda _: None, (), Counter(), size([hit(1, LAMP)]) + 40)
    kept = fitted.hits[0].passage
    assert best in kept.text
    assert text[kept.start - 100 : kept.end - 100] == kept.text
    whole = {text[span.start : span.end] for span in split_sentences(text)}
    assert {kept.text[span.start : span.end] for span in split_sentences(kept.text)} <= whole
    assert len(kept.text) > len(best)


def test_the_passage_after_the_last_whole_one_fills_the_room_left() -> None:
    filler = "Nothing is said here about anything at all. " * 30
    evidence = [hit(1, LAMP), hit(2, f"{filler}{LAMP} {filler}".strip())]
    fitted = fit(QUESTION, "en", evidence, lambda _: None, (), Counter(), size(evidence) - 300)
    assert fitted.hits[0] == evidence[0]
    assert "The lamp is visible from thirty miles away." in fitted.hits[1].passage.text
    assert len(fitted.hits[1].passage.text) < len(evidence[1].passage.text)


def test_what_cannot_fit_is_an_error_that_names_model_and_limit() -> None:
    with pytest.raises(PromptTooLong) as caught:
        fit(QUESTION, "en", hits(3), lambda _: None, HISTORY, Counter(), 50, model="ollama:tiny")
    assert "ollama:tiny" in str(caught.value)
    assert "50" in str(caught.value)


def test_a_prompt_without_evidence_is_refused() -> None:
    with pytest.raises(ValueError, match="evidence"):
        fit(QUESTION, "en", [], lambda _: None, (), Counter(), 1000)


SENTENCES = (
    "The lamp is visible. ",
    "渡輪幾乎沒有聲音。",
    "一次充電可以往返四趟。",
    "Bread rises before dawn, and children eat it. ",
)
TEXTS = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=40).map(lambda parts: "".join(parts).strip())


@settings(max_examples=80, deadline=None)
@given(
    st.lists(TEXTS, min_size=1, max_size=6), st.integers(0, 4), st.integers(300, 2500), st.sampled_from((0.2, 0.6, 1.3))
)
def test_whatever_is_asked_the_prompt_fits_in_few_counts(
    texts: list[str], turns: int, limit: int, per_character: float
) -> None:
    count = Counter(per_character)
    evidence = [hit(rank, text) for rank, text in enumerate(texts, start=1)]
    try:
        fitted = fit(QUESTION, "zh-Hans", evidence, lambda _: None, HISTORY[:turns], count, limit)
    except PromptTooLong:
        spans = split_sentences(texts[0])
        alone = [[hit(1, texts[0][span.start : span.end])] for span in spans]
        smallest = [fit(QUESTION, "zh-Hans", one, lambda _: None, (), count, 10**6).tokens for one in alone]
        assert max(smallest) > limit
        return
    assert fitted.tokens <= limit
    assert count.calls <= COUNTS
    assert [h.passage.article_id for h in fitted.hits] == [h.passage.article_id for h in evidence][: len(fitted.hits)]
    assert all(h == e for h, e in zip(fitted.hits[:-1], evidence, strict=False))
    for kept in fitted.hits:
        source = texts[kept.rank - 1]
        assert source[kept.passage.start - 100 : kept.passage.end - 100] == kept.passage.text
    assert sum(message.role == "assistant" for message in fitted.messages) == fitted.history_kept
