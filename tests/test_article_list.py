"""Promises of the drawn list of articles: what it says, what it asks, and that foreign words stay words."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import get_args
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.types import LANGUAGES, ArticleInfo, Language
from ui.article_list import (
    ROWS,
    article_list,
    collection_choices,
    pending_notice,
    removed,
    token,
    upload_report,
)
from ui.indexes import Collection
from ui.library_types import Entry, Listing, Status, Step
from ui.words_articles import WORDS

HOSTILE = "<img src=x onerror=alert(1)>'\"\u202e**bold** [x](javascript:alert(1))\x00"


class Tags(HTMLParser):
    """Collects the elements of a piece of HTML with their attributes, and the text outside all tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name))]


def info(identity: str = "en/kiln.md", title: str = "The kiln of Marden", **changes: object) -> ArticleInfo:
    values: dict[str, object] = {"language": "en", "date": "2024-05-02", "url": None, "passages": 12}
    given = {"source": identity, "characters": 3400} | values | changes
    return ArticleInfo(id=identity, title=title, **given)  # type: ignore[arg-type]


def listing(*entries: Entry, found: int | None = None, total: int | None = None) -> Listing:
    count = len(entries) if found is None else found
    return Listing(entries, count, count if total is None else total)


def step(index: int, status: Status, total: int = 3, name: str = "kiln.txt", message: str = "") -> Step:
    return Step(index, total, name, status, 4 if status == "added" else 0, message)


# ---- the list ----


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("English", "2024-05-02", "12 passages", "3,400 characters", "en/kiln.md", "Open article", "Remove")),
        ("zh-Hans", ("英文", "2024-05-02", "12 段", "3,400 字", "打开文章", "移除")),
        ("zh-Hant", ("英文", "2024-05-02", "12 段", "3,400 字", "開啟文章", "移除")),
    ],
)
def test_an_article_is_shown_with_what_is_known_of_it(language: str, words: Sequence[str]) -> None:
    drawn = Tags(article_list(listing(Entry(info(), uploaded=True)), language)).text
    assert "The kiln of Marden" in drawn
    for word in words:
        assert word in drawn


def test_an_article_without_a_date_says_so_and_one_passage_is_one_passage() -> None:
    drawn = Tags(article_list(listing(Entry(info(date=None, passages=1), uploaded=True)), "en")).text
    assert "no date" in drawn
    assert "1 passage" in drawn
    assert "1 passages" not in drawn


def test_removing_asks_first_and_says_what_becomes_of_the_file() -> None:
    uploaded = article_list(listing(Entry(info(), uploaded=True)), "en")
    elsewhere = article_list(listing(Entry(info(), uploaded=False)), "en")
    assert "Its uploaded copy is deleted too" in uploaded
    assert "The file it was read from stays" in elsewhere
    # the button that removes lies inside what is hidden until it is asked for
    assert re.search(r"aria-expanded='false'[^>]*>Remove</button></div><div class='sure' [^>]* hidden", uploaded)
    assert re.search(r"<div class='sure'[^>]*><p>[^<]*</p><button [^>]*data-remove=", uploaded)
    assert uploaded.count("data-remove=") == 1


def test_buttons_name_their_article_for_a_screen_reader() -> None:
    said = Tags(article_list(listing(Entry(info(), uploaded=True)), "en")).values("aria-label")
    assert "Open article: The kiln of Marden" in said
    assert said.count("Remove article: The kiln of Marden") == 2


def test_an_article_whose_file_is_gone_is_marked() -> None:
    assert "no longer there" in article_list(listing(Entry(info(), uploaded=True, there=False)), "en")
    assert "no longer there" not in article_list(listing(Entry(info(), uploaded=True)), "en")


def test_the_count_tells_how_many_matched() -> None:
    one = Entry(info(), uploaded=True)
    assert "1 of 80 articles" in article_list(listing(one, total=80), "en", words="kiln")
    assert "80 articles" in article_list(listing(one, found=80), "en")
    assert "1 article<" in article_list(listing(one), "en")
    assert "80 篇中找到 1 篇" in article_list(listing(one, total=80), "zh-Hant", words="窯")


def test_a_list_that_is_cut_says_so() -> None:
    one = Entry(info(), uploaded=True)
    assert "The first 1 are shown" in article_list(listing(one, found=900), "en")
    assert "are shown" not in article_list(listing(one), "en")


def test_an_empty_index_and_an_empty_result_say_different_things() -> None:
    assert "no articles here yet" in article_list(listing(), "en")
    assert "No article holds these words" in article_list(listing(total=5), "en", words="zzz")


