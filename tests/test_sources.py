"""Promises of sources, whole articles and search details as they are drawn: what is marked, where links lead."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui.words
from rag.retrieval import evidence as rule
from rag.types import Answer, AnswerEvent, Article, Citation, Evidence, Hit, Language, Passage, Span
from ui import article as panels
from ui import details
from ui.answer_text import answer_text, first_marks
from ui.article import LIMIT, Asked, after, before, opened, panel
from ui.article_text import Marked, article_text
from ui.conversation import Turn
from ui.other_script import converted
from ui.render import turn as drawn_turn
from ui.sources import Lookup, passage_card, source_card, sources
from ui.words_sources import WORDS

TEXT = (
    "# The mill\n\nThe mill was repaired in 1954. The work cost 310 crowns.\n\n"
    "Its wheel turns again. Forty people came to see it."
)
REPAIRED, COST, WHEEL = "The mill was repaired in 1954.", "The work cost 310 crowns.", "Its wheel turns again."
MILL = Article("mill", "en/mill.md", "The mill", "en", TEXT, "1954-06-01")
SIMPLIFIED = "合作社更新了软件。内存增加了一倍，信息更快送到茶园。\n\n茶园在山上。"
GARDEN = Article("garden", "zh/garden.txt", "茶园的软件", "zh-Hans", SIMPLIFIED, "2024-03")
MARKS = ("# ", "- ", "  * ", "1. ", "> ", "|", "a|b\n", "|-|-|\n", "```\n", "\\|")
HOSTILE = "<script>ran=1</script><img src=x onerror=ran=1>'\"</mark></dialog> ${1} \u202egnp"


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's one catalogue holds the words of this part."""
    monkeypatch.setattr(ui.words, "WORDS", {**ui.words.WORDS, **WORDS})


class Elements(HTMLParser):
    """The elements of a piece of HTML in order, with their attributes, and the text outside all tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        return [own for name, own in self.found if name == tag and all(own.get(k) == v for k, v in attributes.items())]

    def asking(self, step: str) -> list[Asked]:
        """What the buttons of a step ask for, as the page's script would send it."""
        return [
            Asked.read({name.removeprefix("data-"): value for name, value in own.items() if name.startswith("data-")})
            for own in self.named("button")
            if own.get("data-step") == step
        ]


def cite(number: int, quote: str, article: Article = MILL, matched: tuple[str, ...] = ()) -> Citation:
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
        True,
        0.9,
        date=article.date,
        matched=spans,
    )


def place(quote: str, article: Article = MILL) -> Span:
    start = article.text.index(quote)
    return Span(start, start + len(quote))


def answer(text: str, *citations: Citation, **changes: object) -> Answer:
    given = {"refused": False, "confidence": 0.9, "citations": citations} | changes
    return Answer("What did it cost?", "en", text, **given)  # type: ignore[arg-type]


def asked_turn(*citations: Citation, evidence: Evidence | None = None) -> Turn:
    one = answer(" ".join(f"Words. [{c.number}]" for c in citations), *citations)
    return Turn(1, "What did it cost?", "answered", one.text, answer=one, evidence=evidence)


def lookup(article_id: str) -> Article | None:
    return {"mill": MILL, "garden": GARDEN}.get(article_id)


def marks(html: str, kind: str = "") -> list[str]:
    """What the marks of the opened place, or of another `kind`, hold."""
    opening = f"<mark class='{kind}'>" if kind else "<mark>"
    return [unescape(re.sub("<.*?>", "", inner)) for inner in re.findall(f"{opening}(.*?)</mark>", html, re.S)]


def nested(html: str) -> bool:
    """Whether every element is closed inside the one it was opened in."""
    still_open: list[str] = []
    for closing, name in re.findall(r"<(/?)(\w+)[^>]*>", html):
        if not closing:
            still_open.append(name)
        elif not still_open or still_open.pop() != name:
            return False
    return not still_open


def text_of(html: str) -> str:
    """The text of an article panel without numbers and page labels."""
    body = html.split("class='panel-text'")[1].split(">", 1)[1].removesuffix("</div></dialog>")
    bare = re.sub(
        "<bdi class='number'.*?</bdi>|<span class='page-mark'>.*?</span>|<p class='further'>.*?</p>", "", body
    )
    return unescape(re.sub("<[^>]*>", "", bare))


# ---- words ----


