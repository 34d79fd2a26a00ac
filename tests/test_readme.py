"""What the READMEs promise: what they name exists, the examples give what is shown, and both languages say the same."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from rag.cli import cli
from rag.config import Settings
from rag.models.families import table as families_table
from rag.text.aliases import NameTable
from rag.types import Answer, Citation
from ui.conversation import Turn
from ui.conversation_store import ConversationStore
from ui.words import WORDS

ROOT = Path(__file__).resolve().parents[1]
ENGLISH, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
READMES = (ENGLISH, CHINESE)
PAGES = (*READMES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "docs" / "corpus.md")
EXAMPLE = ROOT / "rag.toml.example"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ROW = re.compile(r"^\| `(\w+)` \| `([^`]*)` \| (?:`(-[^`]+)`)? ?\| \S.*\|$", re.MULTILINE)
_HELP = {"-h", "--help", "--version"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, kind: str) -> list[str]:
    """The contents of a page's code blocks of one kind, in order."""
    return [content for language, content in _BLOCK.findall(text_of(page)) if language == kind]


def prose(page: Path) -> str:
    return _BLOCK.sub("", text_of(page))


def commands(page: Path, program: str) -> Iterator[list[str]]:
    """The words of every command of a program that a page names, in its blocks and between its words."""
    lines = [
        line
        for kind in ("bash", "powershell", "console")
        for block in blocks(page, kind)
        for line in [*block.splitlines()]
    ]
    for line in [*lines, *_SPAN.findall(prose(page))]:
        words = shlex.split(line.removeprefix("$ "), comments=True) if program in line.split() else []
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and words[0] == program:
            yield words[1:]


def settings_table(page: Path) -> dict[str, tuple[str, str]]:
    """The default and the option of every setting, as the page's table writes them."""
    return {name: (default, option) for name, default, option in _ROW.findall(text_of(page))}


def found(words: list[str]) -> tuple[click.Command | None, int]:
    """The command that words name, of a group the one that is named in it, and how many of the words do."""
    command, named = cli.commands.get(words[0]), 1
    inner = words[1] if len(words) > 1 and not words[1].startswith("-") else ""
    if inner and (isinstance(command, click.Group) or inner in within(command)):
        command, named = within(command).get(inner), 2
    return command, named


