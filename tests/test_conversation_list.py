"""Promises of the drawn list of conversations and of feedback: what can be done, what is told, what stays text."""

from __future__ import annotations

import string
from base64 import b64decode
from html.parser import HTMLParser

import pytest

from rag.text.script import detect_language
from rag.types import LANGUAGES
from ui.conversation_list import conversation_list, download, feedback_bar, no_download
from ui.conversation_store import ConversationInfo, Feedback, Listing
from ui.words_conversations import WORDS

DAY = 1_700_000_000.0
HOSTILE = "<img src=x onerror='alert(1)'>\"&\u202e"


class Page(HTMLParser):
    """The elements of a piece of HTML in order, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open += tag not in ("input", "path")

    def handle_endtag(self, tag: str) -> None:
        self.open -= tag not in ("input", "path")

    def handle_data(self, data: str) -> None:
        self.text += data

    def having(self, name: str) -> list[str | None]:
        return [attributes[name] for _, attributes in self.elements if name in attributes]


def info(name: str = "c1", title: str = "Bicycles", matched: str = "") -> ConversationInfo:
    return ConversationInfo(name, "default", title, DAY, DAY, 2, matched)


def drawn(*conversations: ConversationInfo, total: int = 0, **more: str) -> Page:
    page = Page(conversation_list(Listing(conversations, total or len(conversations)), "en", **more))
    assert page.open == 0
    return page


def pressed(html: str) -> dict[str | None, str | None]:
    found = Page(html).elements
    return {a["data-verdict"]: a["aria-pressed"] for _, a in found if "data-verdict" in a}


# ---- words ----


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_has_three_texts_with_the_same_gaps_in_their_own_script(key: str) -> None:
    texts = WORDS[key]
    assert len(texts) == 3
    assert all(text.strip() for text in texts)
    gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
    assert gaps[0] == gaps[1] == gaps[2]
    for text, own, other in ((texts[1], "zh-Hans", "zh-Hant"), (texts[2], "zh-Hant", "zh-Hans")):
        assert [char for char in text if detect_language(char, default=own) == other] == []  # type: ignore[arg-type]


# ---- the list ----


def test_each_conversation_can_be_opened_renamed_deleted_and_exported() -> None:
    page = drawn(info("c1"), info("c2", "Boats"))
    assert page.having("data-talk") == ["c1", "c2"]
    acts = ["open", "rename", "markdown", "json", "delete", "cancel", "delete_sure", "cancel"]
    assert page.having("data-act") == [*acts * 2, "rated"]
    assert "Bicycles" in page.text
    assert page.having("datetime") == ["2023-11-14T22:13:20Z"] * 2


def test_only_the_current_conversation_is_marked() -> None:
    page = drawn(info("c1"), info("c2"), current="c2")
    place = next(n for n, (_, attributes) in enumerate(page.elements) if "aria-current" in attributes)
    assert page.elements[place][1]["aria-current"] == "true"
    assert page.elements[place][1]["data-act"] == "open"
    talks = [attributes["data-talk"] for _, attributes in page.elements[:place] if "data-talk" in attributes]
    assert talks == ["c1", "c2"]
    assert page.having("aria-current") == ["true"]
    assert drawn(info("c1"), current="c9").having("aria-current") == []


def test_deleting_and_renaming_wait_behind_their_buttons() -> None:
    page = drawn(info())
    hidden = [attributes["class"] for _, attributes in page.elements if "hidden" in attributes]
    assert hidden == ["talk-rename", "talk-delete"]
    assert "It cannot be brought back." in page.text


def test_everything_that_can_be_done_has_a_name() -> None:
    page = drawn(info(title="Boats"))
    assert page.having("aria-label") == ["Conversations", "Actions for “Boats”", "New name", "Delete: Boats"]
    assert [attributes["value"] for tag, attributes in page.elements if tag == "input"] == ["Boats"]


def test_empty_lists_say_why() -> None:
    assert "No conversations yet." in drawn().text
    assert "No conversation holds “tea”." in drawn(searched=" tea ").text
    assert "Conversations found: 0" in drawn(searched="tea").text


def test_a_search_shows_the_question_that_matched_once() -> None:
    assert "And the boats?" in drawn(info(matched="And the boats?"), searched="boats").text
    assert drawn(info(title="Boats?", matched="Boats?"), searched="boats").text.count("Boats?") == 1


def test_more_is_offered_only_where_there_is_more() -> None:
    assert "more" in drawn(info(), total=9).having("data-act")
    assert "more" not in drawn(info()).having("data-act")


def test_what_was_rated_can_be_exported_where_conversations_are_and_nothing_is_searched_for() -> None:
    assert "rated" in drawn(info()).having("data-act")
    assert "rated" not in drawn(info(), searched="boats").having("data-act")
    assert "rated" not in drawn().having("data-act")


def test_that_there_is_no_file_is_said_and_no_file_handed_over() -> None:
    page = Page(no_download("Nothing <b>yet</b>."))
    assert page.having("data-told") == ["Nothing <b>yet</b>."]
    assert page.having("data-file") == []


def test_a_notice_about_the_file_is_shown() -> None:
    assert "was put aside" in drawn(notice="It was put aside.").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_from_outside_stays_text(language: str) -> None:
    listing = Listing((info(HOSTILE, HOSTILE, HOSTILE + "2"),), 1)
    html = conversation_list(listing, language, HOSTILE, HOSTILE, HOSTILE)
    html += conversation_list(Listing((), 0), language, searched=HOSTILE)
    html += feedback_bar(1, Feedback("down", HOSTILE), language) + download(HOSTILE, HOSTILE, HOSTILE)
    page = Page(html)
    assert page.open == 0
    assert "img" not in [tag for tag, _ in page.elements]
    assert page.having("onerror") == []
    assert "<img src=x" in page.text
    assert "\u202e" not in html


def test_an_untitled_conversation_can_still_be_opened() -> None:
    assert "Untitled" in drawn(info(title="")).text


# ---- feedback ----


def test_the_given_thumb_is_pressed() -> None:
    assert pressed(feedback_bar(3, None, "en")) == {"up": "false", "down": "false"}
    assert pressed(feedback_bar(3, Feedback("up"), "en")) == {"up": "true", "down": "false"}
    assert pressed(feedback_bar(3, Feedback("down"), "en")) == {"up": "false", "down": "true"}
    assert Page(feedback_bar(3, None, "en")).having("data-turn") == ["3"]


def test_a_reason_is_asked_for_only_after_a_thumb_and_shown_once_given() -> None:
    tags = [tag for tag, _ in Page(feedback_bar(3, None, "en")).elements]
    assert "form" not in tags
    asked = Page(feedback_bar(3, Feedback("down"), "en"))
    assert "Say why" in asked.text
    assert "turn-3-why" in asked.having("id")
    assert Page(feedback_bar(3, Feedback("down", "too long"), "en")).text.count("too long") == 2


def test_thumbs_have_names_in_every_language() -> None:
    named = {language: Page(feedback_bar(1, None, language)).having("aria-label") for language in LANGUAGES}
    assert named == {
        "en": ["Was this answer right?", "Right", "Wrong"],
        "zh-Hans": ["这个回答对吗？", "对", "不对"],
        "zh-Hant": ["這個回答對嗎？", "對", "不對"],
    }


# ---- a file ----


def test_a_file_is_handed_over_byte_for_byte() -> None:
    text = "# 渡輪\n\u202e <b>\x00\n"
    page = Page(download("a.md", text, "text/markdown"))
    assert b64decode(str(page.having("data-file")[0])).decode("utf-8") == text
    assert (page.having("data-name"), page.having("data-type")) == (["a.md"], ["text/markdown"])