def test_every_word_has_three_texts_with_the_same_gaps() -> None:
    for key, texts in WORDS.items():
        assert all(texts), key
        gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert gaps[0] == gaps[1] == gaps[2], key


def test_every_component_of_a_score_has_a_plain_name_and_says_what_it_is() -> None:
    assert {f"component.{name}" for name in details.COMPONENTS} <= set(WORDS)
    assert {f"component.{name}.about" for name in details.COMPONENTS} <= set(WORDS)


# ---- there and back ----


def test_a_mark_leads_to_its_card_and_the_card_back_to_the_mark() -> None:
    html = drawn_turn(asked_turn(cite(1, COST), cite(2, WHEEL)), "en", lookup)
    elements = Elements(html)
    for number in ("1", "2"):
        (mark,) = elements.named("a", id=f"turn-1-cite-{number}")
        (card,) = elements.named("li", id=f"turn-1-source-{number}")
        (back,) = elements.named("a", href=f"#turn-1-cite-{number}")
        assert mark["href"] == f"#turn-1-source-{number}"
        assert card["tabindex"] == "-1"
        assert back["aria-label"] == f"Source {number}: back to its place in the answer"


def test_only_the_first_mark_of_a_source_carries_the_name_that_its_card_leads_to() -> None:
    one = answer("It cost 310. [1] It turns. [2] It did cost that. [1]", cite(1, COST), cite(2, WHEEL))
    assert first_marks(one) == {1: 13, 2: 27}
    html = answer_text(one, "turn-1", "en")
    assert html.count("id='turn-1-cite-1'") == 1
    assert html.count("href='#turn-1-source-1'") == 2
    assert html.index("id='turn-1-cite-1'") < html.index("id='turn-1-cite-2'")


@pytest.mark.parametrize("changes", [{}, {"refused": True}])
def test_a_card_leads_back_only_where_the_answer_shows_its_mark(changes: Mapping[str, object]) -> None:
    one = answer("No mark here." if not changes else "Nothing. [1]", cite(1, COST), **changes)
    elements = Elements(sources(one, "turn-1", "en", lookup))
    assert elements.named("li", id="turn-1-source-1")
    assert not elements.named("a")


def test_no_way_back_leads_into_the_line_that_the_short_answer_replaces() -> None:
    one = answer("310 [1]\nIt cost 310. [1]", cite(1, COST), short_answer="310 [1]")
    assert first_marks(one) == {1: 21}
    assert "id='turn-1-cite-1'" in answer_text(one, "turn-1", "en")


# ---- cards ----


def test_a_card_shows_title_language_date_file_and_page_and_its_words_in_their_paragraph() -> None:
    one = replace(cite(1, COST, matched=("310 crowns",)), page=3)
    card = source_card(one, "turn-1", "en", lookup)
    assert Elements(card).text.startswith("1The millEnglish1954-06-01en/mill.mdpage 3The mill was repaired")
    assert "<mark>The work cost <strong>310 crowns</strong>.</mark>" in card


def test_what_matched_is_marked_in_a_quote_of_the_other_language() -> None:
    card = source_card(cite(1, "合作社更新了软件。", GARDEN, matched=("软件",)), "turn-1", "en", lookup)
    assert "<blockquote dir='auto' lang=\"" not in card
    assert "<blockquote dir='auto' lang='zh-Hans'><mark>合作社更新了<strong>软件</strong>。</mark>" in card


def test_a_passage_that_was_only_retrieved_shows_date_file_and_page_and_no_bare_figure() -> None:
    paged = replace(MILL, pages=(0, TEXT.index(WHEEL)))
    at = place(WHEEL)
    found = Hit(Passage("mill", at.start, at.end, WHEEL, "en"), MILL.source, MILL.title, -0.17, 2)
    card = passage_card(found, "turn-1", "en", lambda _: paged)
    assert Elements(card).text.startswith("The millEnglish1954-06-01en/mill.mdpage 2Its wheel")
    assert "0.17" not in card
    gone = passage_card(found, "turn-1", "en", lambda _: None)
    assert "no longer in the index" in gone
    assert "<button" not in gone


def test_an_article_is_read_once_for_all_cards_of_a_turn() -> None:
    read: list[str] = []

    def counting(article_id: str) -> Article | None:
        read.append(article_id)
        return lookup(article_id)

    sources(answer("a [1] b [2]", cite(1, COST), cite(2, WHEEL)), "turn-1", "en", counting)
    assert read == ["mill"]


