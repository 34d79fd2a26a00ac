"""Promises of the drawn page that need no browser: what is marked, what is linked, what is escaped, which words."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from threading import Event
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.config import Settings
from rag.errors import EmptyQuestion
from rag.types import (
    LANGUAGES,
    Answer,
    AnswerEvent,
    Article,
    Citation,
    Evidence,
    Hit,
    Passage,
    Sentence,
    Span,
    Timings,
)
from ui import article as article_panel
from ui import render
from ui.answer_text import answer_text, doubt
from ui.assistant_pool import AssistantPool
from ui.conversation import Turn, history
from ui.desk import Desk, Talk
from ui.escaping import attribute, isolated, plain
from ui.excerpt import around, in_context, marked
from ui.line import Line
from ui.stopping import stoppable
from ui.words import EXAMPLES, WORDS, interface_language, label

UI = Path(render.__file__).parent
TEXT = (
    "The valley has grown tea since 1820.\n\n## Planning\n\nEvery March the cooperative counts its pickers. "
    "It counted 312 pickers last spring. A late week costs 3.5 percent of the crop.\n\nThe buyers come in May."
)
QUOTE = "It counted 312 pickers last spring."
ARTICLE = Article("tea", "en/tea.md", "Planning the harvest", "en", TEXT, "2024-05-02")


class Tags(HTMLParser):
    """Collects the elements of a piece of HTML, and the text outside all tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def citation(
    number: int = 1,
    quote: str = QUOTE,
    supported: bool = True,
    matched: tuple[str, ...] = (),
    article: Article = ARTICLE,
) -> Citation:
    start = article.text.index(quote)
    spans = tuple(Span(article.text.index(part), article.text.index(part) + len(part)) for part in matched)
    return Citation(
        number,
        f"{article.id}:{start}-{start + len(quote)}",
        article.id,
        article.source,
        article.title,
        article.language,
        start,
        start + len(quote),
        quote,
        supported,
        0.9,
        date=article.date,
        matched=spans,
    )


def hit(text: str = "The buyers come in May.", rank: int = 1) -> Hit:
    start = TEXT.index(text)
    return Hit(Passage("tea", start, start + len(text), text, "en"), "en/tea.md", "Planning the harvest", 1.234, rank)


def answer(text: str = f"{QUOTE} [1]", language: str = "en", **changes: object) -> Answer:
    values: dict[str, object] = {"citations": (citation(),), "evidence": (hit(),), "timings_ms": Timings(30, 50, 420)}
    given = {"refused": False, "confidence": 0.9} | values | changes
    return Answer("How many?", language, text, **given)  # type: ignore[arg-type]


def lookup(article_id: str) -> Article | None:
    return ARTICLE if article_id == "tea" else None


WRITTEN = "The pickers were counted. [1] There were 400 of them [1] in spring.\nRain came late."
GENERATOR = "Qwen3-4B"
PATIENT = 60.0
"""Seconds that the last of a stopped answer is waited for, so that no test depends on how busy the machine is."""


def written(text: str = WRITTEN, sentences: tuple[Sentence, ...] = (), **changes: object) -> Answer:
    return answer(text, generator=GENERATOR, sentences=sentences, **changes)  # type: ignore[arg-type]


def sentence(words: str, reason: str = "meaning", missing: tuple[str, ...] = (), text: str = WRITTEN) -> Sentence:
    """The sentence of `text` with these words, supported where no reason is given."""
    start = text.index(words)
    return Sentence(start, start + len(words), (1,), not reason, 0.2, reason, missing)  # type: ignore[arg-type]


def underlined(html: str) -> list[str]:
    """What a reader sees of every sentence in doubt."""
    found = re.findall("<u>(.*?)</u>", html)
    return [Tags(inner).text for inner in found]


def drawn(one: Answer, language: str = "en") -> str:
    return render.turn(Turn(1, one.question, "answered", one.text, answer=one), language, lookup)


# ---- words ----


def test_every_label_has_three_texts_with_the_same_gaps() -> None:
    for key, texts in WORDS.items():
        assert [bool(text) for text in texts] == [True] * 3, key
        gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert gaps[0] == gaps[1] == gaps[2], key


