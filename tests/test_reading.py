"""Reading: what every kind of file gives, and what is known about it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import BadRequest, UnreadableFile
from rag.ingestion.decoding import decode
from rag.ingestion.files import iter_files
from rag.ingestion.metadata import date_in_name, split_front_matter, valid_date, valid_language
from rag.ingestion.pdf import join_pages
from rag.ingestion.readers import RawArticle, read_file

HANS = "港口今年春天重新开放，市长表示，费用共计四千万元，是原来计划的两倍。"
HANT = "港口今年春天重新開放，市長表示，費用共計四千萬元，是原來計畫的兩倍。"


def read(folder: Path, name: str, content: str | bytes) -> RawArticle:
    """Write a file and read its one article."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (article,) = read_file(path, name)
    assert isinstance(article, RawArticle)
    return article


def pdf(path: Path, pages: list[list[str]], title: str = "", chinese: bool = False, password: str = "") -> None:
    """A PDF with these lines on its pages."""
    encryption = import_module("reportlab.lib.pdfencrypt")
    canvases = import_module("reportlab.pdfgen.canvas")
    metrics = import_module("reportlab.pdfbase.pdfmetrics")
    fonts = import_module("reportlab.pdfbase.cidfonts")
    encrypt = encryption.StandardEncryption(password, strength=40) if password else None
    canvas = canvases.Canvas(str(path), encrypt=encrypt)
    font = "STSong-Light" if chinese else "Helvetica"
    if chinese:
        metrics.registerFont(fonts.UnicodeCIDFont(font))
    if title:
        canvas.setTitle(title)
    for lines in pages:
        text = canvas.beginText(50, 780)
        text.setFont(font, 11)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()


def test_plain_text_is_kept_as_it_is_written(tmp_path: Path) -> None:
    text = "  First line.\r\n\r\nSecond\tline – with “quotes”.\rThird.\n\n"
    assert read(tmp_path, "a.txt", text).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5"])
@pytest.mark.parametrize("text", [HANT, HANT * 200 + "\n" + "API 2.0 costs 40 dollars.\n" * 3])
def test_every_encoding_of_traditional_chinese_reads_the_same(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path, "a.txt", (text + "\n").encode(encoding)).text == text + "\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "gb18030"])
def test_every_encoding_of_simplified_chinese_reads_the_same(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "a.txt", (HANS + "\n").encode(encoding)).text == HANS + "\n"


def test_utf_16_english_without_a_mark_is_recognised() -> None:
    text = "The harbour opened on Monday.\nIt cost 40 million.\n"
    assert decode(text.encode("utf-16-le"), "a.txt") == text


def test_windows_quotes_in_english_are_read() -> None:
    text = "The café opened – “at last”, he said. It costs €40 and more text follows here.\n" * 3
    assert decode(text.encode("cp1252"), "a.txt") == text


def test_nul_and_lone_surrogates_are_replaced() -> None:
    assert decode(b"good text, one\0 slip and much more text after it", "a") == (
        "good text, one\ufffd slip and much more text after it"
    )
    assert decode("港口开放".encode() + b"\xed\xa0\x80 x", "a") == "港口开放\ufffd x"


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1))
def test_any_utf_8_text_is_decoded_exactly(text: str) -> None:
    expected = text.removeprefix("\ufeff")
    assert decode(text.encode(), "a.txt") == expected or text.startswith(
        ("RIFF", "ID3", "%PDF-", "OggS", "BZh", "GIF8")
    )


def test_front_matter_gives_the_metadata_and_is_not_text(tmp_path: Path) -> None:
    article = read(
        tmp_path,
        "harbour.md",
        "---\ntitle: 港口開放\ndate: 2024-05-06\nlanguage: zh-TW\nsource: https://example.org/a\n---\n\n" + HANT,
    )
    assert (article.title, article.date, article.language) == ("港口開放", "2024-05-06", "zh-Hant")
    assert article.url == "https://example.org/a"
    assert article.text == "\n" + HANT


def test_a_source_that_is_no_address_is_not_taken_for_one(tmp_path: Path) -> None:
    article = read(tmp_path, "a.md", "---\nsource: Harbour News, May 2024\n---\nThe harbour opened on Monday.")
    assert article.url is None


@pytest.mark.parametrize("block", ["---\ntitle: [broken\n---\n", "---\njust words\n---\n", "---\ntitle: x\n"])
def test_broken_front_matter_is_text(block: str) -> None:
    front = split_front_matter(block + "The harbour opened.")
    assert front.body == block + "The harbour opened."
    assert not front.values


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        (
            "harbour-report.md",
            "Some words first.\n\n## The **new** [harbour](http://e.org) ##\n\nIt opened.",
            "The new harbour",
        ),
        (
            "harbour-report.txt",
            "A harbour opens\n\nThe new harbour opened on Monday after nine years.",
            "A harbour opens",
        ),
        ("harbour-report.txt", "The new harbour opened on Monday after nine years.\nMore.", "harbour-report"),
        ("港口.txt", "文 | 某某\n新港口在九年之后终于在星期一开放了。\n更多。", "港口"),
        ("04.txt", "The harbour opened.\nMore.", "The harbour opened."),
    ],
)
def test_the_title_is_the_best_there_is(tmp_path: Path, name: str, text: str, title: str) -> None:
    assert read(tmp_path, name, text).title == title


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-02-29", "2024-02-29"), ("2023-02-29", None), ("2024", "2024"), (2024, "2024"), ("2024-5", "2024-05"),
        ("2024/05/06", "2024-05-06"), ("2024年5月6日", "2024-05-06"), ("2024-05-06T10:00:00Z", "2024-05-06"),
        ("2024-13", None), ("yesterday", None), (None, None), (True, None), ("20240506", "2024-05-06"), (12, None),
    ],
)  # fmt: skip
def test_only_real_dates_pass(value: object, date: str | None) -> None:
    assert valid_date(value) == date