def test_the_details_are_offered_where_the_search_is_remembered() -> None:
    found = Evidence("What?", "en", (hit(1, 0.9),))
    assert Elements(drawn_turn(asked_turn(cite(1, COST), evidence=found), "en", lookup)).named(
        "button", **{"data-details": "turn-1"}
    )
    assert "data-details" not in drawn_turn(asked_turn(cite(1, COST)), "en", lookup)


# ---- what a button asks for ----


@given(
    st.text(),
    st.tuples(st.integers(), st.integers()),
    st.sampled_from(["", "zh-Hans", "zh-Hant"]),
    st.none() | st.tuples(st.integers(), st.integers()),
)
def test_what_is_asked_for_is_read_as_it_was_written(
    article_id: str, offsets: tuple[int, int], script: str, part: tuple[int, int] | None
) -> None:
    safe = re.sub("[\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f\ud800-\udfff]", "", article_id)
    asked = Asked(safe or "a", Span(*offsets), "turn-7", script, Span(*part) if part else None)  # type: ignore[arg-type]
    (button,) = Elements(f"<button{asked.attributes()}>").named("button")
    assert Asked.read({name.removeprefix("data-"): value for name, value in button.items()}) == asked


def test_an_unknown_script_or_turn_is_no_wish() -> None:
    sent = {"article": "mill", "start": "0", "end": 3, "turn": "turn-9", "script": "<b>"}
    asked = Asked.read(sent)
    assert asked == Asked("mill", Span(0, 3), "turn-9")
    assert marks(opened(MILL, asked, (asked_turn(cite(1, COST)),), "en"), "also") == []
    with pytest.raises(KeyError):
        Asked.read({"article": "mill"})
    with pytest.raises(ValueError, match="invalid literal"):
        Asked.read({**sent, "start": "x"})


# ---- whole articles ----


def test_every_citation_of_an_article_is_marked_with_its_number_and_the_opened_place_stands_out() -> None:
    turns = (asked_turn(cite(1, COST), cite(2, WHEEL), cite(3, "茶园在山上。", GARDEN)),)
    html = opened(MILL, Asked("mill", place(WHEEL), "turn-1"), turns, "en")
    assert marks(html) == [WHEEL]
    assert marks(html, "also") == [COST]
    numbers = [own["data-cited"] for own in Elements(html).named("bdi", **{"class": "number"})]
    assert numbers == ["1", "2"]
    assert text_of(html) == TEXT
    assert html.index("data-cited='1'") < html.index(COST) < html.index("data-cited='2'") < html.index(WHEEL)


def test_what_matched_the_question_is_stronger_in_the_whole_article_too() -> None:
    html = panel(MILL, place(COST), "en", cited=[cite(1, COST, matched=("cost", "310 crowns"))])
    assert "<mark>The work <strong>cost</strong> <strong>310 crowns</strong>.</mark>" in html


def test_two_citations_of_the_same_words_stand_before_one_mark() -> None:
    html = panel(MILL, place(COST), "en", cited=[cite(2, COST), cite(1, COST)])
    assert marks(html) == [COST]
    assert html.index("data-cited='1'") < html.index("data-cited='2'") < html.index("<mark>")
    assert not Elements(html).asking("place")


def test_citations_that_overlap_hide_no_word() -> None:
    inner = "repaired in 1954. The work cost"
    html = panel(MILL, place(REPAIRED), "en", cited=[cite(1, REPAIRED), cite(2, inner), cite(3, COST)])
    assert "".join(marks(html)) == REPAIRED
    assert "".join(marks(html, "also")) == f" {COST}"
    assert text_of(html) == TEXT


def test_the_cited_places_can_be_gone_to() -> None:
    turns = (asked_turn(cite(1, COST), cite(2, WHEEL)),)
    html = opened(MILL, Asked("mill", place(WHEEL), "turn-1"), turns, "zh-Hant")
    elements = Elements(html)
    assert elements.asking("place") == [Asked("mill", place(COST), "turn-1"), Asked("mill", place(WHEEL), "turn-1")]
    (current,) = elements.named("button", **{"aria-current": "true"})
    assert (current["data-number"], current["aria-label"]) == ("2", "跳到出處 2")