def test_every_label_that_the_code_asks_for_exists() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in UI.glob("*.py"))
    asked = set(re.findall(r"""label\(\s*["']([a-z_.]+)["']""", code))
    assert len(asked) > 15
    assert asked <= set(WORDS)


@pytest.mark.parametrize(
    ("setting", "header", "expected"),
    [
        ("", None, "en"),
        ("", "zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("", "zh-CN,zh;q=0.9", "zh-Hans"),
        ("", "fr-FR,fr;q=0.9,zh-Hant-HK;q=0.5,en;q=0.4", "zh-Hant"),
        ("", "en;q=0.3,zh-SG;q=0.7", "zh-Hans"),
        ("", "de,*;q=0.1", "en"),
        ("", "zh;q=0,en;q=0.1", "en"),
        ("", "zh;q=abc", "en"),
        ("zh-Hant", "en-US", "zh-Hant"),
        ("en", "zh-CN", "en"),
    ],
)
def test_the_page_opens_in_the_language_set_or_else_preferred(setting: str, header: str | None, expected: str) -> None:
    assert interface_language(setting, header) == expected


def test_examples_come_in_all_three_scripts() -> None:
    assert {example.language for example in EXAMPLES} == set(LANGUAGES)


# ---- escaping ----


@given(st.text())
def test_escaped_text_holds_no_markup_and_reads_as_before(text: str) -> None:
    parsed = Tags(f"<p title='{plain(text)}'>{plain(text)}</p>")
    assert parsed.tags == ["p"]
    assert len(parsed.attributes) == 1
    disturbing = re.compile("[\u202a-\u202e\u2066-\u2069]")
    assert not disturbing.search(plain(text))


@given(st.text(alphabet=st.characters(exclude_categories=["C"])))
def test_ordinary_text_survives_escaping(text: str) -> None:
    assert unescape(plain(text)) == text


def test_direction_overrides_are_shown_as_replacement_characters() -> None:
    assert plain("a\u202eb\u2066c") == "a\ufffdb\ufffdc"
    assert isolated("שלום") == "<bdi>שלום</bdi>"


def test_attributes_cannot_be_left_by_a_quote() -> None:
    assert attribute("title", "a' onclick='x\" y") == ' title="a&#x27; onclick=&#x27;x&quot; y"'


# ---- excerpts ----


def test_a_quote_is_shown_inside_its_own_paragraph() -> None:
    start = TEXT.index(QUOTE)
    shown = around(TEXT, Span(start, start + len(QUOTE)))
    assert TEXT[shown.start : shown.end] == (
        "Every March the cooperative counts its pickers. It counted 312 pickers last spring. "
        "A late week costs 3.5 percent of the crop."
    )


def test_a_long_paragraph_is_cut_at_sentence_ends_with_ellipses() -> None:
    text = "One is far away. Two is near. The quote. Three costs 3.5 percent. Four is far away."
    start = text.index("The quote.")
    shown = around(text, Span(start, start + 10), reach=28)
    assert text[shown.start : shown.end] == "Two is near. The quote. Three costs 3.5 percent."
    assert around("第一句。第二句。引文。第三句。第四句。", Span(8, 11), reach=5) == Span(4, 15)


def test_ellipses_say_that_a_paragraph_goes_on() -> None:
    text = "Far. " * 100 + "The quote. " + "Far. " * 100
    shown = in_context(text, Span(500, 510))
    assert shown.startswith("… Far. ")
    assert shown.endswith(" Far. …")
    assert "…" not in in_context("First.\n\nThe quote.\n\nLast.", Span(8, 18))


def test_the_quote_is_marked_and_what_matched_more_strongly() -> None:
    text = "Before. We saw 312 tea pickers. After."
    html = marked(text, Span(0, len(text)), Span(8, 31), [Span(15, 22), Span(19, 30), Span(0, 3)])
    assert html == "Before. <mark>We saw <strong>312 tea pickers</strong>.</mark> After."


@given(st.text(), st.tuples(*[st.integers(-5, 60)] * 4))
def test_an_excerpt_always_holds_its_quote_and_only_article_text(text: str, numbers: tuple[int, ...]) -> None:
    start, end = sorted(numbers[:2])
    quote = Span(min(max(start, 0), len(text)), min(max(end, 0), len(text)))
    shown = around(text, Span(start, end), reach=9)
    assert 0 <= shown.start <= quote.start <= quote.end <= shown.end <= len(text)
    html = marked(text, shown, quote, [Span(*sorted(numbers[2:]))])
    assert unescape(re.sub("</?(mark|strong)>", "", html)) == unescape(plain(text[shown.start : shown.end]))


# ---- answers and sources ----


def test_markers_link_to_their_source_cards() -> None:
    html = drawn(answer(f"{QUOTE} [1] And more. [1]"))
    assert html.count("href='#turn-1-source-1'") == 2
    assert html.count("id='turn-1-source-1'") == 1
    assert 'aria-label="Source 1: Planning the harvest"' in html


def test_a_number_in_brackets_without_a_citation_stays_text() -> None:
    html = drawn(answer("The standard [27] says so. [1]"))
    assert "The standard [27] says so." in html
    assert html.count("data-source=") == 1


def test_an_unsupported_citation_says_so_at_the_marker_and_on_the_card() -> None:
    html = drawn(answer(citations=(citation(supported=False),)))
    said = "This source does not clearly support the sentence."
    assert re.search(f"<a class='cite unsupported'[^>]*title=\"[^\"]*{said}", html)
    assert f"<p class='doubt'>{said}</p>" in html
    assert said not in drawn(answer())


def test_the_short_answer_comes_first_and_once() -> None:
    html = drawn(answer(f"312 pickers\nThe articles say:\n{QUOTE} [1]", short_answer="312 pickers"))
    assert html.index("class='short'") < html.index("The articles say:")
    assert (
        Tags(html.split("class='sources'")[0]).text.count("312 pickers") == 2
    )  # the short answer and the quoted sentence


def test_a_quoted_sentence_carries_the_language_of_its_source() -> None:
    chinese = Article("cha", "zh.md", "春茶", "zh-Hant", "合作社清點採茶工。")
    html = drawn(answer("「合作社清點採茶工。」 [1]", citations=(citation(quote=chinese.text, article=chinese),)))
    assert '<bdi lang="zh-Hant">「合作社清點採茶工。」</bdi>' in html


def test_a_source_card_says_where_the_quote_is_from() -> None:
    paged = Article("tea", "en/tea.md", ARTICLE.title, "en", TEXT, "2024-05-02", pages=(0, 40))
    one = citation(matched=("312 pickers",))
    card = render.source_card(
        Citation(**{name: getattr(one, name) for name in one.__slots__} | {"page": 2}), "turn-1", "en", lambda _: paged
    )
    assert Tags(card).text.startswith("1Planning the harvestEnglish2024-05-02en/tea.mdpage 2Every March")
    assert "<mark>It counted <strong>312 pickers</strong> last spring.</mark>" in card
    assert f"data-start='{one.start}' data-end='{one.end}'" in card


def test_a_source_whose_article_is_gone_shows_its_quote_without_a_way_to_open_it() -> None:
    card = render.source_card(citation(), "turn-1", "en", lambda _: None)
    assert f"<mark>{QUOTE}</mark>" in card
    assert "no longer in the index" in card
    assert "<button" not in card


def test_a_source_whose_article_has_changed_shows_the_quote_as_it_was_cited() -> None:
    changed = Article("tea", "en/tea.md", ARTICLE.title, "en", "Something else altogether. " * 20)
    assert f"<blockquote dir='auto' lang='en'><mark>{QUOTE}</mark></blockquote>" in render.source_card(
        citation(), "turn-1", "en", lambda _: changed
    )


def test_passages_that_were_only_retrieved_stand_apart_and_folded() -> None:
    cited = Hit(Passage("tea", citation().start, citation().end, QUOTE, "en"), "en/tea.md", ARTICLE.title, 2.0, 1)
    html = drawn(answer(evidence=(cited, hit(rank=2))))
    assert "<details id='turn-1-sources' open><summary><h3>Sources (1)</h3>" in html
    assert "<details id='turn-1-found'><summary><h3>Also found, not cited (1)</h3>" in html
    assert "1.23" not in html


def test_a_refusal_looks_like_one_and_offers_the_nearest_passages() -> None:
    html = drawn(answer("The articles do not say.", refused=True, citations=()))
    assert "class='refusal'" in html
    assert "<details id='turn-1-found' open><summary><h3>Nearest passages (1)</h3>" in html
    assert "Sources (" not in html


def test_a_refusal_speaks_the_language_of_its_question_alone() -> None:
    html = drawn(answer("这些文章没有回答。", refused=True, citations=(), language="zh-Hans"))
    assert "<div class='refusal'><p lang=\"zh-Hans\"><bdi>这些文章没有回答。</bdi></p></div>" in html


def test_only_a_long_question_is_drawn_small_and_scrolls_within_itself() -> None:
    limit = render.LONG_QUESTION
    assert "class='question long' tabindex='0'" in render.turn(Turn(1, "问" * (limit + 1)), "en", lookup)
    assert "class='question' id=" in render.turn(Turn(1, "问" * limit), "en", lookup)


def test_the_answer_names_its_generator_and_its_time() -> None:
    assert render.made(answer(), "en") == "Quoted from the articles, without a language model · 0.42 s"
    slow = answer(generator="<b>model</b>", timings_ms=Timings(1, 1, 12345))
    assert render.made(slow, "en") == "<bdi>Written by &lt;b&gt;model&lt;/b&gt;</bdi> · 12.3 s"


def test_a_refusal_says_who_searched_and_judged() -> None:
    assert render.made(answer(refused=True), "en") == "Searched without a language model · 0.42 s"
    assert render.made(written(refused=True), "en") == "<bdi>Searched and judged with Qwen3-4B</bdi> · 0.42 s"
    assert render.made(written(refused=True), "zh-Hant") == "<bdi>檢索與判斷由 Qwen3-4B 完成</bdi> · 0.42 秒"


def test_nobody_is_said_to_have_written_an_answer_without_words() -> None:
    assert render.made(written(""), "en") == "0.42 s"


def test_nothing_foreign_becomes_markup() -> None:
    hostile = "<script>window.ran=1</script><img src=x onerror=ran=1>'\"](javascript:ran) ![x](http://x.example/y) ${1}"
    evil = Article("'><b>", hostile, hostile, "en", hostile + ". " + hostile, hostile)
    cite = citation(quote=hostile, article=evil, supported=False)
    found = Hit(Passage(evil.id, 0, len(hostile), hostile, "en"), hostile, hostile, 1.0, 1)
    doubted = Sentence(3, len(hostile), (), False, 0.1, "name", (hostile,))
    brought = {"sentences": (doubted,), "thinking": hostile, "notices": (hostile,), "searched_for": f"why {hostile}"}
    one = answer(
        *(hostile + " [1]",), citations=(cite,), evidence=(found,), short_answer=hostile, generator=hostile, **brought
    )
    turn = Turn(1, hostile, "answered", one.text, answer=one)
    pages = [
        render.conversation((turn,), "en", lambda _: evil),
        render.conversation((Turn(1, hostile, "writing", hostile, thinking=hostile),), "en", lookup),
        render.turn(Turn(1, "?", "writing", searched_for=hostile), "en", lookup),
        article_panel.panel(evil, Span(3, 20), "en"),
        article_panel.missing(hostile, "en"),
    ]
    for page in pages:
        parsed = Tags(page)
        assert not {"script", "img", "b"} & set(parsed.tags)
        assert not [name for name, _ in parsed.attributes if name.startswith("on") or name in ("src", "style")]
        assert all(value and value.startswith("#turn-") for name, value in parsed.attributes if name == "href")
        assert "<script>window.ran=1</script>" in parsed.text


# ---- what a model brings with its answer ----


def test_a_sentence_in_doubt_is_underlined_and_no_other() -> None:
    html = drawn(written(sentences=(sentence("The pickers were counted.", ""), sentence("Rain came late."))))
    assert underlined(html) == ["Rain came late."]


def test_a_mark_inside_a_sentence_in_doubt_still_leads_to_its_source() -> None:
    html = drawn(written(sentences=(sentence("There were 400 of them [1] in spring."),)))
    assert underlined(html) == ["There were 400 of them[1] in spring."]
    assert html.count("href='#turn-1-source-1'") == 2


def test_a_mark_behind_a_sentence_in_doubt_stands_before_the_reason_without_an_underline() -> None:
    html = drawn(written(sentences=(sentence("The pickers were counted."),)))
    assert underlined(html) == ["The pickers were counted."]
    assert html.index("</u>") < html.index("href='#turn-1-source-1'") < html.index("class='unseen why'")
    assert html.index("class='unseen why'") < html.index("There were 400")


@pytest.mark.parametrize(
    ("reason", "english", "simplified", "traditional"),
    [
        (
            "quantity",
            "In doubt: a figure in this sentence is not in its source. Missing there: 400, <May>.",
            "存疑：句中的数字在出处里找不到。其中缺少：400、<May>。",
            "存疑：句中的數字在出處裡找不到。其中缺少：400、<May>。",
        ),
        (
            "name",
            "In doubt: a name in this sentence is not in its source. Missing there: 400, <May>.",
            "存疑：句中的名称在出处里找不到。其中缺少：400、<May>。",
            "存疑：句中的名稱在出處裡找不到。其中缺少：400、<May>。",
        ),
    ],
)
def test_a_doubt_names_the_words_that_the_source_lacks(
    reason: str, english: str, simplified: str, traditional: str
) -> None:
    one = sentence("Rain came late.", reason, ("400", "<May>"))
    assert [doubt(one, language) for language in LANGUAGES] == [english, simplified, traditional]
    html = drawn(written(sentences=(one,)), "zh-Hans")
    assert f'title="{plain(simplified)}"' in html
    assert f"<span class='unseen why'> {plain(simplified)}</span>" in html


def test_a_sentence_without_a_source_says_so() -> None:
    one = sentence("Rain came late.", "uncited")
    assert doubt(one, "en") == "In doubt: it names no source, and none was found that supports it."
    assert doubt(one, "zh-Hant") == "存疑：這句話沒有標明出處，也找不到支持它的出處。"


def test_every_reason_for_doubt_has_words_of_its_own() -> None:
    reasons = [reason for reason in get_args(get_type_hints(Sentence)["reason"]) if reason]
    said = {doubt(sentence("Rain came late.", reason), "en") for reason in reasons}
    assert len(said) == len(reasons) == 5


def test_what_the_underline_means_is_said_once_and_only_where_there_is_one() -> None:
    doubted = (sentence("The pickers were counted."), sentence("Rain came late."))
    assert drawn(written(sentences=doubted)).count("class='legend'") == 1
    assert "class='legend'" not in drawn(written(sentences=(sentence("Rain came late.", ""),)))


def test_the_right_sentence_is_underlined_where_the_text_opens_with_the_short_answer() -> None:
    text = f"312 pickers\n{WRITTEN}"
    html = answer_text(written(text, (sentence("Rain came late.", text=text),), short_answer="312 pickers"), "t", "en")
    assert underlined(html) == ["Rain came late."]
    assert Tags(html).text.count("312 pickers") == 1


def test_a_short_answer_in_doubt_is_repeated_with_its_underline() -> None:
    text = f"312 pickers\n{WRITTEN}"
    html = answer_text(written(text, (sentence("312 pickers", text=text),), short_answer="312 pickers"), "t", "en")
    assert underlined(html) == ["312 pickers"]
    assert Tags(html).text.count("312 pickers") == 2


@given(
    st.lists(st.sampled_from(["[1]", "[11]", "[", "1", "a", "字", "。", ". ", "\n", "\r\n", "\u2028"])).map("".join),
    st.lists(st.tuples(st.integers(-3, 50), st.integers(-3, 50), st.booleans()), max_size=4),
)
def test_every_word_is_shown_once_wherever_sentences_are_said_to_be(
    text: str, places: list[tuple[int, int, bool]]
) -> None:
    sentences = tuple(Sentence(start, end, (), supported, 0.5) for start, end, supported in places)
    html = answer_text(written(text, sentences, citations=(citation(), citation(11))), "t", "en")
    bare = re.sub("<span class='unseen why'>.*?</span>|<p class='legend'>.*?</p>", "", html)
    assert "".join(Tags(bare).text.split()) == "".join(text.split())
    assert html.count("data-source=") == len(re.findall(r"\[11?\]", text))


def test_thinking_is_folded_above_the_answer_in_each_language() -> None:
    for language, words in (("en", "Thought first"), ("zh-Hans", "思考过程"), ("zh-Hant", "思考過程")):
        html = drawn(written(thinking="First, <b>count</b>.\nThen sum."), language)
        assert f"<details class='thinking' id='turn-1-thinking'><summary>{words}</summary>" in html
        assert "First, &lt;b&gt;count&lt;/b&gt;.\nThen sum." in html
        assert html.index("class='thinking'") < html.index("The pickers were counted.")
    assert "class='thinking'" not in drawn(written())


def test_thinking_that_runs_says_so_until_the_first_word() -> None:
    turn = Turn(1, "How many?", "writing", found=3, thinking="First")
    html = render.turn(turn, "en", lookup)
    assert "<summary>Thinking…</summary>" in html
    assert "Passages found: 3. Thinking…" in html
    begun = render.turn(turn.after(AnswerEvent("text", text="There")), "en", lookup)
    assert "<summary>Thought first</summary>" in begun
    assert "Passages found: 3. Writing…" in begun
    assert "<summary>Thought first</summary>" in render.turn(turn.settled(), "en", lookup)
    for language, words in (("zh-Hans", "思考中……"), ("zh-Hant", "思考中……")):
        assert f"<summary>{words}</summary>" in render.turn(turn, language, lookup)


def test_notices_stand_below_the_text_and_are_told() -> None:
    one = written(notices=("The answer was stopped.", "Tokens < 5."), language="en")
    html = drawn(one)
    box = "<div class='notices' role='note'><p lang=\"en\"><bdi>The answer was stopped.</bdi></p>"
    assert html.index("Rain came late.") < html.index(box) < html.index("class='made'")
    assert "<bdi>Tokens &lt; 5.</bdi>" in html
    told = render.progress(Turn(1, "?", "answered", answer=one), "en")
    assert Tags(told).text == "Answer ready. Sources: 1. The answer was stopped. Tokens < 5."
    assert "class='notices'" not in drawn(written())


def test_an_answer_without_words_is_not_said_to_be_ready() -> None:
    one = written("", notices=("The answer was stopped.",), citations=())
    assert Tags(render.progress(Turn(1, "?", "answered", answer=one), "en")).text == "The answer was stopped."


def test_a_follow_up_says_what_was_searched_for() -> None:
    html = drawn(written(searched_for="How many <pickers> in May?"))
    asked = "<p class='searched'>Searched for: <bdi lang=\"en\">How many &lt;pickers&gt; in May?</bdi></p>"
    assert html.index("</h2>") < html.index(asked) < html.index("class='answer'")
    assert "檢索的問題：" in drawn(written(searched_for="How many in May?"), "zh-Hant")
    assert "class='searched'" not in drawn(written())


@pytest.mark.parametrize(
    ("question", "searched", "shown"),
    [
        ("And in May?", "How many pickers in May?", "How many pickers in May?"),
        ("How many?", "How many?", ""),
        ("How\nmany  pickers?", "How many pickers?", ""),
        ("How many pickers of tea?", "How many pickers", ""),
    ],
)
def test_only_another_question_is_said_to_be_searched_for(question: str, searched: str, shown: str) -> None:
    turn = Turn(1, question).after(AnswerEvent("evidence", evidence=Evidence(searched, "en", ())))
    assert turn.searched_for == shown
    assert ("class='searched'" in render.turn(turn, "en", lookup)) == bool(shown)
    whole = Turn(1, question, "answered", answer=written(searched_for=searched))
    assert ("class='searched'" in render.turn(whole, "en", lookup)) == bool(shown)


# ---- conversations ----


def test_a_turn_grows_with_its_events() -> None:
    steps = [
        AnswerEvent("evidence", evidence=Evidence("How many?", "en", (hit(),))),
        AnswerEvent("text", text="It counted "),
        AnswerEvent("text", text="312."),
    ]
    turn = Turn(1, "How many?")
    assert "Searching the articles" in render.turn(turn, "en", lookup)
    for step in steps:
        turn = turn.after(step)
    assert (turn.status, turn.text, turn.found) == ("writing", "It counted 312.", 1)
    assert "Passages found: 1." in render.turn(turn, "en", lookup)
    assert "Stopped." in render.turn(turn.settled(), "en", lookup)
    ended = turn.after(AnswerEvent("answer", answer=answer()))
    assert (ended.settled(), ended.status) == (ended, "answered")


def test_what_is_withdrawn_is_no_longer_shown() -> None:
    turn = Turn(1, "How many?")
    for step in (
        AnswerEvent("thinking", text="Let me "),
        AnswerEvent("thinking", text="count."),
        AnswerEvent("text", text="Withdrawn words."),
        AnswerEvent("restart"),
        AnswerEvent("text", text="312."),
    ):
        turn = turn.after(step)
    assert (turn.status, turn.thinking, turn.text) == ("writing", "Let me count.", "312.")
    assert "Withdrawn" not in render.turn(turn, "en", lookup)


def test_errors_speak_the_language_of_the_page() -> None:
    turn = Turn(1, "?").failed(EmptyQuestion())
    for language, words in (("en", "holds no words"), ("zh-Hans", "问题里没有文字"), ("zh-Hant", "問題裡沒有文字")):
        assert words in render.turn(turn, language, lookup)
    assert "出了点问题。" in render.turn(Turn(1, "?").failed(ValueError("inner detail")), "zh-Hans", lookup)
    assert "inner detail" not in render.turn(Turn(1, "?").failed(ValueError("inner detail")), "en", lookup)


def test_history_holds_answered_questions_only() -> None:
    turns = (Turn(1, "a", "answered", answer=answer("A.")), Turn(2, "b", "stopped", "half"), Turn(3, "c", "failed"))
    wordless = Turn(4, "d", "answered", answer=written(""))
    assert history((*turns, wordless)) == (("a", "A."),)


def test_only_the_newest_sources_are_unfolded() -> None:
    turns = tuple(Turn(n, "How many?", "answered", answer=answer()) for n in (1, 2))
    html = render.conversation(turns, "en", lookup)
    assert re.findall("<details id='([a-z0-9-]+)' open>", html) == ["turn-2-sources"]


def test_an_empty_conversation_shows_examples_only_of_articles_held() -> None:
    assert render.welcome("en", EXAMPLES[:1], True).count("data-example=") == 1
    assert "data-example" not in render.welcome("en", (), True)
    assert "rag ingest" in render.welcome("en", (), False)


def test_an_answer_can_be_stopped_while_its_next_step_is_awaited() -> None:
    stop, never = Event(), Event()

    def steps() -> Iterator[int]:
        yield 1
        never.wait(60)
        yield 2

    taken = stoppable(steps(), stop, grace=0.01)
    assert next(taken) == (1,)
    stop.set()
    assert list(taken) == [()]
    assert not never.is_set()
    never.set()


def test_what_comes_right_after_a_stop_is_still_taken() -> None:
    stop, seen = Event(), Event()

    def steps() -> Iterator[int]:
        yield 1
        seen.wait(60)
        yield 2
        yield 3

    taken = stoppable(steps(), stop, PATIENT)
    assert next(taken) == (1,)
    stop.set()
    assert next(taken) == ()
    seen.set()
    assert [step for came in taken for step in came] == [2, 3]


def test_an_error_after_a_stop_is_not_raised() -> None:
    stop, seen = Event(), Event()

    def steps() -> Iterator[int]:
        yield 1
        seen.wait(60)
        raise EmptyQuestion

    taken = stoppable(steps(), stop, PATIENT)
    assert next(taken) == (1,)
    stop.set()
    assert next(taken) == ()
    seen.set()
    assert list(taken) == []


def test_a_reader_who_leaves_stops_the_answer() -> None:
    stop = Event()
    taken = stoppable(iter((1, 2)), stop)
    next(taken)
    taken.close()  # type: ignore[attr-defined]
    assert stop.is_set()


def test_an_answer_that_is_not_stopped_keeps_its_steps_and_its_error() -> None:
    def steps() -> Iterator[int]:
        yield 1
        yield 2
        raise EmptyQuestion

    assert [step for came in stoppable(iter((1, 2, 3)), Event()) for step in came] == [1, 2, 3]
    taken, seen = stoppable(steps(), Event()), []
    with pytest.raises(EmptyQuestion):
        seen.extend(step for came in taken for step in came)
    assert seen == [1, 2]


class StoppedAssistant:
    """Writes one word, waits to be stopped, and ends with `last`."""

    def __init__(self, last: Answer | None) -> None:
        self.last, self.settings = last, Settings(model="extractive")

    def with_settings(self, settings: Settings) -> StoppedAssistant:
        return self

    def articles(self) -> tuple[()]:
        return ()

    def article(self, article_id: str) -> Article:
        return ARTICLE

    def stream(self, question: str, history: object, filters: object, cancelled: Event) -> Iterator[AnswerEvent]:
        yield AnswerEvent("evidence", evidence=Evidence(question, "en", (hit(),)))
        yield AnswerEvent("text", text="It counted ")
        cancelled.wait(60)
        if self.last is None:
            raise ValueError("inner detail")
        yield AnswerEvent("answer", answer=self.last)


def stopped_turns(last: Answer | None) -> list[tuple[Turn, str]]:
    """The turns, and their pages, from the moment that the one word is there and the person stops."""
    stop, seen = Event(), []
    pool = AssistantPool(StoppedAssistant(last))  # type: ignore[arg-type]
    for turn, page in Desk(pool, Line(), PATIENT).ask("How many?", Talk(), "en", stop):
        seen.append((turn, page))
        if turn.text and not stop.is_set():
            seen.clear()
            stop.set()
    return seen


def test_a_stopped_turn_is_drawn_as_stopped_and_then_with_its_answer() -> None:
    one = written("It counted", notices=("The answer was stopped before its end.",))
    (first, page), *_, (last, ended) = stopped_turns(one)
    assert (first.status, first.text) == ("stopped", "It counted ")
    assert "<p class='state stopped'>Stopped.</p>" in page
    assert (last.status, last.answer) == ("answered", one)
    assert "<bdi>The answer was stopped before its end.</bdi></p></div>" in ended


def test_a_stopped_turn_without_an_answer_keeps_what_was_written() -> None:
    for turn, page in stopped_turns(None):
        assert (turn.status, turn.text) == ("stopped", "It counted ")
        assert "It counted" in page


# ---- whole articles ----


@pytest.mark.parametrize(("source", "drawn"), [("tea.md", True), ("tea.docx", True), ("tea.txt", False)])
def test_the_headings_of_a_markdown_article_look_like_headings(source: str, drawn: bool) -> None:
    html = article_panel.panel(Article("tea", source, "Tea", "en", TEXT), Span(0, 10), "en")
    assert ("role='heading' aria-level='4'><span class='hidden'>## </span>Planning<" in html) == drawn
    assert ("## Planning" in html) != drawn


def test_an_opened_article_is_whole_with_its_place_marked_and_furniture_faint() -> None:
    framed = Article("tea", "tea.md", "Tea", "en", f"Menu\n{TEXT}", boilerplate=(Span(0, 4),))
    start = framed.text.index(QUOTE)
    html = article_panel.panel(framed, Span(start, start + len(QUOTE)), "en")
    assert f"<mark>{QUOTE}</mark>" in html
    assert "<span class='furniture'>Menu</span>" in html
    assert framed.text in Tags(html).text
    assert "is long" not in html


def test_a_very_long_article_is_shown_around_its_place() -> None:
    text = "line of text\n" * 40_000
    window = article_panel.window(text, Span(260_000, 260_012))
    assert window.end - window.start <= article_panel.LIMIT
    assert window.start < 260_000 < window.end
    assert text[window.start - 1] == "\n"
    assert text[window.end] == "\n"
    assert "is long" in article_panel.panel(Article("a", "a", "A", "en", text), Span(260_000, 260_012), "en")


# ---- style ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    """WCAG 2.2 AA asks 4.5:1 of text and 3:1 of the edges of controls."""
    styles = (UI / "themes.css").read_text(encoding="utf-8")
    pairs_of_colours = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", styles)
    colours = {name: dark if scheme == "dark" else light for name, light, dark in pairs_of_colours}
    grounds = ("page", "surface", "sunken", "accent-soft")
    pairs = [(ink, ground, 4.5) for ink in ("ink", "muted") for ground in grounds[:3]]
    pairs += [("accent", ground, 4.5) for ground in grounds] + [("doubt", ground, 4.5) for ground in grounds[:2]]
    pairs += [("ink", "mark", 4.5), ("ink", "mark-strong", 4.5), ("on-accent", "accent", 4.5), ("edge", "page", 3.0)]
    for ink, ground, least in pairs:
        assert contrast(colours[ink], colours[ground]) >= least, (ink, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio of two colours, 1..21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_labels_fill_their_gaps() -> None:
    assert label("page", "zh-Hant", page=3) == "第 3 頁"
    assert label("send", "fr") == "Send"