@pytest.mark.parametrize(
    ("name", "date"),
    [
        ("2024-05-06-harbour", "2024-05-06"), ("harbour_20240506", "2024-05-06"), ("2024-05_notes", "2024-05"),
        ("2024-13-40-x", None), ("6ba753202405061ea", None), ("model-2048", None), ("notes", None),
    ],
)  # fmt: skip
def test_a_date_in_the_file_name_is_found(name: str, date: str | None) -> None:
    assert date_in_name(name) == date


@pytest.mark.parametrize(
    ("code", "language"),
    [("en-GB", "en"), ("zh_CN", "zh-Hans"), ("zh-Hant-HK", "zh-Hant"), ("zh", None), ("fr", None), (3, None)],
)
def test_language_codes_are_understood(code: object, language: str | None) -> None:
    assert valid_language(code) == language


def test_a_web_page_gives_its_main_text_with_headings(tmp_path: Path) -> None:
    page = (
        '<html><head><meta charset="utf-8"><title>Harbour opens | Site</title><meta property="og:title" '
        'content="Harbour opens"><meta property="article:published_time" content="2024-05-06T10:00Z">'
        '<link rel="canonical" href="https://example.org/harbour"></head><body><nav><a href="/">Home</a></nav><article>'
        "<h1>Harbour opens</h1><p>The new harbour opened on Monday\nafter nine years of work, said the mayor.</p>"
        "<h2>Costs</h2><p>It cost 40 million, twice the plan.</p><ul><li>Two piers were built</li>"
        "<li>One was repaired</li></ul></article><footer>© 2024 Site</footer></body></html>"
    )
    article = read(tmp_path, "a.html", page)
    assert article.title == "Harbour opens"
    assert article.date == "2024-05-06"
    assert article.url == "https://example.org/harbour"
    assert article.text == (
        "# Harbour opens\n\nThe new harbour opened on Monday after nine years of work, said the mayor.\n\n"
        "## Costs\n\nIt cost 40 million, twice the plan.\n\n- Two piers were built\n- One was repaired"
    )


