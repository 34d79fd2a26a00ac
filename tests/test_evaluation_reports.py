"""What reports promise: self-contained pages in three languages, comparisons and thresholds."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import BadRequest
from rag.evaluation.charts import Axis, Bar, Series, bars, heat, lines
from rag.evaluation.compare import Gate, check_gates, common, compare_runs, parse_gate, read_gates
from rag.evaluation.failure_views import failure_view, pieces_of
from rag.evaluation.losses import LOSSES
from rag.evaluation.report import SECTIONS, Report, change_table, failures
from rag.evaluation.report import heat as heat_of
from rag.evaluation.report_html import html_report
from rag.evaluation.report_markdown import markdown_report
from rag.evaluation.run_folder import Run
from rag.evaluation.summary import summarise
from rag.evaluation.types import Judged, Missing, Place
from rag.evaluation.words import FIGURE_NOTES, WORDS
from rag.types import LANGUAGES
from tests.test_messages import gaps, only_of_the_other_script

PLACE = Place("a.md", "a.md", "zh-Hans", 4, 12, "", "exact")
CITATION = {
    "number": 1, "article_id": "a.md", "source": "a.md", "start": 4, "end": 12, "quote": "一次<可以>四趟",
    "matched": [[4, 6], [10, 12]], "supported": True,
}  # fmt: skip


def row(key: str, correct: float, loss: str = "", question: str = "渡轮往返几趟？") -> Judged:
    return Judged(
        id=key, question=question, language="zh-Hans", type="number", answerable=True, answers=("四趟",),
        places=(PLACE,), directions=("zh-Hans", "all"), refused=False, confidence=0.4,
        scores={"recall@1": 0.0, **dict.fromkeys(("correct", "recall@5", "complete@5", "found_zh-Hans@5"), correct)},
        answer={"answer": "“一次<可以>四趟” [1]", "citations": [CITATION]},
        retrieved=("b.md:0-5", "a.md:0-20"), stages_ms={"retrieve": 2.0, "total": 5.0}, loss=loss,
    )  # fmt: skip


ROWS = (row("r1", 1.0), row("r2", 0.0, "wrong_span", 'Is "a | b" <b>bold</b>?'), row("r3", 1.0))
LOST = Missing("r9", "gone.md", "no such words", "quote")


def report(language: str = "en", rows: tuple[Judged, ...] = ROWS, **values: object) -> Report:
    run = Run(Path("runs/one"), {"workers": 2, "date": "2025-01-01"}, rows, summarise(rows, [LOST]))
    return Report(run, language, words_of=lambda place: "一次<可以>四趟", **values)  # type: ignore[arg-type]


class Page(HTMLParser):
    """Which elements a page has open, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href", "srcset", "action", "data")]
        if tag not in ("meta", "rect", "line", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [f"{tag} {name}" for name, _ in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_asks_for_nothing_and_closes_what_it_opens(language: str) -> None:
    text = html_report(report(language))
    page = Page()
    page.feed(text)
    assert page.open == []
    assert page.addresses == []
    assert "http" not in text.replace("http-equiv", "")
    assert "url(" not in text
    assert "@import" not in text
    assert f'<html lang="{language}">' in text
    assert WORDS["failures"][LANGUAGES.index(language)] in text  # type: ignore[arg-type]


def test_what_articles_and_questions_say_is_never_markup() -> None:
    text = html_report(report())
    assert "<b>bold</b>" not in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<可以>" not in text
    summary = markdown_report(report())
    assert r"a \| b" in summary
    assert r"\<b\>bold" in summary


def test_both_forms_show_the_same_figures() -> None:
    for text in (html_report(report()), markdown_report(report())):
        assert "0.667" in text
        assert "complete@5" in text
        assert "gone.md" in text
        assert "r2" in text


def test_a_failure_shows_what_was_cited_and_where_the_evidence_stood() -> None:
    (lost,) = failures(report())
    view = failure_view(report(), lost)
    assert view.loss_word == "wrong words of the right passage"
    assert view.evidence[0].rank == 2
    assert view.quotes[0].right
    assert [(piece.text, piece.marked) for piece in view.quotes[0].pieces] == [
        *(("一次", True), ("<可以>", False), ("四趟", True)),
    ]
    assert "<mark>四趟</mark>" in html_report(report())


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5))
def test_the_pieces_of_a_quote_are_the_quote(quote: str, matched: list[tuple[int, int]]) -> None:
    assert "".join(piece.text for piece in pieces_of(quote, 10, matched)) == quote


def test_the_heat_map_goes_by_the_languages_of_question_and_article() -> None:
    cells = heat_of(report())
    assert cells.values[1][1] == pytest.approx(2 / 3)
    assert cells.notes[1][1] == "0.67 (n=3)"
    assert cells.values[0] == (None, None, None)