def test_what_was_just_done_is_told_where_a_screen_reader_hears_it() -> None:
    drawn = article_list(listing(), "en", told=removed(info(title="<b>Kiln</b>"), "en"))
    assert re.search(r"role='status'[^>]*><bdi>Removed: &lt;b&gt;Kiln&lt;/b&gt;</bdi>", drawn)


# ---- what came of an upload ----


def test_a_report_shows_the_last_step_of_each_file_and_how_far_it_is() -> None:
    steps = [step(0, "reading"), step(0, "added"), step(1, "reading")]
    drawn = upload_report(steps, "en")
    assert "1 of 3 files done" in drawn
    assert "<progress max='3' value='1'" in drawn
    assert drawn.count("<li ") == 2
    assert "Added · 4 passages" in drawn


def test_an_ended_report_counts_what_is_in_the_index_and_what_is_not() -> None:
    steps = [step(0, "added"), step(1, "failed", name="photo.png", message="not text"), step(2, "same")]
    drawn = upload_report(steps, "en")
    assert "Done: 2 in the index, 1 with a problem." in drawn
    assert "<progress" not in drawn
    assert drawn.index("photo.png") < drawn.index("kiln.txt"), "what needs attention comes first"
    assert "not text" in drawn


def test_there_is_no_report_before_the_first_step() -> None:
    assert upload_report([], "en") == ""
    assert pending_notice([], "en") == ""


def test_a_report_of_many_files_keeps_every_problem_in_sight_and_stays_short() -> None:
    steps = [step(n, "added", total=1000) for n in range(999)] + [step(999, "failed", total=1000, name="bad.pdf")]
    drawn = upload_report(steps, "en")
    assert "bad.pdf" in drawn
    assert drawn.count("<li ") == ROWS
    assert "900 more files" in drawn


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", get_args(Status))
def test_every_status_has_words_in_every_language(status: Status, language: Language) -> None:
    assert WORDS[f"status.{status}"][LANGUAGES.index(language)] in upload_report([step(0, status)], language)


def test_what_is_pending_can_be_tried_again_or_discarded() -> None:
    drawn = pending_notice(["kiln.txt", "a<b>.txt"], "en")
    assert "kiln.txt, a&lt;b&gt;.txt" in drawn
    assert Tags(drawn).values("data-pending") == ["resume", "abandon"]


# ---- foreign words ----


def test_hostile_words_stay_words_wherever_they_stand() -> None:
    entry = Entry(info(HOSTILE, HOSTILE, date=HOSTILE), uploaded=True)
    drawn = (
        article_list(listing(entry), "en", HOSTILE, HOSTILE)
        + upload_report([step(0, "failed", name=HOSTILE, message=HOSTILE)], "en")
        + pending_notice([HOSTILE], "en")
    )
    tags = Tags(drawn)
    assert not {"img", "b", "a", "script"} & {tag for tag, _ in tags.elements}
    assert not [name for _, attributes in tags.elements for name in attributes if name.startswith("on")]
    assert "\u202e" not in drawn
    assert "\x00" not in drawn
    assert "**bold**" in tags.text


@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(string.punctuation))))
def test_an_id_comes_back_from_the_page_as_it_was(identity: str) -> None:
    drawn = article_list(listing(Entry(info(identity or "x"), uploaded=True)), "en")
    tags = Tags(drawn)
    assert [unquote(value) for value in tags.values("data-open")] == [identity or "x"]
    assert [unquote(value) for value in tags.values("data-remove")] == [identity or "x"]
    assert set(token(identity)) <= set(string.ascii_letters + string.digits + "/_.-~%")


# ---- collections ----


def test_the_default_collection_has_a_word_of_its_own_and_names_are_harmless() -> None:
    held = [Collection("default", "default"), Collection("gang", "港口 <b>"), Collection("x", "a\u202eb")]
    assert collection_choices(held, "zh-Hant") == [("預設文庫", "default"), ("港口 <b>", "gang"), ("a\ufffdb", "x")]


def test_a_default_collection_that_was_renamed_keeps_its_name() -> None:
    assert collection_choices([Collection("default", "Port")], "en") == [("Port", "default")]


# ---- words ----


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_stands_in_three_languages_with_the_same_gaps(key: str) -> None:
    texts = WORDS[key]
    assert len(texts) == 3
    assert all(text.strip() for text in texts)
    gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
    assert gaps[0] == gaps[1] == gaps[2]
