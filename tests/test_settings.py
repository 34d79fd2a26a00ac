"""What settings promise: one name in the file, the environment and the options; the later of these places wins."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest

from rag.cli import cli
from rag.config import Settings, interface_language, is_date
from rag.errors import SettingsError
from rag.eval_command import draft

# setting: (as rag.toml writes it, as a variable writes it, the value)
WRITTEN: dict[str, tuple[str, str, Any]] = {
    "index": ('"some/索引"', "some/索引", "some/索引"),
    "encoder": ('"models/e5"', "models/e5", "models/e5"),
    "aliases": ('"names.json"', "names.json", "names.json"),
    "language": ('"zh-TW"', "zh_TW", "zh-Hant"),
    "passage_pieces": ("90", "90", 90),
    "sources": ("3", " 3 ", 3),
    "refuse_below": ("0.25", "0.25", 0.25),
    "model": ('"ollama:qwen3:4b"', "ollama:qwen3:4b", "ollama:qwen3:4b"),
    "thinking": ('"off"', "off", "off"),
    "effort": ('"low"', "low", "low"),
    "thinking_tokens": ("512", "512", 512),
    "answer_tokens": ("300", "300", 300),
    "context": ("16384", "16384", 16384),
    "reranker": ('"models/reranker"', "models/reranker", "models/reranker"),
    "host": ('"0.0.0.0"', "0.0.0.0", "0.0.0.0"),
    "port": ("8000", "8000", 8000),
    "auth": ('"ann:secret"', "ann:secret", "ann:secret"),
    "corpus": ('"texts"', "texts", "texts"),
    "json": ("true", "yes", True),
    "batch": ('"q.jsonl"', "q.jsonl", "q.jsonl"),
    "k": ("4", "4", 4),
    "mode": ('"dense"', "dense", "dense"),
    "languages": ('["en", "zh-Hans"]', "en, zh-Hans,", ("en", "zh-Hans")),
    "articles": ('["a.md", "b,c.md"]', "a.md", None),
    "since": ('"2025-02"', "2025-02", "2025-02"),
    "until": ('"2025"', "2025", "2025"),
    "squad": ('["a.json", "b.json"]', "a.json,b.json", ("a.json", "b.json")),
    "out": ('"runs/first"', "runs/first", "runs/first"),
    "baseline": ('"runs/zero"', "runs/zero", "runs/zero"),
    "fail_under": ('["recall@5=0.9", "zh-en/f1=0.2"]', "recall@5=0.9, zh-en/f1=0.2", ("recall@5=0.9", "zh-en/f1=0.2")),
    "gate": ('"gate.toml"', "gate.toml", "gate.toml"),
    "judge": ("true", "1", True),
    "feedback": ('"said.jsonl"', "said.jsonl", "said.jsonl"),
    "n": ("5", "5", 5),
}


def test_every_setting_is_written_in_these_tests() -> None:
    assert set(WRITTEN) == {field.name for field in fields(Settings)}


@pytest.mark.parametrize("name", sorted(set(WRITTEN) - {"articles"}))
def test_a_setting_has_the_same_name_in_the_file_and_the_environment(tmp_path: Path, name: str) -> None:
    in_file, in_variable, value = WRITTEN[name]
    (tmp_path / "rag.toml").write_text(f"{name} = {in_file}\n", encoding="utf-8")
    assert getattr(Settings(), name) != value
    assert getattr(Settings.load(tmp_path, environ={}), name) == value
    assert getattr(Settings.load(tmp_path / "none", environ={f"RAG_{name.upper()}": in_variable}), name) == value


def test_an_article_with_a_comma_in_its_id_can_be_named_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text('articles = ["a.md", "b,c.md"]', encoding="utf-8")
    assert Settings.load(tmp_path, environ={}).articles == ("a.md", "b,c.md")
    assert Settings.load(tmp_path, environ={"RAG_ARTICLES": "d.md,e.md"}).articles == ("d.md", "e.md")


def test_every_option_of_every_command_is_a_setting() -> None:
    names = {field.name for field in fields(Settings)}
    commands = [*cli.commands.values(), draft]
    options = {command: [p for p in command.params if isinstance(p, click.Option)] for command in commands}
    assert sum(map(len, options.values())) > 20
    for command, offered in options.items():
        assert {option.name for option in offered} <= names, command.name


def test_an_option_that_is_not_given_has_no_value_of_its_own() -> None:
    commands = [(name, one) for name, one in cli.commands.items() if not isinstance(one, click.Group)]
    groups = [one for one in cli.commands.values() if isinstance(one, click.Group)]
    commands += [(name, one) for group in groups for name, one in group.commands.items()]
    for name, command in commands:
        arguments = ["text" for parameter in command.params if isinstance(parameter, click.Argument)]
        context = command.make_context(name, arguments)
        given = {p.name: context.params[str(p.name)] for p in command.params if isinstance(p, click.Option)}
        given.pop("yes", None)  # not a setting: whether a question has been answered beforehand
        assert all(value in (None, ()) for value in given.values()), (name, given)


def test_arguments_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text('index = "file"\nk = 1\nport = 1', encoding="utf-8")
    settings = Settings.load(tmp_path, environ={"RAG_INDEX": "variable", "RAG_K": "2"}, index="argument")
    assert (settings.index, settings.k, settings.port, settings.host) == ("argument", 2, 1, "127.0.0.1")


def test_what_is_not_given_leaves_the_earlier_place_in_force(tmp_path: Path) -> None:
    (tmp_path / "rag.toml").write_text('index = "file"\nlanguages = ["en"]\njson = true', encoding="utf-8")
    settings = Settings.load(tmp_path, environ={"RAG_INDEX": ""}, index=None, languages=(), json=None)
    assert (settings.index, settings.languages, settings.json) == ("file", ("en",), True)


def test_the_file_may_be_named_by_a_variable(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("\ufeffk = 7", encoding="utf-8")
    (tmp_path / "rag.toml").write_text("k = 8", encoding="utf-8")
    assert Settings.load(tmp_path, environ={"RAG_CONFIG": str(tmp_path / "own.toml")}).k == 7
    assert Settings.load(tmp_path, environ={"RAG_CONFIG": ""}).k == 8


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert Settings.load(tmp_path, environ={"RAG_CONFIG": "", "PATH": "/bin", "RAG_UNKNOWN": "1"}) == Settings()
    assert Settings().index == "indexes/default"
    assert (Settings().host, Settings().port) == ("127.0.0.1", 7860)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("portt = 1", "there is no setting called portt"),
        ("port = 65536", "it must lie between 0 and 65535"),
        ("port = -1", "it must lie between 0 and 65535"),
        ('port = "many"', "it must be a whole number"),
        ("port = true", "it must be a whole number"),
        ("port = 80.5", "it must be a whole number"),
        ("k = 0", "it must lie between 1 and 1000"),
        ("k = 1001", "it must lie between 1 and 1000"),
        ("sources = 0", "it must lie between 1 and 50"),
        ("passage_pieces = 19", "it must lie between 20 and 2000"),
        ("refuse_below = 1.01", "it must lie between 0 and 1"),
        ("refuse_below = nan", "it must lie between 0 and 1"),
        ("refuse_below = []", "it must be a number"),
        ("index = 5", "it must be text in quotation marks"),
        ('json = "perhaps"', "it must be true or false"),
        ("json = 1", "it must be true or false"),
        ("languages = 7", "it must be a list of texts"),
        ("languages = [7]", "it must be a list of texts"),
        ('languages = ["fr"]', "it must be one of en, zh-Hans, zh-Hant"),
        ('language = "fr"', "it must be one of en, zh-Hans, zh-Hant"),
        ('mode = "psychic"', "it must be one of hybrid, dense, lexical"),
        ('since = "yesterday"', "it must be a date such as 2025, 2025-02 or 2025-02-14"),
        ('until = "2025-02-30"', "it must be a date such as 2025, 2025-02 or 2025-02-14"),
    ],
)
def test_an_unusable_line_names_the_file_the_setting_and_the_reason(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "rag.toml").write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        Settings.load(tmp_path, environ={})
    place = f"{tmp_path / 'rag.toml'}: {line.split(' = ')[0]}"
    assert str(caught.value) == f"The setting in {place} cannot be used: {reason}. Correct it and try again."


def test_an_unusable_variable_and_argument_are_named_as_they_are_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="setting in RAG_PASSAGE_PIECES cannot"):
        Settings.load(tmp_path, environ={"RAG_PASSAGE_PIECES": "five"})
    with pytest.raises(SettingsError, match="setting in --port cannot"):
        Settings.load(tmp_path, environ={}, port=-5)


@pytest.mark.parametrize("content", [b"k = ", b"\xff\xfe\x00", b"k = 1\nk = 2", b"[[["])
def test_a_file_that_is_no_toml_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rag.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"rag\.toml"):
        Settings.load(tmp_path, environ={})


def test_a_file_that_is_named_and_missing_or_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        Settings.load(tmp_path, environ={"RAG_CONFIG": str(tmp_path / "none.toml")})
    with pytest.raises(SettingsError):
        Settings.load(tmp_path, environ={"RAG_CONFIG": str(tmp_path)})


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        *(("en", "en"), ("EN-us", "en"), ("zh-Hans", "zh-Hans"), ("zh", "zh-Hans"), ("zh_CN", "zh-Hans")),
        *(("zh-Hant", "zh-Hant"), ("ZH-HANT", "zh-Hant"), ("zh_TW.UTF-8", "zh-Hant"), ("zh-HK", "zh-Hant")),
        *(("", ""), ("fr", ""), ("zhuang", ""), ("english", "")),
    ],
)
def test_a_language_tag_names_an_interface_language_or_none(tag: str, language: str) -> None:
    assert interface_language(tag) == language


@pytest.mark.parametrize("text", ["2025", "2025-02", "2025-02-14", "2024-02-29"])
def test_a_date_may_be_known_to_the_year_the_month_or_the_day(text: str) -> None:
    assert is_date(text)


@pytest.mark.parametrize(
    "text", ["", "25", "2025-", "2025-2", "2025-13", "2025-02-30", "2025-02-1", "20250214", "2025-W07"]
)
def test_anything_else_is_no_date(text: str) -> None:
    assert not is_date(text)
