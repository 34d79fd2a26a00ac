"""What `rag eval` promises: figures on standard output, a report in the folder, exit statuses that a build can use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rag.assistant import Assistant
from rag.errors import RagError
from rag.eval_command import eval_
from rag.evaluation.gold import gold_form
from tests.conftest import OpenIndex
from tests.test_evaluation_runs import GOLD

ARTICLES = {
    "en/lighthouse.md": "The lighthouse at Corran Bay shines again. Visitors may climb the 212 steps from April on.\n",
    "zh-Hans/library.md": "东河镇图书馆重新开放，新增图书三万册。夜间阅览室开放到晚上十一点。\n",
    "zh-Hant/ferry.md": "白沙島的渡輪改用電池。船長林志明說，一次充電可以往返四趟。\n",
}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    file = tmp_path / "gold.jsonl"
    lines = [json.dumps(gold_form(pair), ensure_ascii=False) for pair in GOLD.pairs]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def index(open_index: OpenIndex) -> Assistant:
    return open_index(ARTICLES)


def evaluated(*arguments: object) -> Result:
    words = list(map(str, arguments))
    language = [] if words[:1] == ["draft"] else ["--language", "en"]
    found = CliRunner().invoke(eval_, [*words, "--model", "extractive", *language])
    # what goes wrong on the way is shown by the command line around this command
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_figures_go_to_standard_output_and_the_report_to_the_folder(
    gold: Path, index: Assistant, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    done = evaluated(gold, "--index", tmp_path / "index", "--out", folder)
    assert done.exit_code == 0
    assert "complete@5" in done.stdout
    assert "report.html" in done.stderr
    assert "<!doctype html>" in (folder / "report.html").read_text(encoding="utf-8")
    assert "| all |" in (folder / "report.md").read_text(encoding="utf-8").replace("**", "")


def test_json_holds_figures_thresholds_and_changes(gold: Path, index: Assistant, tmp_path: Path) -> None:
    first = tmp_path / "first"
    options = (gold, "--index", tmp_path / "index", "--json")
    assert evaluated(*options, "--out", first).exit_code == 0
    done = evaluated(*options, "--out", tmp_path / "second", "--baseline", first, "--fail-under", "recall@5=0.5")
    form = json.loads(done.stdout)
    assert form["questions"] == 4
    assert form["figures"]["all"]["citation_resolved"]["value"] == 1
    assert form["gates"] == [{"group": "all", "metric": "recall@5", "least": 0.5, "value": 1.0, "met": True}]
    assert {change["p"] for change in form["changes"]} == {1.0}
    assert json.loads((tmp_path / "second" / "comparison.json").read_text(encoding="utf-8"))["baseline"] == "first"


def test_a_run_may_be_compared_with_the_one_it_replaces(gold: Path, index: Assistant, tmp_path: Path) -> None:
    options = (gold, "--index", tmp_path / "index", "--out", tmp_path / "run")
    evaluated(*options)
    done = evaluated(*options, "--baseline", tmp_path / "run")
    assert done.exit_code == 0
    assert "Change against run" in done.stdout


def test_a_figure_below_its_threshold_is_told_and_exits_with_1(gold: Path, index: Assistant, tmp_path: Path) -> None:
    gate = tmp_path / "gate.toml"
    gate.write_text('[zh-en]\n"recall@5" = 0.5\n', encoding="utf-8")
    options = (gold, "--index", tmp_path / "index", "--out", tmp_path / "run")
    done = evaluated(*options, "--fail-under", "en/recall@5=1.5", "--gate", gate)
    assert done.exit_code == 1
    assert "below the threshold: en/recall@5 is 1.0000, wanted at least 1.5" in done.stderr
    assert "zh-en/recall@5 cannot be met" in done.stderr
    assert "missed" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [(), ("--squad", "a.json", "gold.jsonl"), ("--squad", "a.json", "--index", "x"), ("g", "--fail-under", "f1")],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert evaluated(*arguments).exit_code == 2


def test_a_squad_file_brings_its_own_articles(tmp_path: Path) -> None:
    context = "The old mill at Tarn was rebuilt in 1911. Its wheel is nine metres high."
    asked = [
        {"id": "1", "question": "When was the mill at Tarn rebuilt?",
         "answers": [{"text": "1911", "answer_start": context.index("1911")}], "is_impossible": False},
        {"id": "2", "question": "Which king visited the moon?", "answers": [], "is_impossible": True},
    ]  # fmt: skip
    file = tmp_path / "mill.json"
    data = {"version": "v2.0", "data": [{"title": "Mill", "paragraphs": [{"context": context, "qas": asked}]}]}
    file.write_text(json.dumps(data), encoding="utf-8")
    done = evaluated("--squad", file, "--out", tmp_path / "run", "--json")
    form = json.loads(done.stdout)
    assert form["questions"] == 2
    assert form["figures"]["en"]["complete@5"]["value"] == 1
    assert form["run"]["articles"] == 1


def test_a_missing_index_or_baseline_is_an_error(gold: Path, tmp_path: Path) -> None:
    with pytest.raises(RagError, match="no index"):
        evaluated(gold, "--index", tmp_path / "none", "--out", tmp_path / "run")
    with pytest.raises(RagError, match="no finished run"):
        evaluated(gold, "--index", tmp_path / "none", "--baseline", tmp_path)


def test_an_interrupt_says_how_to_go_on(
    gold: Path, index: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.evaluation.run.judge_question", interrupted)
    done = CliRunner().invoke(eval_, [str(gold), "--index", str(tmp_path / "index"), "--out", str(tmp_path / "run")])
    assert done.exit_code != 0
    assert f"--out {tmp_path / 'run'}" in done.stderr


def test_a_run_without_a_folder_gets_one_of_its_own(
    gold: Path, index: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert evaluated(gold, "--index", tmp_path / "index", "--judge").exit_code == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert (folder / "summary.json").exists()


def test_drafts_are_printed_or_written_and_wait_for_a_person(open_index: OpenIndex, tmp_path: Path) -> None:
    articles = {"mill.md": "The mill has a wheel of nine metres.\n", "pier.md": "The pier is 300 metres long.\n"}
    open_index(articles)
    done = evaluated("draft", "--index", tmp_path / "index", "-n", 2)
    assert done.exit_code == 0
    drafts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [draft["accepted"] for draft in drafts] == [False, False]
    assert "2 drafts" in done.stderr
    file = tmp_path / "drafts.jsonl"
    assert evaluated("draft", "--index", tmp_path / "index", "-n", 2, "--out", file).stdout == ""
    assert [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] == drafts


def test_drafts_of_feedback_are_no_more_than_asked_for(index: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    row = {"question": "How many steps has the lighthouse?", "verdict": "good", "short_answer": "212", "citations": []}
    file.write_text((json.dumps(row) + "\n") * 3, encoding="utf-8")
    done = evaluated("draft", "--index", tmp_path / "index", "--feedback", file, "-n", 2)
    assert [json.loads(line)["answers"] for line in done.stdout.splitlines()] == [["212"], ["212"]]


def test_gold_that_is_named_wins_over_a_squad_file_of_the_settings(
    gold: Path, index: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAG_SQUAD", "none.json")
    monkeypatch.setenv("RAG_FAIL_UNDER", "recall@5=1.5, f1=0")
    done = evaluated(gold, "--index", tmp_path / "index", "--out", tmp_path / "run")
    assert done.exit_code == 1
    assert "below the threshold: recall@5" in done.stderr
