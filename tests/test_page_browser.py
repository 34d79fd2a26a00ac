"""Promises of the chat page in a real browser: what it asks for, what it runs, what a reader can do with it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import ArticleUnknown, EmptyQuestion, SettingsError
from rag.types import (
    Answer,
    AnswerEvent,
    Article,
    ArticleInfo,
    Citation,
    Evidence,
    Filters,
    Hit,
    Passage,
    Sentence,
    Span,
    Timings,
)
from tests.page_driver import LANGUAGE_OF, PATIENCE, arrived, can_send, expect, needs_chromium, reads, says, settle

pytestmark = needs_chromium

TEA = Article(
    "tea",
    "en/tea.md",
    "Planning the harvest",
    "en",
    "An old line about the valley.\n\n" * 80
    + "Every March the cooperative counts its pickers. It counted 312 pickers last spring. Rain came late.\n\n"
    + "Another line about the valley.\n\n" * 80,
    "2024-05-02",
)
QUOTE = "It counted 312 pickers last spring."
DOUBTED = "Rain came late."


THOUGHT = "The question asks for a number.\n" * 40
WRITTEN = (
    "The cooperative counted 312 pickers last spring. [1] It hired 40 more in May. [2]\nThey were paid by the day."
)
NOTICE = "The answer was stopped before its end."


class FakeAssistant:
    """Answers every question from one article; `held` keeps questions with the word `slow` waiting.

    A question with the word `write` is answered as a model does, and ends as one when it is stopped.
    """

    def __init__(self) -> None:
        self.settings = Settings(model="extractive")
        self.held = threading.Event()
        self.heard: list[tuple[str, tuple[tuple[str, str], ...]]] = []

    def with_settings(self, settings: Settings) -> FakeAssistant:
        return self

    def articles(self) -> tuple[ArticleInfo, ...]:
        source = "en/seventeen-chipmakers-and-one-model.md"
        return (ArticleInfo("tea", source, TEA.title, "en", TEA.date, None, 1, len(TEA.text)),)

    def article(self, article_id: str) -> Article:
        if article_id != "tea":
            raise ArticleUnknown(article=article_id)
        return TEA

    def stream(
        self, question: str, history: Any = (), filters: Filters | None = None, cancelled: Any = None
    ) -> Iterator[AnswerEvent]:
        self.heard.append((question, tuple(history)))
        if not any(letter.isalnum() for letter in question):
            raise EmptyQuestion
        if "broken" in question:
            raise ValueError("inner detail")
        found = self.hit()
        if "write" in question:
            yield from self.written(question, found, cancelled)
            return
        yield AnswerEvent("evidence", evidence=Evidence(question, "en", (found,)))
        yield AnswerEvent("text", text="The articles say:\n")
        if "slow" in question:
            self.held.wait(60)
        yield AnswerEvent("answer", answer=self.answer(question, found))

    def written(self, question: str, found: Hit, cancelled: Any) -> Iterator[AnswerEvent]:
        yield AnswerEvent("evidence", evidence=Evidence("How many pickers were counted?", "en", (found,)))
        yield AnswerEvent("thinking", text=THOUGHT)
        if "slow" in question:
            self.held.wait(60)
        text, doubted, stopped = WRITTEN, self.doubted(), False
        yield AnswerEvent("thinking", text="That is all.")
        if "endless" in question:
            yield AnswerEvent("text", text=WRITTEN[:48])
            stopped = cancelled.wait(60)
            text, doubted = WRITTEN[:52], ()
        cited = (self.citation(1, QUOTE, True), self.citation(2, DOUBTED, False))[: len(doubted) or 1]
        yield AnswerEvent(
            "answer",
            answer=Answer(
                *(question, "en", text, False, 0.8, cited, (found,), None, "Qwen3-4B", Timings(10, 10, 3210)),
                sentences=doubted,
                thinking=f"{THOUGHT}That is all.",
                searched_for="How many pickers were counted?",
                notices=(NOTICE,) if stopped or "notice" in question else (),
            ),
        )

    def doubted(self) -> tuple[Sentence, ...]:
        hired, paid = "It hired 40 more in May.", "They were paid by the day."
        places = [(WRITTEN.index(words), WRITTEN.index(words) + len(words)) for words in (hired, paid)]
        return (
            Sentence(*places[0], (2,), False, 0.1, "quantity", ("40",)),
            Sentence(*places[1], (), False, 0.0, "uncited"),
        )

    def answer(self, question: str, found: Hit) -> Answer:
        times = Timings(10, 10, 20)
        if "moon" in question:
            return Answer(question, "en", "The articles do not say.", True, 0.1, (), (found,), timings_ms=times)
        text = f"312 pickers\nThe articles say:\n“{QUOTE}” [1]\n“{DOUBTED}” [2]"
        cited = (self.citation(1, QUOTE, True), self.citation(2, DOUBTED, False))
        return Answer(question, "en", text, False, 0.9, cited, (found,), "312 pickers", timings_ms=times)

    def hit(self) -> Hit:
        passage = Passage("tea", 0, 29, TEA.text[:29], "en")
        return Hit(passage, TEA.source, TEA.title, 1.5, 1)

    def citation(self, number: int, quote: str, supported: bool) -> Citation:
        start = TEA.text.index(quote)
        return Citation(
            *(number, f"tea:{start}-{start + len(quote)}", "tea", TEA.source, TEA.title, "en"),
            *(start, start + len(quote), quote, supported, 0.9),
            matched=(Span(start + 11, start + 22),),
        )


@contextmanager
def served(assistant: Any, **settings: Any) -> Iterator[str]:
    from ui.app import build, launch

    with TemporaryDirectory() as folder:
        chosen = Settings(port=0, **{"index": f"{folder}/index", **settings})
        page = build(assistant, chosen)
        try:
            yield launch(page, chosen)
        finally:
            page.close(verbose=False)


@pytest.fixture(scope="module")
def assistant() -> FakeAssistant:
    return FakeAssistant()


@pytest.fixture(scope="module")
def address(assistant: FakeAssistant) -> Iterator[str]:
    with served(assistant) as url:
        yield url


Open = Callable[..., Any]


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Open]:
    contexts: list[Any] = []

    def open_page(url: str = address, width: int = 1280, locale: str = "en-US", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 800}, locale=locale, **options)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.requests, page.errors = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda line: page.errors.append(line.text) if line.type == "error" else None)
        page.goto(url)
        arrived(page, LANGUAGE_OF.get(locale, "en"))
        return page

    yield open_page
    for context in contexts:
        context.close()


def ask(page: Any, question: str, turn: int = 1, until: str = ".made") -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")
    page.wait_for_selector(f"#turn-{turn} {until}")
    if until in (".made", ".failed"):
        can_send(page)


def holds(page: Any, words: str) -> None:
    """The question box does, or comes to."""
    expect(page.locator("#question textarea")).to_have_value(words)


# ---- what it asks for and what it runs ----


HOSTILE = (
    "<script>window.ran = 1</script> <img src=x onerror=\"window.ran = 2\"> <svg onload='window.ran = 3'></svg> "
    "![picture](http://example.invalid/a.png) [link](javascript:window.ran=4) $x^2$ $$y$$ ${window.ran=5} "
    "{{constructor}} \u202egnp.exe\u202c and `code` **bold**"
)
HOSTILE_ID = "<img src=x onerror=window.ran=6> ${window.ran=7}.md"


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("hostile")
    text = f"The lighthouse keeper of Farrow Point earns 4200 crowns a year {HOSTILE}. The sea is cold in winter."
    article = {"id": HOSTILE_ID, "title": f"Lighthouse {HOSTILE}", "text": text, "language": "en"}
    file = folder / "articles.jsonl"
    file.write_text(json.dumps(article) + "\n", encoding="utf-8")
    (folder / "calm.md").write_text("# Bakery\n\nThe bakery opens at six in the morning.\n", encoding="utf-8")
    opened = Assistant.open(folder / "index", Settings())
    opened.ingest(file, folder / "calm.md")
    with served(opened) as url:
        yield url


def test_a_hostile_article_is_shown_as_text_and_nothing_of_it_runs(visit: Open, hostile_address: str) -> None:
    page = visit(hostile_address)
    ask(page, f"What does the lighthouse keeper of Farrow Point earn? {HOSTILE}")
    page.wait_for_selector("#turn-1 .card", state="attached")
    if page.locator("#turn-1 details:not([open])").count():
        page.locator("#turn-1 details:not([open]) summary").first.click()
    card = page.locator("#turn-1 .card", has_text="Lighthouse").first
    expect(card).to_contain_text("<script>window.ran = 1</script>", use_inner_text=True)
    expect(card).to_contain_text(HOSTILE_ID, use_inner_text=True)
    says(page, "#turn-1 .question", "${window.ran=5}")
    card.locator(".open-article").click()
    says(page, "dialog[open]", "$x^2$ $$y$$ ${window.ran=5} {{constructor}} \ufffdgnp.exe\ufffd and `code` **bold**")
    assert page.evaluate("window.ran") is None
    assert page.locator("#conversation img, #conversation script, #panel img, #panel svg, #panel script").count() == 0
    assert {urlsplit(url).hostname for url in page.requests if not url.startswith("data:")} == {"127.0.0.1"}
    assert page.errors == []


def test_every_request_goes_to_this_machine(visit: Open) -> None:
    page = visit(color_scheme="dark")
    ask(page, "How many pickers?")
    page.locator(".open-article").first.click()
    page.wait_for_selector("dialog[open]")
    asked = [urlsplit(url) for url in page.requests if not url.startswith(("data:", "blob:"))]
    assert len(asked) > 5
    assert {url.hostname for url in asked} == {"127.0.0.1"}
    assert page.errors == []


def test_the_page_forbids_the_browser_other_machines(visit: Open) -> None:
    page = visit()
    with page.expect_console_message(lambda line: line.type == "error" and "Content Security Policy" in line.text):
        reached = page.evaluate("fetch('http://example.invalid/').then(() => 'reached', (error) => String(error))")
    assert "Failed to fetch" in reached


def test_nothing_of_gradio_is_left_to_see(visit: Open) -> None:
    page = visit()
    expect(page.locator("link[rel~='icon'][href^='data:']")).to_have_count(1)
    assert "radio" not in page.locator("body").inner_text()
    assert page.locator("footer:visible").count() == 0


def test_starting_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with served(FakeAssistant()):
        pass
    assert capfd.readouterr() == ("", "")


def test_a_taken_port_is_said_with_what_to_do(address: str, tmp_path: Path) -> None:
    port = urlsplit(address).port
    assert port is not None
    from ui.app import build, launch

    settings = Settings(port=port, index=str(tmp_path / "index"))
    page = build(FakeAssistant(), settings)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="choose another with --port"):
        launch(page, settings)


# ---- asking ----


def test_an_answer_comes_with_its_sources_marked(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    expect(page.locator("#turn-1 .short")).to_have_text(re.compile("312 pickers$"), use_inner_text=True)
    reads(page, "#turn-1-source-1 mark", QUOTE)
    reads(page, "#turn-1-source-1 mark strong", "312 pickers")
    doubt = re.compile(r"does not clearly support the sentence\.$")
    expect(page.locator("#turn-1 a.unsupported")).to_have_attribute("title", doubt)
    expect(page.locator("#turn-1").get_by_text("An old line about the valley.")).to_be_hidden()
    holds(page, "")


def test_a_refusal_offers_the_nearest_passages(visit: Open) -> None:
    page = visit()
    ask(page, "Who walked on the moon?")
    says(page, "#turn-1 .refusal", "The articles do not say.")
    expect(page.get_by_role("heading", name="Nearest passages (1)")).to_be_visible()
    expect(page.locator("#turn-1").get_by_text("An old line about the valley.")).to_be_visible()


def test_an_error_is_a_message_in_the_language_of_the_page(visit: Open) -> None:
    page = visit(locale="zh-TW")
    ask(page, "？！", until=".failed")
    says(page, "#turn-1 .failed", "問題裡沒有文字")
    ask(page, "broken", 2, until=".failed")
    reads(page, "#turn-2 .failed", "發生了一點問題。")
    assert "inner detail" not in page.content()
    page.locator("#send").wait_for(state="visible")


def test_a_marker_leads_to_its_source_by_keyboard(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    page.locator("#turn-1 details").first.locator("summary").click()
    expect(page.locator("#turn-1-source-2")).to_be_hidden()
    page.locator("#turn-1 a.cite").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'turn-1-source-2'")
    expect(page.locator("#turn-1-source-2")).to_be_visible()


def test_an_article_opens_at_the_cited_place_and_gives_the_focus_back(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    opener = page.locator("#turn-1-source-1 .open-article")
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] mark:not(.also)")
    reads(page, "dialog mark:not(.also)", QUOTE)
    settle(page)
    place = page.locator("dialog mark:not(.also)").bounding_box()
    assert 0 < place["y"] < 800
    assert page.locator("dialog .panel-text").evaluate("(text) => text.scrollTop") > 500
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    expect(opener).to_be_focused()
    opener.click()
    page.locator("dialog .close").click()
    page.wait_for_selector("dialog", state="detached")


def test_enter_sends_and_shift_enter_breaks_the_line(visit: Open, assistant: FakeAssistant) -> None:
    page = visit()
    page.fill("#question textarea", "first line")
    page.press("#question textarea", "Shift+Enter")
    page.keyboard.type("pickers?")
    holds(page, "first line\npickers?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#turn-1 .made")
    assert assistant.heard[-1][0] == "first line\npickers?"


def test_the_enter_of_an_input_method_does_not_send(visit: Open, assistant: FakeAssistant) -> None:
    page = visit()
    heard = len(assistant.heard)
    page.fill("#question textarea", "采茶工")
    press = """(isComposing) => {
      const box = document.querySelector('#question textarea');
      const key = { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true, cancelable: true };
      box.dispatchEvent(new KeyboardEvent('keydown', { ...key, isComposing }));
      box.dispatchEvent(new KeyboardEvent('keypress', key));
    }"""
    page.evaluate(press, True)
    page.wait_for_timeout(400)
    assert (len(assistant.heard), page.input_value("#question textarea")) == (heard, "采茶工")
    page.evaluate(press, False)
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    assert [question for question, _ in assistant.heard[heard:]] == ["采茶工"]
    expect(page.locator(".turn")).to_have_count(1)


def test_examples_ask_themselves_and_show_only_while_nothing_was_asked(visit: Open) -> None:
    page = visit()
    example = page.locator("[data-example]")
    expect(example).to_have_count(1)
    words = example.inner_text()
    example.click()
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    expect(page.locator("#turn-1 .question")).to_have_text(re.compile(re.escape(words) + "$"), use_inner_text=True)
    expect(page.locator("[data-example]")).to_have_count(0)
    page.click("#new")
    page.wait_for_selector("[data-example]")
    expect(page.locator(".turn")).to_have_count(0)


def test_a_second_question_knows_the_first(visit: Open, assistant: FakeAssistant) -> None:
    page = visit()
    ask(page, "How many pickers?")
    page.locator("#send").wait_for(state="visible")
    ask(page, "And the moon?", 2)
    question, history = assistant.heard[-1]
    assert (question, history[0][0], len(history)) == ("And the moon?", "How many pickers?", 1)
    expect(page.locator("#turn-1 details[open]")).to_have_count(0)


def test_stop_ends_the_wait_and_the_page_can_be_asked_again(visit: Open, assistant: FakeAssistant) -> None:
    assistant.held.clear()
    page = visit()
    ask(page, "a slow question", until=".writing")
    expect(page.locator("#send")).to_be_hidden()
    page.click("#stop")
    page.wait_for_selector("#turn-1 .stopped")
    can_send(page)
    ask(page, "How many pickers?", 2)
    expect(page.locator("#turn-1 .stopped")).to_be_visible()
    assert not assistant.held.is_set()
    assistant.held.set()


def test_a_stopped_model_leaves_what_it_wrote_with_a_notice(visit: Open) -> None:
    page = visit()
    page.fill("#question textarea", "write an endless answer")
    page.press("#question textarea", "Enter")
    page.get_by_text("The cooperative counted 312 pickers last spring.").wait_for()
    page.click("#stop")
    reads(page, "#turn-1 .notices", NOTICE)
    reads(page, "#turn-1 .made", "Written by Qwen3-4B · 3.2 s")
    reads(page, "#turn-1-source-1 mark", QUOTE)
    can_send(page)
    ask(page, "How many pickers?", 2)


# ---- what a model brings with its answer ----


def test_thinking_is_folded_and_stays_open_once_opened(visit: Open, assistant: FakeAssistant) -> None:
    assistant.held.clear()
    page = visit()
    ask(page, "write a slow answer", until=".thinking")
    fold = page.locator("#turn-1-thinking")
    expect(fold.locator("summary")).to_have_text("Thinking…", use_inner_text=True)
    expect(fold.locator(".thought")).to_be_hidden()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    fold.locator(".thought").wait_for(state="visible")
    assistant.held.set()
    page.wait_for_selector("#turn-1 .made")
    expect(fold.locator("summary")).to_have_text("Thought first", use_inner_text=True)
    expect(fold.locator(".thought")).to_contain_text("That is all.", use_inner_text=True)
    can_send(page)
    ask(page, "How many pickers?", 2)
    open_folds = page.locator("#turn-1 details[open]")
    expect(open_folds).to_have_count(1)
    expect(open_folds).to_have_id("turn-1-thinking")
    page.click("#new")
    page.wait_for_selector("[data-example]")
    ask(page, "write an answer")
    expect(page.locator("#turn-1 .thought")).to_be_hidden()


def test_a_sentence_in_doubt_says_why_when_it_has_the_focus(visit: Open) -> None:
    page = visit()
    ask(page, "write an answer")
    doubted = page.locator("#turn-1 .doubted").first
    why = "In doubt: a figure in this sentence is not in its source. Missing there: 40."
    expect(doubted).to_have_attribute("title", why)
    expect(doubted.locator("u")).to_have_css("text-decoration-style", "dotted")
    height = "document.querySelector('#turn-1 .doubted .why').getBoundingClientRect().height"
    page.wait_for_function(f"{height} <= 1")
    doubted.focus()
    page.wait_for_function(f"{height} > 10")
    expect(doubted.locator(".why")).to_have_text(why, use_inner_text=True)


def test_a_written_answer_fits_a_narrow_screen(visit: Open) -> None:
    page = visit(width=360)
    ask(page, "write an answer with a notice")
    page.locator("#turn-1-thinking summary").click()
    page.locator("#turn-1 .doubted").first.focus()
    expect(page.locator("#turn-1 .thought")).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_readers_neither_wait_for_one_another_nor_see_one_another(visit: Open, assistant: FakeAssistant) -> None:
    assistant.held.clear()
    patient, hurried = visit(), visit()
    ask(patient, "a slow question", until=".writing")
    ask(hurried, "How many pickers?")
    assert patient.locator("#turn-1 .made").count() == 0
    assert "slow" not in hurried.locator("#conversation").inner_text()
    assistant.held.set()
    patient.wait_for_selector("#turn-1 .made")


# ---- the interface ----


@pytest.mark.parametrize(
    ("locale", "send"), [("en-US", "Send"), ("zh-CN", "发送"), ("zh-TW", "送出"), ("fr-FR", "Send")]
)
def test_the_page_opens_in_the_language_of_the_browser(visit: Open, locale: str, send: str) -> None:
    reads(visit(locale=locale), "#send", send)


def test_the_language_set_is_stronger_than_the_browser(visit: Open, browser: Any) -> None:
    with served(FakeAssistant(), language="zh-Hans") as url:
        page = browser.new_page(locale="en-US")
        page.goto(url)
        page.wait_for_selector("html[lang='zh-Hans'] #send >> text=发送")
        page.close()


def test_a_change_of_language_keeps_the_conversation(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    page.click("#settings")
    page.locator("#setting-language label", has_text="繁體中文").click()
    page.locator("#send", has_text="送出").wait_for(state="attached")
    page.keyboard.press("Escape")
    page.wait_for_selector("html[lang='zh-Hant'] #turn-1")
    page.get_by_role("heading", name="出處（2）").wait_for()
    reads(page, "#send", "送出")
    expect(page).to_have_title("問問你的文章")
    expect(page.locator("#question textarea")).to_have_attribute("placeholder", re.compile("^輸入問題"))
    ask(page, "？", 2, until=".failed")
    says(page, "#turn-2 .failed", "問題裡沒有文字")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_narrow_screen_needs_no_sideways_scrolling(visit: Open, locale: str) -> None:
    page = visit(width=360, locale=locale)
    sideways = "document.documentElement.scrollWidth > window.innerWidth"
    assert not page.evaluate(sideways)
    ask(page, "pickers" * 60)
    settle(page)
    assert not page.evaluate(sideways)
    answer, sources = (page.locator(f"#turn-1 {part}").bounding_box() for part in (".answer", ".sources"))
    assert sources["y"] >= answer["y"] + answer["height"]
    page.locator(".open-article").first.click()
    page.wait_for_selector("dialog[open]")
    settle(page)
    assert page.locator("dialog").evaluate("(panel) => panel.scrollWidth <= window.innerWidth")


def test_a_wide_screen_has_the_sources_beside_the_answer(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    settle(page)
    answer, sources = (page.locator(f"#turn-1 {part}").bounding_box() for part in (".answer", ".sources"))
    assert sources["x"] >= answer["x"] + answer["width"]


@pytest.mark.parametrize("width", [1280, 360])
def test_the_newest_question_stands_at_the_top_and_the_box_stays_at_the_foot(visit: Open, width: int) -> None:
    page = visit(width=width)
    for number, question in enumerate(("How many pickers?", "Who walked on the moon?", "How many pickers again?"), 1):
        ask(page, question, number)
        page.locator("#send").wait_for(state="visible")
    top = "document.querySelector('#turn-3').getBoundingClientRect().top"
    bar = "document.querySelector('#bar').getBoundingClientRect().bottom"
    settle(page)
    page.wait_for_function(f"{top} - {bar} < 40 && {top} - {bar} >= 0")
    box = page.locator("#composer").bounding_box()
    assert box["y"] + box["height"] == pytest.approx(800, abs=1)


def test_every_control_has_a_name(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    page.locator(".open-article").first.wait_for()
    for role, name in (
        ("textbox", "Your question"),
        ("textbox", "Search conversations"),
        ("navigation", "Conversations"),
        ("region", "Conversation"),
        ("group", "Sources"),
    ):
        expect(page.get_by_role(role, name=name)).to_have_count(1)
    for control in page.locator("button:visible, a:visible, summary:visible").all():
        assert (control.get_attribute("aria-label") or control.inner_text()).strip()


def test_the_focus_is_always_to_be_seen(visit: Open) -> None:
    page = visit()
    ask(page, "How many pickers?")
    seen: set[str] = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        outline, name = page.evaluate(
            """() => {
              const at = document.activeElement;
              return [getComputedStyle(at).outlineStyle, at.tagName + (at.className || at.id)];
            }"""
        )
        seen.add(name)
        assert outline == "solid" or name.startswith("BODY"), name
    assert len(seen) > 5


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(250, 249, 246)"), ("dark", "rgb(21, 24, 27)")])
def test_colours_follow_the_scheme_of_the_system(visit: Open, scheme: str, ground: str) -> None:
    page = visit(color_scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", ground)


def test_the_real_assistant_answers_on_the_page(visit: Open, tmp_path: Path) -> None:
    english = "# Ferry\n\nThe ferry Petrel carries 240 passengers. It was built in Oban in 1987.\n"
    chinese = "# 茶厂\n\n青石茶厂去年雇用了56名采茶工。茶厂建于1931年。\n"
    (tmp_path / "ferry.md").write_text(english, encoding="utf-8")
    (tmp_path / "tea.md").write_text(chinese, encoding="utf-8")
    opened = Assistant.open(tmp_path / "index", replace(Settings(), corpus=""))
    opened.ingest(tmp_path / "ferry.md", tmp_path / "tea.md")
    with served(opened) as url:
        page = visit(url)
        ask(page, "How many passengers does the ferry Petrel carry?")
        says(page, "#turn-1 .answer", "240")
        says(page, "#turn-1-source-1 mark", "The ferry Petrel carries 240 passengers.")
        page.locator("#send").wait_for(state="visible")
        ask(page, "青石茶厂去年雇用了多少名采茶工？", 2)
        says(page, "#turn-2 .answer", "56")
        page.locator("#turn-2 .open-article").first.click()
        page.wait_for_selector("dialog[open] mark:not(.also)")
        says(page, "dialog mark:not(.also)", "青石茶厂去年雇用了56名采茶工。")
