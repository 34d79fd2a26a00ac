"""What the command line promises: data on standard output, messages on standard error, and its exit statuses."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.cli import main
from rag.config import Settings

ROOT = Path(__file__).resolve().parents[1]
ARTICLES = {
    "en/museum.md": "# The harbour museum\n\nThe harbour museum in Ostwick opened in 1987. It holds 4,200 model ships. "
    "Entry costs six pounds, and children pay nothing.",
    "en/orchard.md": "# The orchard\n\nThe orchard of Pell sold 310 tonnes of pears in 2023. Most went to cider.",
    "zh-Hans/library.md": "# 竹溪图书馆\n\n竹溪图书馆于1996年开馆，藏书八十万册。每周一闭馆整理书架。",
    "zh-Hant/tram.md": "# 山城電車\n\n山城電車全長十二公里，共設九個車站。末班車晚間十一點發車。",
}
HIT_KEYS = {"passage_id", "article_id", "source", "title", "language", "start", "end", "text", "score", "rank"}
CITATION_KEYS = {
    *("number", "passage_id", "article_id", "source", "title", "language"),
    *("start", "end", "quote", "supported", "support"),
}
ANSWER_KEYS = {
    *("question", "language", "answer", "short_answer", "refused", "confidence"),
    *("citations", "evidence", "generator", "timings_ms"),
}
QUESTION = "When did the harbour museum in Ostwick open?"
FAR_QUESTION = "Which volcano erupted on the moon of Jupiter yesterday?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the four articles; tests that change one make their own."""
    base = tmp_path_factory.mktemp("library")
    for name, text in ARTICLES.items():
        path = base / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    Assistant.open(base / "index", Settings()).ingest(base / "articles")
    return base / "index"


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """English, no settings from outside, and an empty working folder."""
    for name in os.environ:
        if name.startswith(("RAG_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.chdir(tmp_path)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rag(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process: its status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out, captured.err

    return run


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "rag", *map(str, arguments)]


def surroundings(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


def write_lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


# --- ask ---


def test_ask_gives_the_answer_object_of_the_contract(rag: Run, library: Path) -> None:
    status, out, err = rag("ask", QUESTION, "--json", "--index", library)
    answer = json.loads(out)
    assert (status, err) == (0, "")
    assert set(answer) >= ANSWER_KEYS
    assert "id" not in answer
    assert (answer["question"], answer["language"], answer["refused"]) == (QUESTION, "en", False)
    assert "1987" in answer["answer"]
    assert "[1]" in answer["answer"]
    assert 0 <= answer["confidence"] <= 1
    assert set(answer["timings_ms"]) == {"retrieve", "generate", "total"}
    assert all(set(citation) >= CITATION_KEYS for citation in answer["citations"])
    assert all(set(hit) >= HIT_KEYS for hit in answer["evidence"])


def test_quotes_are_the_words_of_the_article_from_start_to_end(rag: Run, library: Path) -> None:
    _, out, _ = rag("ask", QUESTION, "--json", "--index", library)
    answer = json.loads(out)
    assistant = Assistant.open(library, Settings())
    assert answer["citations"]
    for cited in answer["citations"]:
        text = assistant.article(cited["article_id"]).text
        assert text[cited["start"] : cited["end"]] == cited["quote"]
    for hit in answer["evidence"]:
        text = assistant.article(hit["article_id"]).text
        assert text[hit["start"] : hit["end"]] == hit["text"]
        assert hit["passage_id"] == f"{hit['article_id']}:{hit['start']}-{hit['end']}"
        assert hit["source"] in ARTICLES


def test_ask_prints_the_answer_and_then_its_numbered_sources(rag: Run, library: Path) -> None:
    status, out, err = rag("ask", QUESTION, "--index", library)
    answer, sources = out.split("\n\n", 1)
    assert (status, err) == (0, "")
    assert "1987" in answer
    assert sources.startswith("[1] The harbour museum · en/museum.md:")


@pytest.mark.parametrize(
    ("question", "language"),
    [("竹溪图书馆是哪一年开馆的？", "zh-Hans"), ("山城電車全長多少公里？", "zh-Hant")],
)
def test_a_chinese_question_is_answered_in_its_script(rag: Run, library: Path, question: str, language: str) -> None:
    status, out, _ = rag("ask", question, "--json", "--index", library)
    answer = json.loads(out)
    assert (status, answer["language"]) == (0, language)
    assert answer["evidence"][0]["language"] == language


def test_a_refusal_is_an_answer_and_offers_the_nearest_passages(rag: Run, library: Path) -> None:
    status, out, _ = rag("ask", FAR_QUESTION, "--json", "--index", library)
    answer = json.loads(out)
    assert (status, answer["refused"], answer["citations"]) == (0, True, [])
    status, out, err = rag("ask", FAR_QUESTION, "--index", library)
    assert (status, err) == (0, "")
    assert out.startswith("The articles do not answer this question.")


def test_an_index_without_articles_refuses(rag: Run, tmp_path: Path) -> None:
    Assistant.open(tmp_path / "empty", Settings())
    status, out, _ = rag("ask", QUESTION, "--json", "--index", tmp_path / "empty")
    answer = json.loads(out)
    assert (status, answer["refused"], answer["evidence"]) == (0, True, [])


def test_a_batch_answers_line_by_line_in_order_with_its_ids(rag: Run, library: Path, tmp_path: Path) -> None:
    questions = [("q-9", QUESTION), ("问-1", "竹溪图书馆藏书多少册？"), ("q-2", FAR_QUESTION)]
    file = write_lines(tmp_path / "q.jsonl", *({"id": key, "question": text} for key, text in questions))
    status, out, err = rag("ask", "--batch", file, "--index", library)
    rows = [json.loads(line) for line in out.splitlines()]
    assert (status, err) == (0, "")
    assert [(row["id"], row["question"]) for row in rows] == questions
    assert all(set(row) >= ANSWER_KEYS | {"id"} for row in rows)


def test_an_id_that_is_no_text_is_written_as_json_writes_it(rag: Run, library: Path, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    ids = ["7", "1.5", "true", '["a", null]', '{"k": "值"}', '"true"']
    file.write_text("\n".join(f'{{"id": {key}, "query": "museum"}}' for key in ids), encoding="utf-8")
    _, out, _ = rag("search", "--batch", file, "--index", library)
    assert [json.loads(line)["id"] for line in out.splitlines()] == [*ids[:-1], "true"]


def test_a_batch_may_come_from_standard_input(rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps({"id": "a", "question": "竹溪图书馆藏书多少册？"}, ensure_ascii=False)
    content = f"\ufeff{line}\n".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="ascii"))
    status, out, _ = rag("ask", "--batch", "-", "--index", library)
    assert (status, json.loads(out)["question"]) == (0, "竹溪图书馆藏书多少册？")


def test_a_line_that_cannot_be_answered_leaves_the_others_in_their_places(
    rag: Run, library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "q.jsonl"
    lines = ['{"id": 1, "query": "pears"}', "", "not json", '{"id": "c", "query": "？！"}', '{"query": "museum"}']
    file.write_text("\n".join([*lines, "[" * 100_000]), encoding="utf-8")
    status, out, err = rag("search", "--batch", file, "--index", library)
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [(row["id"], "error" in row) for row in rows] == [
        ("1", False),
        ("3", True),
        ("c", True),
        ("5", False),
        ("6", True),
    ]
    assert len(err.splitlines()) == 3


def test_a_batch_line_stays_one_line_for_readers_that_break_at_unicode_separators(
    rag: Run, library: Path, tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "q.jsonl", {"id": "a\u2028b\x85c\u2029", "query": "pears"})
    _, out, _ = rag("search", "--batch", file, "--index", library)
    (line,) = out.splitlines()
    assert json.loads(line)["id"] == "a\u2028b\x85c\u2029"


# --- search ---


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_search_ranks_passages_in_every_mode(rag: Run, library: Path, mode: str) -> None:
    status, out, err = rag("search", "orchard pears cider", "--mode", mode, "--json", "--index", library)
    hits = json.loads(out)
    assert (status, err) == (0, "")
    assert hits[0]["source"] == "en/orchard.md"
    assert [hit["rank"] for hit in hits] == list(range(1, len(hits) + 1))
    assert all(set(hit) >= HIT_KEYS for hit in hits)


def test_search_gives_at_most_k_passages(rag: Run, library: Path) -> None:
    assert len(json.loads(rag("search", "museum", "-k", 2, "--json", "--index", library)[1])) == 2


def test_search_prints_rank_title_and_place(rag: Run, library: Path) -> None:
    _, out, _ = rag("search", "orchard pears", "-k", 1, "--index", library)
    assert out.startswith("  1. ")
    assert "The orchard  (en/orchard.md:" in out


def test_a_search_batch_gives_ids_and_hits(rag: Run, library: Path, tmp_path: Path) -> None:
    file = write_lines(tmp_path / "q.jsonl", {"id": "a", "query": "pears"}, {"id": "b", "question": "電車"})
    status, out, _ = rag("search", "--batch", file, "-k", 1, "--index", library)
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(row["id"], [hit["source"] for hit in row["hits"]]) for row in rows] == [
        ("a", ["en/orchard.md"]),
        ("b", ["zh-Hant/tram.md"]),
    ]
    assert all(set(row) == {"id", "hits"} for row in rows)


def test_filters_keep_other_articles_out(rag: Run, library: Path) -> None:
    hits = json.loads(rag("search", "museum", "--language", "zh-Hant", "--json", "--index", library)[1])
    assert {hit["language"] for hit in hits} == {"zh-Hant"}
    hits = json.loads(rag("search", "museum", "--article", "en/orchard.md", "--json", "--index", library)[1])
    assert {hit["article_id"] for hit in hits} == {"en/orchard.md"}
    assert json.loads(rag("search", "museum", "--since", "2020-02", "--json", "--index", library)[1]) == []


# --- ingest, list, remove ---


def test_ingest_reports_on_standard_error_and_prints_no_data(rag: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The well is 40 metres deep.", encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"no pdf")
    status, out, err = rag("ingest", tmp_path / "a.md", tmp_path / "b.pdf", "--index", "index")
    assert (status, out) == (0, "")
    assert "1 added, 0 changed, 0 unchanged, 0 removed, 1 failed" in err
    assert "not read: b.pdf: it is not a PDF" in err


def test_ingest_json_is_a_report_of_counts_and_files(rag: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The well is 40 metres deep.", encoding="utf-8")
    status, out, _ = rag("ingest", tmp_path / "a.md", "--index", "index", "--json")
    report = json.loads(out)
    assert status == 0
    assert report["files"] == [{"source": "a.md", "status": "added", "passages": 1, "reason": None}]
    assert [report[name] for name in ("added", "changed", "unchanged", "removed", "failed")] == [1, 0, 0, 0, 0]
    assert report["interrupted"] is False
    assert json.loads(rag("ingest", tmp_path / "a.md", "--index", "index", "--json")[1])["unchanged"] == 1


def test_an_ingest_that_could_read_nothing_is_an_error(rag: Run, tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(b"no pdf")
    status, _, err = rag("ingest", tmp_path / "b.pdf", "--index", "index")
    assert (status, "1 failed" in err) == (1, True)


def test_the_default_index_is_below_the_working_folder(rag: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The well is 40 metres deep.", encoding="utf-8")
    assert rag("ingest", "a.md")[0] == 0
    assert (tmp_path / "indexes" / "default" / "CURRENT").exists()
    assert rag("list")[1].startswith("a.md\ten\t")


def test_list_prints_one_line_an_article_and_the_same_as_json(rag: Run, library: Path) -> None:
    status, out, err = rag("list", "--index", library)
    assert (status, err) == (0, "")
    assert [line.split("\t")[0] for line in out.splitlines()] == sorted(ARTICLES)
    articles = json.loads(rag("list", "--json", "--index", library)[1])
    assert [article["id"] for article in articles] == sorted(ARTICLES)
    assert set(articles[0]) == {"id", "source", "title", "language", "date", "url", "passages", "characters"}


def test_an_article_cannot_send_commands_to_the_terminal(rag: Run, tmp_path: Path) -> None:
    record = {"id": "a\x1b[2Jb\tc\nd", "text": "The \x1b[31mred\x07 door is shut.", "title": "Doors\x1b[2J"}
    write_lines(tmp_path / "a.jsonl", record)
    rag("ingest", tmp_path / "a.jsonl", "--index", "index")
    printed = [rag("list", "--index", "index")[1], rag("search", "red door", "--index", "index")[1]]
    assert "\x1b" not in "".join(printed)
    assert "\x07" not in "".join(printed)
    assert len(printed[0].splitlines()) == 1


def test_remove_takes_ids_and_sources_and_says_so(rag: Run, tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.md").write_text(f"The well in {folder} is 40 metres deep.", encoding="utf-8")
    rag("ingest", tmp_path / "x", tmp_path / "y", "--index", "index")
    assert rag("remove", "a.md~2", "--index", "index") == (0, "", "removed a.md~2\n")
    assert [article["id"] for article in json.loads(rag("list", "--json", "--index", "index")[1])] == ["a.md"]
    assert rag("remove", "a.md", "--index", "index")[0] == 0
    assert rag("list", "--index", "index") == (0, "", "")


def test_removing_an_unknown_article_removes_none(rag: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("The well is 40 metres deep.", encoding="utf-8")
    rag("ingest", tmp_path / "a.md", "--index", "index")
    status, out, err = rag("remove", "a.md", "nowhere.md", "--index", "index")
    assert (status, out) == (1, "")
    assert "nowhere.md" in err
    assert rag("list", "--index", "index")[1].startswith("a.md\t")


# --- doctor ---


def test_doctor_finds_the_model_and_the_index_in_order(rag: Run, library: Path) -> None:
    status, out, err = rag("doctor", "--json", "--index", library)
    findings = {finding["what"]: finding for finding in json.loads(out)}
    assert (status, err) == (0, "")
    assert all(set(finding) == {"what", "ok", "detail", "needed"} for finding in findings.values())
    assert findings["bundled model loads"]["ok"]
    assert "4 articles" in findings["index"]["detail"]


def test_doctor_is_content_without_an_index_and_makes_none(rag: Run, tmp_path: Path) -> None:
    status, out, _ = rag("doctor", "--index", tmp_path / "none")
    assert status == 0
    assert "none yet" in out
    assert not (tmp_path / "none").exists()


def test_doctor_reports_a_damaged_index_with_status_1(rag: Run, tmp_path: Path) -> None:
    Assistant.open(tmp_path / "index", Settings())
    (tmp_path / "index" / "CURRENT").write_text("{", encoding="utf-8")
    status, out, _ = rag("doctor", "--index", tmp_path / "index")
    assert status == 1
    assert "NO  index: The index in" in out


def test_doctor_reports_an_encoder_that_is_not_there_and_loads_none(
    rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAG_ENCODER", str(tmp_path / "no-model"))
    status, out, _ = rag("doctor", "--json", "--index", library)
    findings = {finding["what"]: finding for finding in json.loads(out)}
    assert status == 1
    assert (findings["embedding model"]["ok"], findings["index"]["ok"]) == (False, True)


def test_doctor_reports_an_unusable_list_of_names(rag: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAG_ALIASES", str(tmp_path / "none.json"))
    status, out, _ = rag("doctor", "--index", tmp_path / "none")
    assert status == 1
    assert "NO  known names:" in out


# --- statuses and messages ---


@pytest.mark.parametrize("name", ["serve"])
def test_a_command_that_is_not_there_yet_says_so(rag: Run, name: str) -> None:
    status, out, err = rag(name, "gold.jsonl", "--fail-under", "recall=0.9")
    assert (status, out) == (1, "")
    assert f"rag {name} is planned" in err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["ask"],
        ["ask", "a question", "--batch", "file.jsonl"],
        ["ask", "a question", "--nonsense"],
        ["ask", "a question", "--since", "yesterday"],
        ["ask", "a question", "--until", "2025-13"],
        ["ask", "a question", "--language", "fr"],
        ["search", "text", "-k", "0"],
        ["search", "text", "-k", "many"],
        ["search", "text", "--mode", "psychic"],
        ["ingest"],
        ["remove"],
        ["chat", "--port", "70000"],
        ["eval"],
        ["eval", "gold.jsonl", "--squad", "squad.json"],
        ["eval", "gold.jsonl", "--fail-under", "recall"],
        ["eval", "draft", "-n", "0"],
    ],
)
def test_wrong_usage_has_status_2_and_says_what_is_wrong(rag: Run, arguments: list[str]) -> None:
    status, out, err = rag(*arguments)
    assert (status, out) == (2, "")
    assert "Usage: rag" in err


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["ask", "--help"], ["chat", "--help"], ["eval", "--help"]])
def test_help_is_data_and_status_0(rag: Run, arguments: list[str]) -> None:
    status, out, err = rag(*arguments)
    assert (status, err) == (0, "")
    assert out.startswith("Usage: rag")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"RAG_LANGUAGE": "en"}, "There is no index in "),
        ({"RAG_LANGUAGE": "zh-Hans"}, "中没有索引"),
        ({"RAG_LANGUAGE": "zh-Hant"}, "中沒有索引"),
        ({"RAG_LANGUAGE": "zh-TW"}, "中沒有索引"),
        ({"LANG": "zh_CN.UTF-8"}, "中没有索引"),
        ({"LANG": "zh_TW.UTF-8"}, "中沒有索引"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "C.UTF-8"}, "There is no index in "),
        ({"LANG": "zh_TW.UTF-8", "RAG_LANGUAGE": "en"}, "There is no index in "),
    ],
)
def test_messages_follow_the_setting_and_else_the_locale(
    rag: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], message: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    status, out, err = rag("list", "--index", "nowhere")
    assert (status, out) == (1, "")
    assert message in err


def test_a_wrong_setting_is_an_error_in_the_users_language(rag: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_LANGUAGE", "zh-Hant")
    monkeypatch.setenv("RAG_SOURCES", "many")
    status, out, err = rag("list")
    assert (status, out) == (1, "")
    assert "RAG_SOURCES 中的設定無法使用：應為整數" in err


def test_an_error_that_nobody_foresaw_is_a_message_too(
    rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("the sum of nothing")

    monkeypatch.setattr(Assistant, "articles", fail)
    status, out, err = rag("list", "--index", library)
    assert (status, out) == (1, "")
    assert "ZeroDivisionError: the sum of nothing" in err


def test_options_come_from_variables_and_the_file_as_well(
    rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "rag.toml").write_text(f'index = "{library}"\nk = 3\njson = true\n', encoding="utf-8")
    assert len(json.loads(rag("search", "museum")[1])) == 3
    monkeypatch.setenv("RAG_K", "2")
    monkeypatch.setenv("RAG_LANGUAGES", "zh-Hans,zh-Hant")
    hits = json.loads(rag("search", "museum")[1])
    assert sorted(hit["language"] for hit in hits) == ["zh-Hans", "zh-Hant"]
    assert len(json.loads(rag("search", "museum", "-k", 1)[1])) == 1
    monkeypatch.setenv("RAG_JSON", "0")
    assert rag("search", "museum")[1].startswith("  1. ")


def test_a_batch_in_a_variable_is_used_only_where_no_question_is_given(
    rag: Run, library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAG_BATCH", str(write_lines(tmp_path / "q.jsonl", {"id": "a", "query": "pears"})))
    assert json.loads(rag("search", "--index", library)[1])["id"] == "a"
    assert isinstance(json.loads(rag("search", "museum", "--json", "--index", library)[1]), list)


# --- processes ---


def test_output_is_utf8_in_a_locale_without_it(library: Path) -> None:
    variables = surroundings(LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    done = subprocess.run(command("search", "電車", "-k", 1, "--index", library), env=variables, capture_output=True)
    assert done.returncode == 0
    assert "山城電車全長十二公里" in done.stdout.decode("utf-8")
    assert done.stderr == b""


def test_a_reader_that_has_gone_is_no_traceback(library: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.Popen(
        command("list", "--json", "--index", library), env=surroundings(), stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert process.communicate()[1] == b""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command("--help"), env=surroundings(), stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs to see which files a process has open")
def test_ctrl_c_during_an_ingest_has_status_130_and_keeps_what_it_reports(rag: Run, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.md").write_text("The well is 40 metres deep.", encoding="utf-8")
    rag("ingest", "articles", "--index", "index")
    many = tmp_path / "articles" / "b.jsonl"
    write_lines(many, *({"id": f"n{n}", "text": f"Bell {n} was cast by hand. " * 20} for n in range(40_000)))
    process = subprocess.Popen(
        command("ingest", "articles", "--index", "index", "--json"),
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # a test run in the background of a shell hands down an ignored Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _wait_until_open(process.pid, many)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted. What was finished is kept." in err.decode()
    assert b"Traceback" not in err
    report = json.loads(out)
    assert report["interrupted"] is True
    held = {info.id for info in Assistant.open(tmp_path / "index", Settings()).articles()}
    assert held == {file["source"] for file in report["files"]} | {"a.md"}
    assert len(held) < 40_001


def _wait_until_open(process: int, file: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if any(_target(link) == str(file) for link in Path(f"/proc/{process}/fd").iterdir()):
            return
        time.sleep(0.005)
    raise AssertionError("the file was never opened")


def _target(link: Path) -> Any:
    try:
        return os.readlink(link)
    except OSError:
        return None