def test_a_citation_whose_words_are_no_longer_there_is_shown_as_it_was_cited() -> None:
    changed = replace(MILL, text=TEXT.replace("310", "more than 400"))
    html = panel(changed, place(COST), "en", cited=[cite(1, COST)])
    assert marks(html) == []
    assert "This article has changed since it was cited." in html
    assert f"<blockquote dir='auto' lang='en'>{COST}</blockquote>" in html
    assert text_of(html) == changed.text


def test_pages_are_numbered_where_they_begin() -> None:
    paged = replace(MILL, pages=(0, TEXT.index(COST), TEXT.index("Forty")))
    html = panel(paged, place(COST), "zh-Hans", cited=[cite(1, COST)])
    labels = re.findall("<span class='page-mark'>(.*?)</span>", html)
    assert labels == ["第 1 页", "第 2 页", "第 3 页"]
    assert text_of(html) == TEXT
    assert '<bdi class="fact">第 2 页</bdi>' in html
    assert html.index(">第 2 页</span>") < html.index("data-cited='1'") < html.index(COST)


def test_headings_and_furniture_keep_their_look_beside_the_marks() -> None:
    framed = replace(MILL, boilerplate=(place("Forty people came to see it."),))
    html = panel(framed, place(COST), "en")
    heading = "<div class='heading h1' role='heading' aria-level='3'>"
    assert f"{heading}<span class='hidden'># </span>The mill<span class='hidden'>\n</span></div>" in html
    assert "<span class='furniture'>Forty people came to see it.</span>" in html


@given(
    st.lists(st.sampled_from(["字", "词 ", "内存", "软件", "a", ". ", "。", "\n", "\n\n", "后", *MARKS])).map("".join),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5),
    st.lists(st.integers(0, 40), max_size=3),
    st.sampled_from(["", "zh-Hant"]),
)
def test_every_word_of_an_article_is_shown_once_wherever_marks_stand(
    text: str, spans: list[tuple[int, int]], pages: list[int], script: Language
) -> None:
    whole = Span(0, len(text))
    article = Article("a", "a.md", "A", "zh-Hans", text, pages=tuple(sorted({0, *pages})))
    cited = tuple(
        Citation(n, "a:0-1", "a", "a.md", "A", "zh-Hans", min(s), max(s), text[min(s) : max(s)], True, 1.0)
        for n, s in enumerate(spans, start=1)
    )
    matched = tuple(replace(one, matched=(Span(one.start + 1, one.end),)) for one in cited)
    reading = converted(text, whole, script) if script else None
    html = article_text(
        Marked(article, whole, Span(*sorted(spans[0])) if spans else Span(0, 0), matched, reading), "en"
    )
    bare = re.sub("<bdi class='number'.*?</bdi>|<span class='page-mark'>.*?</span>", "", html)
    expected = "".join(reading.between([0, len(text)])) if reading else text
    assert unescape(re.sub("<[^>]*>", "", bare)) == expected
    assert nested(html)


# ---- the other script ----


def test_an_article_can_be_read_in_the_other_script_with_its_marks_in_place() -> None:
    one = cite(1, "内存增加了一倍，信息更快送到茶园。", GARDEN, matched=("内存", "信息"))
    asked = Asked("garden", place(one.quote, GARDEN), "turn-1", "zh-Hant")
    html = opened(GARDEN, asked, (asked_turn(one),), "en")
    # 内存 (two characters) becomes 記憶體 (three)
    assert "<mark><strong>記憶體</strong>增加了一倍，<strong>資訊</strong>更快送到茶園。</mark>" in html
    assert text_of(html) == "合作社更新了軟體。記憶體增加了一倍，資訊更快送到茶園。\n\n茶園在山上。"
    assert "茶園的軟體</bdi></h2>" in html
    assert "Converted by machine; the original is in Simplified Chinese." in html


def test_the_words_as_written_stay_within_reach() -> None:
    quote = "内存增加了一倍，信息更快送到茶园。"
    html = opened(GARDEN, Asked("garden", place(quote, GARDEN), "", "zh-Hant"), (), "en")
    assert "<details class='original'><summary>The marked words as written</summary>" in html
    assert f"lang='zh-Hans'>{quote}</blockquote>" in html
    (back,) = Elements(html).asking("script")
    assert back == Asked("garden", place(quote, GARDEN))


