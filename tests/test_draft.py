"""A written answer is put together sentence by sentence, the same however the model's stream was cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answering.draft import Draft, converted
from rag.answering.support import Verdict
from rag.types import Hit, Language, Passage, Span

PASSAGES = ("Rain fell on the town.", "The harvest was good.", "河水上涨了。")


class EveryWordChecker:
    """Supports what shares a word with the passage; its verdicts are known to the test."""

    def check(self, sentence: str, language: Language, hit: Hit) -> Verdict:
        passage = hit.passage
        shared = set(sentence.lower().strip(".").split()) & set(passage.text.lower().strip(".").split())
        supported = bool(shared) or any(char in passage.text for char in sentence if char > "\u4e00")
        span = Span(passage.start, passage.end)
        return Verdict(0.9 if supported else 0.1, supported, span, "" if supported else "meaning", ())

    def best(self, sentence: str, language: Language, hits: Sequence[Hit]) -> tuple[int, Verdict] | None:
        found = [(at, self.check(sentence, language, hit)) for at, hit in enumerate(hits)]
        return next(((at, verdict) for at, verdict in found if verdict.supported), None)


HITS = tuple(
    Hit(Passage(f"a{at}", 10, 10 + len(text), text, "en"), f"a{at}.md", f"A{at}", 1.0, at + 1)
    for at, text in enumerate(PASSAGES)
)


def drafted(*pieces: str) -> Draft:
    draft = Draft(EveryWordChecker(), HITS, "en")  # type: ignore[arg-type]
    shown = "".join(draft.feed(piece) for piece in pieces) + draft.close()
    assert shown == draft.text
    return draft


def sentences(draft: Draft) -> list[str]:
    return [draft.text[one.start : one.end] for one in draft.sentences]


def test_numbers_follow_the_order_of_first_use_and_the_quote() -> None:
    draft = drafted("The harvest was good [2]. Rain fell on the town [1]. A good harvest came [2].")
    assert draft.text == "The harvest was good [1]. Rain fell on the town [2]. A good harvest came [1]."
    assert [one.hit for one in draft.quoted] == [1, 0]


def test_a_mark_before_or_behind_the_full_stop_belongs_to_its_sentence() -> None:
    for text in ("Rain fell on it [1]. The harvest was good [2].", "Rain fell on it. [1] The harvest was good. [2]"):
        draft = drafted(text)
        assert [one.citations for one in draft.sentences] == [(1,), (2,)]
        assert [one.hit for one in draft.quoted] == [0, 1]


def test_chinese_sentences_end_without_a_space() -> None:
    draft = drafted("河水上涨了[3]。2025年河水又上涨了一次。河水上涨了吗？")
    assert sentences(draft)[0] == "河水上涨了 [1]。"
    assert sentences(draft)[1] == "2025年河水又上涨了一次。"
    assert len(draft.sentences) == 2


def test_a_dot_inside_a_number_or_an_abbreviation_ends_nothing() -> None:
    draft = drafted("Dr. Rain fell 3.8 metres on the U.S. town [1].")
    assert len(draft.sentences) == 1


def test_every_line_of_a_list_is_a_sentence() -> None:
    draft = drafted("The sources name two things:\n- Rain fell on the town\n- The harvest was good [2]\n")
    assert sentences(draft) == ["- Rain fell on the town", "- The harvest was good"]
    assert draft.text == "The sources name two things:\n- Rain fell on the town [1]\n- The harvest was good [2]"


def test_a_lead_in_a_question_and_a_few_words_need_no_source() -> None:
    assert drafted("These are the facts about whales:").sentences == []
    assert drafted("Why would whales sing at night?").sentences == []
    assert drafted("Yes.").sentences == []


def test_emphasis_is_taken_off() -> None:
    assert drafted("**Rain** fell on the *", "*town** [1].").text == "Rain fell on the town [1]."


def test_a_mark_at_the_very_beginning_is_not_shown() -> None:
    assert drafted("[1] Rain fell on the town.").text == "Rain fell on the town. [1]"


def test_a_conversion_moves_the_sentences_with_the_text() -> None:
    draft = drafted("河水上涨了[3]。雨停了很久。")
    text, moved = converted(draft, lambda part: part.replace("河水", "那条河里的水"))
    assert text == draft.text.replace("河水", "那条河里的水")
    first, second = (text[one.start : one.end] for one in moved)
    assert first.startswith("那条河里的水上涨了")
    assert second == "雨停了很久。"


_WORDS = st.sampled_from(
    [*("Rain fell", "the harvest", "河水上涨了", "whales sing at night"), " ", ". ", "。", "\n", "\n- ", " [1]", "[2]",
     "【3】", "[9]", "[1][2]", "**", "*", "3.8", "Dr. ", "?", "：", "["]
)  # fmt: skip


@given(st.lists(_WORDS, max_size=14), st.randoms(use_true_random=False))
def test_the_pieces_of_the_stream_do_not_matter(parts: list[str], random: object) -> None:
    text = "".join(parts)
    cuts = sorted(random.sample(range(len(text) + 1), min(5, len(text) + 1)))  # type: ignore[attr-defined]
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole, cut, single = drafted(text), drafted(*pieces), drafted(*text)
    for other in (cut, single):
        assert other.text == whole.text
        assert other.sentences == whole.sentences
        assert other.unknown == whole.unknown


@given(st.lists(_WORDS, max_size=14))
def test_sentences_lie_in_order_and_name_citations_that_exist(parts: list[str]) -> None:
    draft = drafted("".join(parts))
    at = 0
    for one in draft.sentences:
        assert at <= one.start < one.end <= len(draft.text)
        at = one.end
        assert all(1 <= number <= len(draft.quoted) for number in one.citations)
        assert one.supported == (one.reason == "")


@pytest.mark.parametrize("text", ["", " ", "\n\n", "[1]", "[", "**"])
def test_nothing_written_gives_nothing(text: str) -> None:
    draft = drafted(text)
    assert draft.text.strip() == ""
    assert draft.sentences == []