def test_a_web_page_in_a_declared_encoding_is_read(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="gb2312"></head><body><article><p>{HANS}</p><p>{HANS[::-1]}</p></article></body>'
    article = read(tmp_path, "a.htm", page.encode("gb18030"))
    assert HANS in article.text
    assert article.language == "zh-Hans"


def test_a_tiny_web_page_still_gives_its_words(tmp_path: Path) -> None:
    assert "Closed on Mondays" in read(tmp_path, "a.html", "<p>Closed on Mondays</p>").text


def test_a_pdf_gives_paragraphs_and_the_offsets_of_its_pages(tmp_path: Path) -> None:
    first = [
        "The new harbour opened on Monday after nine years of con-",
        "struction work on the coast.",
        "",
        "It is big.",
    ]
    pdf(tmp_path / "a.pdf", [first, ["A second page follows here."]], title="The harbour report")
    (article,) = read_file(tmp_path / "a.pdf", "a.pdf")
    assert isinstance(article, RawArticle)
    assert article.title == "The harbour report"
    assert article.text == (
        "The new harbour opened on Monday after nine years of construction work on the coast.\n\nIt is big.\n\n"
        "A second page follows here."
    )
    assert [article.text[start : start + 8] for start in article.pages] == ["The new ", "A second"]


def test_a_chinese_pdf_joins_lines_without_spaces(tmp_path: Path) -> None:
    pdf(
        tmp_path / "a.pdf", [["港口今年春天重新开放，市长表示，费用共计四千万元，", "是原来计划的两倍。"]], chinese=True
    )
    (article,) = read_file(tmp_path / "a.pdf", "a.pdf")
    assert isinstance(article, RawArticle)
    assert article.text == HANS
    assert article.language == "zh-Hans"


def test_a_placeholder_is_not_a_pdf_title(tmp_path: Path) -> None:
    pdf(tmp_path / "harbour.pdf", [["The harbour opened on Monday."]], title="Microsoft Word - draft7.doc")
    (article,) = read_file(tmp_path / "harbour.pdf", "harbour.pdf")
    assert isinstance(article, RawArticle)
    assert article.title == "harbour"


def test_a_paragraph_over_a_page_break_stays_whole() -> None:
    pages = [
        "Harbour Weekly\nThe new harbour on the eastern coast opened on\nMonday after nine years of work, said the\n1",
        "Harbour Weekly\nmayor of the town, who had been there.\n2",
        "Harbour Weekly\nThe end of it all.\n3",
    ]
    text, starts = join_pages(pages)
    sentence = (
        "The new harbour on the eastern coast opened on Monday after nine years of work, said the "
        "mayor of the town, who had been there."
    )
    assert sentence in text
    assert text[starts[1] :].startswith("mayor of the town")
    assert text[starts[2] :].startswith("Harbour Weekly\n\n3\n\nThe end of it all.")
    assert list(starts) == sorted(starts)


@given(st.lists(st.text(st.sampled_from("ab. \n中。,1-")), max_size=6))
def test_page_offsets_are_ordered_and_inside_the_text(pages: list[str]) -> None:
    text, starts = join_pages(pages)
    assert len(starts) == len(pages)
    assert list(starts) == sorted(starts)
    assert all(0 <= start <= len(text) for start in starts)


def test_a_word_document_gives_headings_paragraphs_and_tables_in_order(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.core_properties.title = "Harbour report"
    document.add_heading("Costs", level=2)
    document.add_paragraph("It cost 40 million.")
    table = document.add_table(rows=2, cols=2)
    for row, values in zip(table.rows, (("Pier", "Length"), ("East", "90 m")), strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    document.add_paragraph("Two piers", style="List Bullet")
    document.add_paragraph("One crane", style="List Bullet")
    document.add_paragraph("The end.")
    document.save(str(tmp_path / "a.docx"))
    (article,) = read_file(tmp_path / "a.docx", "a.docx")
    assert isinstance(article, RawArticle)
    assert article.title == "Harbour report"
    assert article.text == (
        "## Costs\n\nIt cost 40 million.\n\nPier | Length\nEast | 90 m\n\n- Two piers\n- One crane\n\nThe end."
    )


def test_json_lines_give_an_article_a_line(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"id": "a1", "text": "The harbour opened.", "title": "Harbour", "date": "2024-05", "url": "https://e.org/1"},
        {"id": "b/2", "text": HANT, "language": "zh-Hant", "date": "2024-02-31"},
    ]
    path = tmp_path / "many.jsonl"
    path.write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8-sig")
    first, second = read_file(path, "many.jsonl")
    assert isinstance(first, RawArticle)
    assert isinstance(second, RawArticle)
    assert (first.source, first.title, first.date, first.url) == ("a1", "Harbour", "2024-05", "https://e.org/1")
    assert (second.source, second.text, second.language, second.date) == ("b/2", HANT, "zh-Hant", None)
    assert first.path == f"{path}#a1"


def test_a_bad_json_line_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    good = '{"id": "%s", "text": "The harbour opened."}'
    lines = [good % "a", "{broken", '["list"]', '{"id": "c"}', '{"text": "x"}', good % "a", "[" * 100_000, good % "z"]
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(lines))
    results = list(read_file(path, "many.jsonl"))
    assert [item.source for item in results if isinstance(item, RawArticle)] == ["a", "z"]
    assert [
        (item.values["line"], item.values["reason_key"]) for item in results if isinstance(item, UnreadableFile)
    ] == [
        (2, "reason.bad_json_line"),
        (3, "reason.bad_json_line"),
        (4, "reason.bad_json_field"),
        (5, "reason.bad_json_field"),
        (6, "reason.repeated_id"),
        (7, "reason.bad_json_line"),
    ]


def test_json_lines_are_read_as_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text('{"id": "a", "text": "The harbour opened."}\n' * 3)
    articles = read_file(path, "many.jsonl")
    next(articles)
    with path.open("a") as stream:
        stream.write('{"id": "late", "text": "The harbour closed."}\n')
    assert [item.source for item in articles if isinstance(item, RawArticle)] == ["late"]


def test_files_without_or_with_another_ending_are_read_as_text(tmp_path: Path) -> None:
    assert read(tmp_path, "README", "The harbour opened.").text == "The harbour opened."
    assert read(tmp_path, "a.rst", "The harbour opened.").text == "The harbour opened."
    assert read(tmp_path, "b.txt", "<p>The harbour opened.</p>").text == "<p>The harbour opened.</p>"


def test_folders_are_walked_in_order_and_single_files_named(tmp_path: Path) -> None:
    for name in ("b/two.txt", "a/one.md", ".git/x.txt", "b/.hidden.txt", "b/~$lock.docx", "c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "b" / "link").symlink_to(tmp_path / "a")
    (single,) = iter_files([tmp_path / "b" / "two.txt"])
    assert single.source == "two.txt"
    found = list(iter_files([tmp_path, tmp_path / "c.txt"]))
    assert [file.source for file in found] == ["a/one.md", "b/two.txt", "c.txt"]
    assert all(file.path.is_absolute() and file.root == tmp_path for file in found)


def test_a_path_that_does_not_exist_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="nowhere"):
        iter_files([tmp_path, tmp_path / "nowhere"])