def test_the_switch_keeps_the_place_and_says_where_it_leads() -> None:
    asked = Asked("garden", Span(0, 9), "turn-1")
    html = opened(GARDEN, asked, (), "zh-Hans")
    assert "lang='zh-Hans'>" in html
    assert "转为繁体阅读" in html
    (other,) = Elements(html).asking("script")
    assert other == replace(asked, script="zh-Hant")
    assert "按原文阅读" in opened(GARDEN, other, (), "zh-Hans")
    assert "转为简体阅读" in panel(replace(GARDEN, language="zh-Hant"), Span(0, 0), "zh-Hans")


def test_an_english_article_has_no_other_script() -> None:
    html = opened(MILL, Asked("mill", place(COST), "", "zh-Hant"), (), "en")
    assert not Elements(html).asking("script")
    assert text_of(html) == TEXT


@given(st.text(alphabet="软件内存信息鼠标发后里。！ \na1"), st.lists(st.integers(-3, 60), min_size=1))
def test_between_any_offsets_lies_the_whole_converted_text_in_order(text: str, offsets: list[int]) -> None:
    reading = converted(text, Span(0, len(text)), "zh-Hant")
    edges = sorted({0, len(text), *(min(max(offset, 0), len(text)) for offset in offsets)})
    assert "".join(reading.between(edges)) == "".join(run.converted for run in reading.runs)


def test_offsets_of_a_part_are_those_of_the_whole_article() -> None:
    start = SIMPLIFIED.index("内存")
    reading = converted(SIMPLIFIED, Span(start, len(SIMPLIFIED)), "zh-Hant")
    assert reading.between([start, start + 2, start + 7]) == ["記憶體", "增加了一倍"]


# ---- long articles ----


def test_a_long_article_is_read_on_part_by_part_without_a_gap() -> None:
    text = "一行茶园的文字。\n" * 60_000
    article = replace(GARDEN, text=text)
    asked: Asked | None = Asked("garden", Span(9, 17), "", "")
    read = ""
    while asked is not None:
        html = opened(article, asked, (), "en")
        assert "This article is long: part of it is shown" in html
        read += text_of(html)
        further = Elements(html).asking("later")
        asked = further[0] if further else None
    assert read == text


@given(st.text(alphabet="ab\n", min_size=1, max_size=60), st.integers(0, 60), st.integers(1, 12))
def test_the_parts_before_and_after_touch_the_part_shown(text: str, at: int, limit: int) -> None:
    shown = panels.window(text, Span(min(at, len(text)), min(at, len(text))), limit)
    earlier, later = before(text, shown, limit), after(text, shown, limit)
    assert (earlier is None) == (shown.start == 0)
    assert (later is None) == (shown.end == len(text))
    if earlier:
        assert earlier.end == shown.start
        assert 0 < earlier.end - earlier.start <= limit
    if later:
        assert later.start == shown.end
        assert 0 < later.end - later.start <= limit


def test_no_more_is_shown_than_a_browser_can_draw_whatever_is_asked_for() -> None:
    article = replace(MILL, text="line\n" * 100_000)
    html = opened(article, Asked("mill", Span(-5, 10**9), "", "", Span(-10, 10**9)), (), "en")
    assert len(text_of(html)) == LIMIT


# ---- the details of a search ----


def hit(rank: int, score: float, language: Language = "en", **components: float) -> Hit:
    passage = Passage("mill", rank, rank + 5, f"text {rank}", language)
    return Hit(passage, "en/mill.md", f"Title {rank}", score, rank, components)


def outcomes(found: Evidence, one: Answer | None = None) -> list[str]:
    cells = re.findall("<td class='outcome'>(.*?)</td>", details.table(found, one, "en", lookup))
    return [unescape(cell) for cell in cells]


def test_the_rule_that_the_details_explain_is_the_rule_of_the_search() -> None:
    assert (details.KEEP_SHARE, details.AT_LEAST) == (rule.KEEP_SHARE, rule.AT_LEAST)


def test_each_candidate_says_what_became_of_it() -> None:
    scores = (1.0, 0.9, 0.8, 0.4, 0.3, 0.7, 0.6, 0.55, 0.54, 0.2)
    hits = [hit(rank, score) for rank, score in enumerate(sorted(scores, reverse=True), start=1)]
    found = rule.select_evidence("What?", "en", hits, 6)
    cited = replace(cite(2, COST), passage_id=hits[0].passage.id)
    assert outcomes(found, answer("[2]", cited)) == [
        "Cited as [2]",
        *["Kept, not cited"] * 5,
        *["Left out: only 6 are kept"] * 1,
        "Left out: less than 50% of the best score",
        "Left out: less than 50% of the best score",
        "Left out: less than 50% of the best score",
    ]