def test_charts_place_values_on_their_axes() -> None:
    drawn = bars("t", [Bar("x & y", 0.5, 0.25, 0.75, "n=4")])
    wide = 640 - 150 - 116
    assert f'width="{wide / 2:.0f}"' in drawn
    assert f"M{150 + wide / 4:g} " in drawn
    assert "x &amp; y" in drawn
    line = lines("t", [Series("s", ((0.0, 0.0), (1.0, 1.0)))], Axis.share("x"), Axis.share("y"))
    assert 'points="54,234 624,14"' in line
    assert heat("t", ["a"], ["b"], [[None]], [[""]]).count("<rect") == 1


@given(st.floats(-5, 5), st.floats(-5, 5), st.floats(-5, 5))
def test_no_value_leaves_its_axis(low: float, high: float, value: float) -> None:
    assert 0 <= Axis("", low, high, ()).place(value) <= 1


@pytest.mark.parametrize("key", sorted({**WORDS, **FIGURE_NOTES}))
def test_a_word_of_a_report_has_three_texts_that_say_the_same(key: str) -> None:
    english, simplified, traditional = {**WORDS, **FIGURE_NOTES}[key]
    assert english
    assert simplified
    assert traditional
    assert gaps(english) == gaps(simplified) == gaps(traditional)
    assert not only_of_the_other_script(simplified, "zh-Hans")
    assert not only_of_the_other_script(traditional, "zh-Hant")


def test_every_loss_and_every_figure_shown_is_explained() -> None:
    assert {f"loss.{name}" for name in LOSSES} <= set(WORDS)
    assert {name for names in SECTIONS.values() for name in names} == set(FIGURE_NOTES)


def test_runs_are_compared_on_the_questions_of_both() -> None:
    before = (row("r1", 0.0), row("r2", 0.0), row("r8", 1.0))
    changes = {(one.group, one.metric): one.comparison for one in compare_runs(before, ROWS)}
    assert common(before, ROWS) == 2
    one = changes["all", "correct"]
    assert (one.before, one.after, one.difference.value, one.difference.n) == (0.0, 0.5, 0.5, 2)
    assert changes["zh-Hans", "correct"] == one
    assert compare_runs((row("other", 1.0),), ROWS) == ()


def test_a_comparison_is_shown_with_its_baseline() -> None:
    shown = report(changes=compare_runs(ROWS, ROWS), baseline="older", common=3)
    table = change_table(shown)
    assert table is not None
    # directions in which nothing changed are left out
    assert {cells[0].text for cells in table.rows} == {"all"}
    assert "older" in markdown_report(shown)
    assert "older" in html_report(shown)
    assert change_table(report()) is None


@pytest.mark.parametrize(
    ("text", "gate"),
    [
        ("recall@5=0.9", Gate("all", "recall@5", 0.9)),
        ("zh-en/recall@5=0.8", Gate("zh-en", "recall@5", 0.8)),
        ("zh→en/mrr@10 = .5", Gate("zh-en", "mrr@10", 0.5)),
        ("all/f1=1", Gate("all", "f1", 1.0)),
    ],
)
def test_a_threshold_names_a_figure_and_maybe_a_direction(text: str, gate: Gate) -> None:
    assert parse_gate(text) == gate


@pytest.mark.parametrize("text", ["recall@5", "=0.9", "fr/recall@5=0.8", "recall@5=high", "recall@5=nan", "/x=1=", ""])
def test_a_threshold_that_names_nothing_is_an_error(text: str) -> None:
    with pytest.raises(BadRequest, match="DIRECTION/METRIC"):
        parse_gate(text)


def test_thresholds_are_met_by_figures_as_high_and_never_by_none() -> None:
    gates = [
        Gate("all", "correct", 2 / 3),
        Gate("all", "correct", 0.7),
        Gate("all", "nothing", 0.0),
        Gate("en", "correct", 0),
    ]
    verdicts = check_gates(gates, summarise(ROWS))
    assert [verdict.met for verdict in verdicts] == [True, False, False, False]
    assert verdicts[2].value is None
    text = markdown_report(report(verdicts=verdicts))
    assert "**missed**" in text
    assert "**no such figure**" in text


def test_a_gate_file_holds_a_table_for_each_direction(tmp_path: Path) -> None:
    file = tmp_path / "gate.toml"
    file.write_text('[all]\n"recall@5" = 0.9\n[zh-en]\ncorrect = 1\n', encoding="utf-8")
    assert read_gates(file) == (Gate("all", "recall@5", 0.9), Gate("zh-en", "correct", 1.0))


@pytest.mark.parametrize("text", ["x = 1", "[all]\nf1 = 'high'", "[fr]\nf1 = 1", "[all]\nf1 = true", "[all"])
def test_a_gate_file_with_anything_else_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "gate.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadRequest, match=re.escape("gate.toml")):
        read_gates(file)
    with pytest.raises(BadRequest):
        read_gates(tmp_path / "none.toml")