def within(command: click.Command | None) -> dict[str, click.Command]:
    """The commands within a command, by name."""
    return getattr(command, "commands", {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    named = list(commands(page, "rag"))
    assert len(named) > 10 or page not in READMES
    for words in named:
        command, _ = found(words)
        assert command is not None, words
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words[1:] if word.startswith("-") and word != "-"} <= options | _HELP, words


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_every_command_is_named(page: Path) -> None:
    named = {tuple(words[: found(words)[1]]) for words in commands(page, "rag")}
    groups = {name for name, command in cli.commands.items() if isinstance(command, click.Group)}
    offered: set[tuple[str, ...]] = {(name,) for name in cli.commands if name not in groups}
    offered |= {(name, inner) for name, command in cli.commands.items() for inner in within(command)}
    assert named - {(name,) for name in groups} == offered


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert {words[0] for words in commands(page, "make") if words} <= targets


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_settings_table_shows_every_setting_with_its_default(page: Path) -> None:
    shown = tomllib.loads("\n".join(f"{name} = {default}" for name, (default, _) in settings_table(page).items()))
    assert list(shown) == [field.name for field in fields(Settings)]
    assert shown == {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(Settings()).items()}


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_settings_table_shows_the_option_of_every_setting_that_has_one(page: Path) -> None:
    every = [*cli.commands.values(), *within(cli.commands["eval"]).values()]
    parameters = [p for command in every for p in command.params if isinstance(p, click.Option)]
    offered = {str(option.name): option.opts[0] for option in parameters}
    assert {name: option for name, (_, option) in settings_table(page).items() if option} == offered


def test_the_example_of_the_settings_file_holds_every_setting_with_its_default(tmp_path: Path) -> None:
    text = text_of(EXAMPLE)
    (tmp_path / "rag.toml").write_text(text, encoding="utf-8")
    assert Settings.load(tmp_path, environ={}) == Settings()
    whole = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    assert list(tomllib.loads(whole)) == [field.name for field in fields(Settings)]
    (tmp_path / "rag.toml").write_text(whole, encoding="utf-8")
    assert Settings.load(tmp_path, environ={}) == Settings()


def anchors(page: Path) -> set[str]:
    """The links to a page's own headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_heading_that_a_page_links_to_exists(page: Path) -> None:
    links = {link for link in _LINK.findall(prose(page)) if "://" not in link}
    assert {link for link in links - anchors(page) if not (page.parent / unquote(link)).exists()} == set()


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_names_that_are_shown_as_an_example_can_be_read(page: Path, tmp_path: Path) -> None:
    (shown,) = blocks(page, "json")
    (tmp_path / "names.json").write_text(shown, encoding="utf-8")
    table = NameTable.load(tmp_path / "names.json")
    (group,) = json.loads(shown)
    assert [table.show(group["id"], language) for language in group["show"]] == list(group["show"].values())


def test_both_languages_have_the_same_form() -> None:
    english, chinese = map(prose, READMES)
    levels = [[len(marks) for marks in re.findall(r"^(#+) ", page, re.MULTILINE)] for page in (english, chinese)]
    assert levels[0] == levels[1]
    pictures = [f"docs/{name}.png" for name in ("page", "page-zh", "page-phone", "page-articles")]
    assert [re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page) for page in (english, chinese)] == [pictures] * 2
    assert english.count("\n- **") == chinese.count("\n- **") > 0
    assert english.count("\n| ") == chinese.count("\n| ") > 0
    assert "(README.zh-CN.md)" in english
    assert "(README.md)" in chinese


def quoted_words(page: Path, heading: str) -> list[str]:
    """What stands in quotation marks in a section of a page, alternative texts of pictures left out."""
    section = re.split(r"^## ", text_of(page), flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(f"{heading}\n")]
    return re.findall(r"“([^”]+)”", re.sub(r"!\[[^\]]*\]", "", text))


def test_the_words_of_the_chat_page_are_quoted_as_the_page_has_them() -> None:
    english, chinese = quoted_words(ENGLISH, "The chat page"), quoted_words(CHINESE, "聊天页面")
    assert len(english) > 5
    labels = {(texts[0], texts[1]) for texts in WORDS.values()}
    assert [pair for pair in zip(english, chinese, strict=True) if pair not in labels] == []


def test_both_languages_have_the_same_marks_for_figures() -> None:
    parts = ("support", "families", "retrieval", "quality", "evaluation", "speed")
    marks = [f"{part}:{edge}" for part in parts for edge in ("begin", "end")]
    for page in READMES:
        assert re.findall(r"^<!-- ([\w:]+) -->$", text_of(page), re.MULTILINE) == marks


def between(page: Path, part: str) -> list[str]:
    """The lines between two marks of a page, without empty ones at the ends."""
    return text_of(page).split(f"<!-- {part}:begin -->\n")[1].split(f"<!-- {part}:end -->")[0].strip().splitlines()


def test_the_table_of_families_is_the_one_that_the_program_prints() -> None:
    printed = families_table().splitlines()
    assert between(ENGLISH, "families") == printed
    # the Chinese page has its own words for the columns
    head, *rows = between(CHINESE, "families")
    assert rows == printed[1:]
    assert head.count("|") == printed[0].count("|")


@pytest.mark.parametrize("part", ["support", "retrieval", "quality", "evaluation", "speed"])
def test_both_languages_show_the_same_figures(part: str) -> None:
    def figures(page: Path) -> list[list[str]]:
        rows = [line for line in between(page, part) if line.startswith("|")]
        return [re.findall(r"(?<![\w.])\d[\d.,]*(?![\w.])", row) for row in rows]

    assert figures(ENGLISH) == figures(CHINESE)
    assert sum(map(len, figures(ENGLISH))) > 10


def test_both_languages_show_the_same_commands_and_answers() -> None:
    def plain(page: Path, kind: str) -> list[str]:
        return [re.sub(r"(^|  +)# .*$", "", block, flags=re.MULTILINE) for block in blocks(page, kind)]

    for kind in ("bash", "powershell", "console", "python", "json"):
        assert plain(ENGLISH, kind) == plain(CHINESE, kind)
        assert plain(ENGLISH, kind)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder with the sample articles, and an index of them, made as the README says."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    run(folder, "-m", "rag", "ingest", "corpus")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Run Python in a folder, in English, with the built-in answerer; gives its standard output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAG_") or name == "RAG_CACHE_DIR"}
    surroundings = {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}
    # a model server may run where the tests do
    surroundings |= {"RAG_MODEL": "extractive"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=surroundings, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


@pytest.mark.parametrize("shown", blocks(ENGLISH, "console"), ids=lambda shown: shown.splitlines()[0][:40])
def test_an_answer_that_is_shown_is_the_one_that_is_given(workplace: Path, shown: str) -> None:
    command, answer = shown.split("\n", 1)
    assert run(workplace, "-m", *shlex.split(command.removeprefix("$ "))) == answer


def test_the_python_example_prints_what_is_shown(workplace: Path) -> None:
    program = blocks(ENGLISH, "python")[0]
    shown = blocks(ENGLISH, "text")[0]
    assert run(workplace, "-c", program) == shown
    assert blocks(CHINESE, "text")[0] == shown


def test_feedback_given_on_the_page_becomes_drafts_as_is_shown(workplace: Path) -> None:
    quote = "The Sela mill was repaired in 1931."
    cited = (Citation(1, "m:0-35", "m", "mill.md", "The mill", "en", 0, len(quote), quote, True, 0.9),)
    answer = Answer("When was the mill repaired?", "en", f"{quote} [1]", False, 0.9, cited, short_answer="1931")
    with ConversationStore(workplace / "indexes" / "conversations.sqlite3") as store:
        for collection in ("mine", "another"):
            talk = store.create("somebody", collection)
            store.put_turn("somebody", talk, Turn(1, answer.question, "answered", answer.text, 1, answer))
            store.rate("somebody", talk, 1, "up", "")
    (workplace / "mill.md").write_text(f"{quote} The wheel was left as it was.", encoding="utf-8")
    run(workplace, "-m", "rag", "ingest", "mill.md", "--index", "indexes/mine")
    run(workplace, "-c", blocks(ENGLISH, "python")[1])
    (command,) = [line for block in blocks(ENGLISH, "bash") for line in block.splitlines() if "--feedback" in line]
    run(workplace, "-m", *shlex.split(command), "--out", "drafts.jsonl")
    (draft,) = map(json.loads, (workplace / "drafts.jsonl").read_text(encoding="utf-8").splitlines())
    assert (draft["question"], draft["answers"], draft["accepted"]) == (answer.question, ["1931"], False)
    assert [one["quote"] for one in draft["evidence"]] == [quote]


def test_the_counts_of_the_sample_articles_are_right() -> None:
    page = text_of(ROOT / "docs" / "corpus.md")
    for language in ("en", "zh-Hans", "zh-Hant"):
        assert f"| `corpus/{language}` | {len(list((ROOT / 'corpus' / language).iterdir()))} in " in page