def test_the_first_few_are_kept_however_weak_and_a_smaller_limit_leaves_them_out() -> None:
    hits = [hit(rank, score) for rank, score in enumerate((1.0, 0.1, 0.1, 0.1, 0.1, 0.1), start=1)]
    least = "Kept, not cited: the first 5 always are"
    assert outcomes(rule.select_evidence("What?", "en", hits, 8)) == [
        "Kept, not cited",
        *[least] * 4,
        "Left out: less than 50% of the best score",
    ]
    assert outcomes(rule.select_evidence("What?", "en", hits, 2))[2:] == [
        *["Left out: only 2 are kept"] * 3,
        "Left out: less than 50% of the best score",
    ]


def test_a_passage_moved_up_for_its_language_says_so() -> None:
    hits = [hit(rank, 1.0 - rank / 50) for rank in range(1, 8)] + [hit(8, 0.6, "zh-Hans")]
    found = rule.select_evidence("What?", "en", hits, 8)
    assert outcomes(found)[4] == "Kept, not cited: moved up so that both languages are among the first"
    assert outcomes(found).count("Kept, not cited") == 7


@given(st.lists(st.floats(-1, 1, allow_nan=False), max_size=12), st.integers(0, 9))
def test_what_is_left_out_and_what_is_kept_is_told_as_it_is(scores: list[float], limit: int) -> None:
    hits = [hit(rank, score) for rank, score in enumerate(sorted(scores, reverse=True), start=1)]
    found = rule.select_evidence("What?", "en", hits, limit)
    told = outcomes(found)
    assert [one.startswith("Kept") for one in told] == [True] * len(found.hits) + [False] * len(found.cut)


def test_the_table_names_only_the_components_there_are_in_plain_words() -> None:
    found = Evidence(
        "What?",
        "en",
        (hit(1, 0.91, late=0.81, dense=0.5, gain=0.13), hit(2, 0.4, "zh-Hant", late=0.3, balance=-0.2, novel=1.5)),
    )
    html = details.table(found, None, "en", lookup)
    heads = [unescape(re.sub("<.*?>", "", head)) for head in re.findall("<th scope='col'.*?>(.*?)</th>", html)]
    assert heads[:5] == ["Rank", "Passage", "Score", "What became of it", "Its words"]
    assert heads[5:] == ["Word by word", "Meaning", "Close reading", "Other language", "novel"]
    figures = re.findall("<td class='figure'>(.*?)</td>", html)
    assert figures[:7] == ["1", "0.91", "0.81", "0.50", "+0.13", "–", "–"]
    assert figures[7:] == ["2", "0.40", "0.30", "–", "–", "-0.20", "1.50"]
    assert html.count("<th scope='row'>") == 2
    assert "Traditional Chinese" in html
    assert "mill:2-7" in html


def test_the_details_say_how_many_and_what_was_searched_for_in_each_language() -> None:
    found = Evidence("What of <mill>?", "en", (hit(1, 0.9),), (hit(2, 0.3),))
    turns = (asked_turn(evidence=found),)
    assert "compared these 2 passages and kept the first 1" in details.opened("turn-1", turns, "en", lookup)
    assert "检索比较了以下 2 段，保留前 1 段" in details.opened("turn-1", turns, "zh-Hans", lookup)
    assert "檢索比較了以下 2 段，保留前 1 段" in details.opened("turn-1", turns, "zh-Hant", lookup)
    assert "What of &lt;mill&gt;?" in details.opened("turn-1", turns, "en", lookup)


def test_details_that_are_not_kept_are_missed_politely() -> None:
    assert "no longer kept" in details.opened("turn-2", (asked_turn(),), "en", lookup)
    assert "no longer kept" in details.opened("turn-1", (asked_turn(),), "en", lookup)
    assert "found no passage" in details.opened("turn-1", (asked_turn(evidence=Evidence("?", "en", ())),), "en", lookup)


def test_a_turn_remembers_its_search_with_the_first_words_of_what_was_cut() -> None:
    long = hit(2, 0.3)
    long = replace(long, passage=replace(long.passage, text="Its wheel turns again. " * 20))
    found = Evidence("What?", "en", (hit(1, 0.9),), (long,))
    one = Turn(3, "What?").after(AnswerEvent("evidence", evidence=found))
    one = one.after(AnswerEvent("answer", answer=answer("It cost 310.")))
    assert one.name == "turn-3"
    assert one.evidence is not None
    assert one.evidence.hits == found.hits
    first_words = "Its wheel turns again. Its wheel turns again. It"
    assert [(cut.passage.id, cut.passage.text) for cut in one.evidence.cut] == [("mill:2-7", first_words)]


