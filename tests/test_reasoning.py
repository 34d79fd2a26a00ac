"""A reply is parted into thinking and text, whatever the family and wherever it was cut into chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.families import FAMILIES, Reasoning
from rag.models.reasoning import Piece, ReasoningSplitter, collect, split
from rag.models.reasoning_marks import ANSWERS, HARD_ENDS, HARMONY, KNOWN, SOFT_ENDS, marks_of

THINK = Reasoning(marks=("<think>", "</think>"), default="on")
OPENED = Reasoning(marks=("<think>", "</think>"), prompt_opens=True, default="on")
SEED = Reasoning(marks=("<seed:think>", "</seed:think>"), default="on", budget="thinking_budget")
MAGISTRAL = Reasoning(marks=("[THINK]", "[/THINK]"), default="on")
HUNYUAN = Reasoning(marks=("<think>", "</think>"), default="on", answer_marks=("<answer>", "</answer>"))
GEMMA = Reasoning(marks=("<|channel>thought", "<channel|>"), flag="enable_thinking")
HARMONY_STYLE = Reasoning(harmony=True, default="on", can_switch_off=False, degrees=True)
KIMI_K3 = next(family.reasoning for family in FAMILIES if family.key == "kimi-k3")


@pytest.mark.parametrize(
    ("reply", "reasoning", "prompt", "thinking", "text"),
    [
        ("<think>\nTwo rows.\n</think>\n\nTwo [1].<|im_end|>", THINK, "assistant\n", "Two rows.", "Two [1]."),
        ("Two rows.\n</think>\n\nTwo [1].", OPENED, "<|im_start|>assistant\n<think>\n", "Two rows.", "Two [1]."),
        ("Two rows.</think>Two [1].", OPENED, None, "Two rows.", "Two [1]."),
        ("Two [1].", OPENED, None, "", "Two [1]."),
        ("Two [1].", THINK, "assistant\n<think>\n\n</think>\n\n", "", "Two [1]."),
        ("<think>\n\n</think>\n\nTwo [1].", THINK, "assistant\n", "", "Two [1]."),
        ("<think>\nagain</think>Two.", OPENED, "assistant\n<think>\n", "again", "Two."),
        ("<thinking>先看表。</thinking>\n两个［1］。", None, None, "先看表。", "两个［1］。"),
        ("<seed:think>count</seed:think>Two.<seed:eos>", SEED, None, "count", "Two."),
        ("spent</seed:think>Two.", SEED, "<seed:bos>assistant\n<seed:think><seed:cot_budget_reflect>", "spent", "Two."),
        ("[THINK]compter[/THINK]Deux.</s>", MAGISTRAL, "[/INST]", "compter", "Deux."),
        ("<|channel>thought\nrows<channel|>Two.<turn|>", GEMMA, "<|turn>model\n", "rows", "Two."),
        ("Two.<turn|>", GEMMA, "<|turn>model\n<|channel>thought\n<channel|>", "", "Two."),
        ("<think>a</think>\n<answer>\nTwo [1].\n</answer>", HUNYUAN, None, "a", "Two [1]."),
        ("<answer>Two.</answer>", HUNYUAN, None, "", "Two."),
        ("<think>a</think><answer>Two.</answer>", None, None, "a", "Two."),
        ("a<|close|>think<|sep|><|open|>response<|sep|>Two.<|close|>response<|sep|><|close|>message<|sep|>", KIMI_K3,
         '<|open|>message role="assistant"<|sep|><|open|>think<|sep|>', "a", "Two."),
        ("Two.<|close|>response<|sep|><|close|>message<|sep|><|end_of_msg|>", KIMI_K3,
         "<|open|>response<|sep|>", "", "Two."),
        ("<think>one</think>First.\n<think>two</think>Second.", THINK, None, "one\n\ntwo", "First.\n\nSecond."),
        ("<think>cut off", THINK, None, "cut off", ""),
    ],
)  # fmt: skip
def test_each_style_is_parted(
    reply: str, reasoning: Reasoning | None, prompt: str | None, thinking: str, text: str
) -> None:
    assert split(reply, reasoning, prompt) == (thinking, text)
    assert _parted(list(reply), reasoning, prompt) == (thinking, text)


@pytest.mark.parametrize("reasoning", [HARMONY_STYLE, None])
def test_harmony_channels_are_parted(reasoning: Reasoning | None) -> None:
    reply = (
        "<|channel|>analysis<|message|>Count rows.<|end|>"
        "<|start|>assistant<|channel|>commentary to=functions.find <|constrain|>json<|message|>{}<|call|>"
        "<|start|>assistant<|channel|>final<|message|>Two [1].<|return|>"
    )
    assert split(reply, reasoning, "<|start|>assistant") == ("Count rows.\n\n{}", "Two [1].")


def test_a_harmony_prompt_may_end_inside_a_channel() -> None:
    opened = "<|start|>assistant<|channel|>"
    assert split("rows<|end|>", HARMONY_STYLE, f"{opened}analysis<|message|>") == ("rows", "")
    assert split("Two.<|return|>", HARMONY_STYLE, f"{opened}final<|message|>") == ("", "Two.")
    assert split("<|message|>Two.", HARMONY_STYLE, f"{opened}final") == ("", "Two.")
    assert split("<|message|>Two.", HARMONY_STYLE, "<|start|>assistant") == ("", "Two.")


def test_a_harmony_message_without_channel_is_text() -> None:
    assert split("<|start|>assistant<|message|>Two.<|end|>", HARMONY_STYLE) == ("", "Two.")


def test_a_harmony_header_that_was_cut_off_is_not_shown() -> None:
    assert split("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|chan", HARMONY_STYLE) == ("a", "")


@pytest.mark.parametrize(
    "answer",
    [
        "Models write <think> before they answer.",
        "Models write <think> and then </think> around it.",
        "The tag `</think>` ends it.",
        "标记“</think>”表示结束。",
        "Like this:\n```\n<think>\nrows\n</think>\n```\nThat is all.",
        "Struck out is <s>two</s> three.",
        "Is 1 < 2 or 2 <thin> 3?",
        "An <answer>tag</answer> alone.",
    ],
)
def test_an_answer_that_speaks_of_marks_is_kept(answer: str) -> None:
    assert split(answer) == ("", answer)
    assert split(answer, THINK, "assistant\n") == ("", answer)
    assert _parted(list(answer), THINK, None) == ("", answer)


def test_a_bare_closing_mark_withdraws_the_text_so_far() -> None:
    splitter = ReasoningSplitter(OPENED)
    assert splitter.feed("Two ") == [Piece("text", "Two")]
    assert splitter.feed("rows.\n</th") == [Piece("text", " rows.")]
    assert splitter.feed("ink>\n\nTwo.") == [Piece("retract", "Two rows."), Piece("text", "Two.")]
    assert splitter.close() == []


def test_a_second_closing_mark_is_dropped() -> None:
    assert split("a</think>Two.</think> Three.", OPENED) == ("a", "Two. Three.")
    assert split("a</think>Two.</think> Three.", OPENED, "<think>\n") == ("a", "Two. Three.")


def test_text_is_given_as_soon_as_it_cannot_be_a_mark() -> None:
    splitter = ReasoningSplitter(THINK)
    assert splitter.feed("a <thi") == [Piece("text", "a")]
    assert splitter.feed("rd") == [Piece("text", " <third")]


def test_a_mark_that_never_completed_is_given_at_the_end() -> None:
    assert split("Two <thin", THINK) == ("", "Two <thin")
    assert split("<think>rows</thi", THINK) == ("rows</thi", "")


def test_end_marks_are_dropped_at_the_end_and_soft_ones_kept_within() -> None:
    assert split("Two.\n</s>\n<|im_end|>\n") == ("", "Two.")
    assert split("Two </s> three.<end_of_turn>") == ("", "Two </s> three.")
    assert split("Two.<｜end▁of▁sentence｜>") == ("", "Two.")
    assert split("<think>a<|eot_id|>", THINK) == ("a", "")


def test_a_family_that_does_not_think_still_has_its_thinking_hidden() -> None:
    assert split("<think>a</think>Two.", Reasoning()) == ("a", "Two.")


def test_no_mark_is_part_of_another() -> None:
    pairs = {mark for pair in (*KNOWN, *ANSWERS) for mark in pair}
    every = pairs | set(HARMONY) | HARD_ENDS | SOFT_ENDS
    assert [(a, b) for a in every for b in every if a != b and a in b] == []


def test_the_marks_of_every_family_are_known() -> None:
    for family in FAMILIES:
        if family.reasoning.marks:
            assert family.reasoning.marks in KNOWN
        if family.reasoning.answer_marks:
            assert family.reasoning.answer_marks in ANSWERS


STYLES = (None, THINK, OPENED, SEED, MAGISTRAL, HUNYUAN, GEMMA, HARMONY_STYLE, KIMI_K3)
PROMPTS = (None, "", "assistant\n", "<think>\n", "<seed:think>", "[THINK]", "<|channel|>analysis<|message|>")
MARKS = sorted(
    {mark for pair in (*KNOWN, *ANSWERS) for mark in pair}.union(HARMONY, HARD_ENDS, SOFT_ENDS),
)


@st.composite
def streams(draw: st.DrawFn) -> str:
    """Marks, beginnings of marks, and text, in any order."""
    mark = st.sampled_from(MARKS)
    beginning = st.tuples(mark, st.integers(1, 8)).map(lambda cut: cut[0][: cut[1]])
    words = st.sampled_from(
        ["rows", "两个", "\n", " ", "`", '"', "“", "”", "```", "final", "analysis", "<", "|>", ">", "\u3000"]
    )
    plain = st.text(alphabet="ab <>|/`\n。", max_size=4)
    return "".join(draw(st.lists(st.one_of(mark, beginning, words, plain), max_size=14)))


@st.composite
def chunkings(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A stream, and the same cut into chunks, empty ones too."""
    stream = draw(streams())
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    return stream, [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


def _parted(chunks: list[str], reasoning: Reasoning | None, prompt: str | None) -> tuple[str, str]:
    splitter = ReasoningSplitter(reasoning, prompt)
    pieces = [piece for chunk in chunks for piece in splitter.feed(chunk)]
    return collect([*pieces, *splitter.close()])


@given(chunkings(), st.sampled_from(STYLES), st.sampled_from(PROMPTS))
def test_any_chunking_gives_the_same(
    case: tuple[str, list[str]], reasoning: Reasoning | None, prompt: str | None
) -> None:
    stream, chunks = case
    whole = split(stream, reasoning, prompt)
    assert _parted(chunks, reasoning, prompt) == whole
    assert _parted(list(stream), reasoning, prompt) == whole


@given(chunkings(), st.sampled_from(STYLES), st.sampled_from(PROMPTS))
def test_no_piece_of_text_holds_a_mark_that_acts(
    case: tuple[str, list[str]], reasoning: Reasoning | None, prompt: str | None
) -> None:
    splitter, marks, shown = ReasoningSplitter(reasoning, prompt), marks_of(reasoning), ""
    pieces = [piece for chunk in case[1] for piece in splitter.feed(chunk)] + splitter.close()
    for piece in pieces:
        if piece.kind == "text":
            assert [mark for mark in HARD_ENDS | marks.harmony if mark in piece.text] == []
            for opening in marks.closing_of:
                before = (shown + piece.text).rpartition(opening)[0] if opening in piece.text else "text"
                assert before.rpartition("\n")[2].strip() or "```" in before
            shown += piece.text
        elif piece.kind == "retract":
            assert piece.text == shown
            shown = ""


@given(st.text(alphabet="ab 两。\n", max_size=20), st.text(alphabet="ab 两。\n", max_size=20), st.sampled_from(KNOWN))
def test_thinking_is_never_text(thought: str, answer: str, pair: tuple[str, str]) -> None:
    expected = (thought.strip(), answer.strip())
    assert split(f"{pair[0]}{thought}{pair[1]}{answer}") == expected
    assert split(f"{thought}{pair[1]}{answer}", None, f"assistant\n{pair[0]}\n") == expected
    assert split(f"{thought}{pair[1]}{answer}") == expected


@given(st.text(alphabet="ab两。 <>|/[]`\n", max_size=60), st.sampled_from(STYLES))
def test_text_without_marks_comes_through_unchanged(reply: str, reasoning: Reasoning | None) -> None:
    assert split(reply, reasoning) == ("", reply.strip())
