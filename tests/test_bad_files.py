"""Bad files: each is refused with its reason, in words, and nothing but `UnreadableFile` is ever raised."""

from __future__ import annotations

import errno
import os
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import UnreadableFile
from rag.ingestion import readers
from rag.ingestion.readers import RawArticle, read_file, unreadable
from rag.messages import MESSAGES

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)


def reason(path: Path) -> str:
    """The key of the reason for which a file is refused."""
    with pytest.raises(UnreadableFile) as caught:
        list(read_file(path, path.name))
    assert str(path) in str(caught.value)
    return str(caught.value.values["reason_key"])


def written(folder: Path, name: str, content: bytes) -> Path:
    """A new file."""
    path = folder / name
    path.write_bytes(content)
    return path


def archive(path: Path, parts: dict[str, str | bytes]) -> Path:
    """A zip file with these parts, packed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


def small_pdf(path: Path, lines: list[str], password: str = "") -> Path:
    """A PDF of one page."""
    encryption = import_module("reportlab.lib.pdfencrypt")
    canvases = import_module("reportlab.pdfgen.canvas")
    canvas = canvases.Canvas(
        str(path), encrypt=encryption.StandardEncryption(password, strength=40) if password else None
    )
    for number, line in enumerate(lines):
        canvas.drawString(50, 780 - 15 * number, line)
    canvas.rect(10, 10, 50, 50)
    canvas.showPage()
    canvas.save()
    return path


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("a.txt", b"", "reason.empty"),
        ("a.txt", b" \n\t\r\n ", "reason.empty"),
        ("a.txt", b"\xef\xbb\xbf", "reason.empty"),
        ("a.md", b"---\ntitle: only this\n---\n", "reason.empty"),
        ("a.jsonl", b"\n\n", "reason.empty"),
        ("a.txt", b"*** --- ***", "reason.no_text"),
        ("a.html", b"<html><body></body></html>", "reason.no_text"),
        ("a.txt", PNG, "reason.binary"),
        ("a.jsonl", PNG, "reason.binary"),
        ("a.txt", bytes(range(256)) * 8, "reason.binary"),
        ("a.png", PNG, "reason.unsupported"),
        ("a.txt", "Řeka teče přes město, žluťoučký kůň".encode("cp1250") * 3, "reason.encoding"),
        ("a.pdf", PNG, "reason.bad_pdf"),
        ("a.pdf", b"%PDF-1.4\nnothing more", "reason.truncated_pdf"),
        ("a.pdf", b"%PDF-1.4\nrubbish\nstartxref\n99999\n%%EOF", "reason.bad_pdf"),
        ("a.docx", PNG, "reason.bad_docx"),
        ("a.docx", b"PK\x03\x04 cut", "reason.bad_docx"),
        ("a.docx", b"\xd0\xcf\x11\xe0 an old .doc file", "reason.bad_docx"),
    ],
)
def test_files_that_hold_no_article_are_refused(tmp_path: Path, name: str, content: bytes, key: str) -> None:
    assert reason(written(tmp_path, name, content)) == key


def test_files_that_are_too_large_are_refused_unread(tmp_path: Path) -> None:
    for name, limit in (("a.txt", readers.TEXT_LIMIT), ("a.pdf", readers.DOCUMENT_LIMIT)):
        path = tmp_path / name
        path.touch()
        os.truncate(path, limit + 1)
        assert reason(path) == "reason.too_large"


def test_a_truncated_pdf_is_refused(tmp_path: Path) -> None:
    whole = small_pdf(tmp_path / "a.pdf", ["The harbour opened on Monday."] * 30).read_bytes()
    assert reason(written(tmp_path, "b.pdf", whole[: len(whole) // 2])) == "reason.truncated_pdf"


def test_a_locked_pdf_is_refused(tmp_path: Path) -> None:
    assert reason(small_pdf(tmp_path / "a.pdf", ["Secret."], password="x")) == "reason.encrypted_pdf"


def test_a_scanned_pdf_is_refused(tmp_path: Path) -> None:
    assert reason(small_pdf(tmp_path / "a.pdf", [])) == "reason.no_text"


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    body = b"<w:document>" + b" " * (20 << 20)
    path = archive(tmp_path / "a.docx", {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": body})
    assert path.stat().st_size < 100_000
    assert reason(path) == "reason.zip_bomb"


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path: Path) -> None:
    body = b"<w:document>" + b" " * (20 << 20)
    path = archive(tmp_path / "a.docx", {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": body})
    size = len(body).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(size, (100).to_bytes(4, "little")))
    assert reason(path) in ("reason.bad_docx", "reason.zip_bomb")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_declarations_in_a_word_document_are_refused(tmp_path: Path, encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    parts: dict[str, str | bytes] = {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": body.encode(encoding)}
    assert reason(archive(tmp_path / "a.docx", parts)) == "reason.zip_bomb"


def test_a_zip_without_a_document_is_no_word_document(tmp_path: Path) -> None:
    assert reason(archive(tmp_path / "a.docx", {"readme.txt": "hello"})) == "reason.bad_docx"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").mkdir()
    assert reason(tmp_path / "x.txt") == "reason.directory"
    os.mkfifo(tmp_path / "pipe.txt")
    assert reason(tmp_path / "pipe.txt") == "reason.not_a_file"
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    assert reason(tmp_path / "loop.txt") == "reason.link_loop"
    assert reason(tmp_path / "gone.txt") == "reason.vanished"
    assert reason(tmp_path / "gone.jsonl") == "reason.vanished"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", b"text")
    path.chmod(0)
    assert reason(path) == "reason.permission"


@pytest.mark.parametrize(
    ("number", "key"),
    [(errno.EACCES, "reason.permission"), (errno.ENOENT, "reason.vanished"), (errno.EIO, "reason.disk")],
)
def test_what_the_system_says_becomes_a_reason(number: int, key: str) -> None:
    error = unreadable(Path("a.txt"), OSError(number, os.strerror(number)))
    assert error.values["reason_key"] == key


def test_the_reason_is_said_in_the_language_of_the_interface(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_file(written(tmp_path, "a.txt", b""), "a.txt")
    assert caught.value.reason() == "the file is empty"
    assert caught.value.reason("zh-Hans") == "文件是空的"
    assert "檔案是空的" in caught.value.in_language("zh-Hant")


def test_every_reason_has_its_gaps_in_all_languages() -> None:
    import string

    reasons = [texts for key, texts in MESSAGES.items() if key.startswith("reason.")]
    assert len(reasons) > 15
    for texts in reasons:
        assert len({frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name) for text in texts}) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["a.txt", "a.md", "a.html", "a.pdf", "a.docx", "a.jsonl", "a.xyz", "a"]),
    start=st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"---\n", b"<html>", b"\xff\xfe", b'{"id": "a"']),
    content=st.binary(max_size=400),
    end=st.sampled_from([b"", b"\nstartxref\n0\n%%EOF"]),
)
def test_any_bytes_give_an_article_or_a_reason(
    tmp_path: Path, name: str, start: bytes, content: bytes, end: bytes
) -> None:
    path = written(tmp_path, name, start + content + end)
    try:
        items = list(read_file(path, name))
    except UnreadableFile as error:
        items = [error]
    assert items
    for item in items:
        assert isinstance(item, RawArticle | UnreadableFile)
        assert item.reason("zh-Hans") if isinstance(item, UnreadableFile) else item.title
        assert isinstance(item, UnreadableFile) or item.text.encode("utf-8")