def test_the_words_of_each_candidate_come_from_the_index_at_hand() -> None:
    at = place(f"{REPAIRED} {COST}")
    kept = Hit(Passage("mill", at.start, at.end, f"{REPAIRED} {COST}", "en"), MILL.source, MILL.title, 0.9, 1)
    cut = replace(kept, passage=replace(kept.passage, text=REPAIRED[:9]), rank=2)
    html = details.table(Evidence("What?", "en", (kept,), (cut,)), None, "en", lookup)
    words = [unescape(re.sub("<.*?>", "", cell)) for cell in re.findall("<td class='words'>(.*?)</td>", html)]
    assert words == [f"{REPAIRED} The work cost 310…{REPAIRED} {COST}"] * 2


@pytest.mark.parametrize("index_at_hand", [lambda _: None, lambda _: replace(MILL, text=f"New words. {TEXT}")])
def test_a_candidate_that_the_index_no_longer_holds_says_so_beside_its_first_words(index_at_hand: Lookup) -> None:
    at = place(REPAIRED)
    cut = Hit(Passage("mill", at.start, at.end, REPAIRED[:9], "en"), MILL.source, MILL.title, 0.9, 1)
    html = details.table(Evidence("What?", "en", (), (cut,)), None, "zh-Hant", index_at_hand)
    assert "<p dir='auto' lang='en'>The mill </p><p class='doubt'>這一段已不在索引中。</p>" in html
    assert "<summary>" not in html


# ---- hostile words ----


def hostile_pages() -> Iterator[str]:
    evil = Article("'><b>", HOSTILE, HOSTILE, "zh-Hans", f"{HOSTILE}。{HOSTILE}。软件", HOSTILE, HOSTILE)
    cited = replace(cite(1, HOSTILE, evil), matched=(Span(3, 12),))
    found = Hit(Passage(evil.id, 0, 9, HOSTILE, "zh-Hans"), HOSTILE, HOSTILE, 1.0, 1, {HOSTILE: 1.0})
    remembered = Evidence(HOSTILE, "en", (found,), (found,))
    one = replace(asked_turn(cited, evidence=remembered), question=HOSTILE)
    yield drawn_turn(one, "en", lambda _: evil)
    yield drawn_turn(one, "en", lambda _: None)
    yield passage_card(found, "turn-1", "en", lambda _: evil)
    yield details.opened("turn-1", (one,), "en", lookup)
    yield details.opened("turn-1", (one,), "en", lambda _: evil)
    for script in ("", "zh-Hant"):
        yield opened(evil, Asked(evil.id, Span(3, 40), "turn-1", script), (one,), "en")
    yield opened(replace(evil, text="otherwise"), Asked(evil.id, Span(0, 5), "turn-1"), (one,), "en")


def test_nothing_foreign_becomes_markup_or_turns_the_page_around() -> None:
    for page in hostile_pages():
        elements = Elements(page)
        names = {name for name, _ in elements.found}
        assert not names & {"script", "img", "b"}
        assert [name for name, _ in elements.found].count("dialog") <= 1
        given_names = {name for _, own in elements.found for name in own}
        assert not [name for name in given_names if name.startswith("on") or name in ("src", "style")]
        assert "script>ran=1</script>" in elements.text
        assert "\u202e" not in page
        assert "\ufffdgnp" in elements.text


def test_words_that_run_from_right_to_left_stay_inside_their_elements() -> None:
    hebrew = Article("h", "עברית.md", "הטחנה", "en", "הטחנה תוקנה בשנת 1954. העבודה עלתה 310.")
    one = cite(1, "העבודה עלתה 310.", hebrew)
    html = panel(hebrew, place(one.quote, hebrew), "en", cited=[one])
    assert '<bdi lang="en">הטחנה</bdi></h2>' in html
    assert '<bdi class="fact">עברית.md</bdi>' in html
    assert "dir='auto'" in html
    assert "<bdi class='number'" in html
    card = source_card(one, "turn-1", "en", lambda _: hebrew)
    assert "<blockquote dir='auto'" in card
    assert '<bdi class="fact">עברית.md</bdi>' in card
