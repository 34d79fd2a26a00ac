"""How the house is built: which room may use which, and what no room does."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import rag

ROOT = Path(__file__).resolve().parents[1]

# a room uses itself and the rooms before it; rooms on one line are one room
ORDER = (
    ("rag.messages", "rag.errors", "rag.types", "rag.config"),
    ("rag.resources",),
    ("rag.text",),
    ("rag.ingestion",),
    ("rag.embedding",),
    ("rag.index",),
    ("rag.models",),
    ("rag.retrieval",),
    ("rag.answering",),
    ("rag.assistant",),
    ("rag.evaluation",),
    ("rag.json_forms", "rag.json_read", "rag.console", "rag.model_inventory", "rag.model_trial"),
    ("rag.doctor", "rag.batch", "rag.model_commands", "rag.eval_command", "rag.cli", "rag.__main__"),
)
OFFERED_TO_THE_PAGE = {
    *("rag.assistant", "rag.types", "rag.config", "rag.errors", "rag.messages", "rag.json_forms", "rag.json_read"),
    *("rag.text.folding", "rag.text.script", "rag.text.sentences", "rag.model_inventory", "rag.model_trial"),
    *("rag.ingestion.decoding", "rag.models.detect", "rag.models.families", "rag.models.memory"),
}
# who speaks to a model server that the user runs, or to the hub when the user pulls a model, and by what
SPEAKING = {
    "rag/models/server_connection.py": {"http.client"},
    "rag/models/hub.py": {"huggingface_hub", "httpx2", "hf_hub_download"},
    "rag/models/transformers_loading.py": {"huggingface_hub", "snapshot_download"},
}
MAX_LINES = 450
HEAVY = (
    *("torch", "transformers", "sentence_transformers", "gradio", "langchain_core", "langchain"),
    *("trafilatura", "pypdf", "docx", "faiss", "tantivy", "jieba", "numpy", "onnxruntime"),
)
# what would run code from data, or speak to another machine
FORBIDDEN_MODULES = {
    *("pickle", "cPickle", "dill", "joblib", "shelve", "marshal"),
    *(
        "requests",
        "httpx",
        "httpx2",
        "urllib.request",
        "http.client",
        "aiohttp",
        "urllib3",
        "huggingface_hub",
        "ftplib",
    ),
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_METHODS = {"snapshot_download", "hf_hub_download", "urlopen", "urlretrieve", "os.system"}


def python_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


RAG, UI = python_files("rag"), python_files("ui")


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                path = ROOT / Path(*inner.split("."))
                yield inner if path.with_suffix(".py").exists() or path.is_dir() else str(node.module)


def place(module: str) -> int:
    """The number of the room that a module is in."""
    for number, room in enumerate(ORDER):
        if any(module == name or module.startswith(name + ".") for name in room):
            return number
    raise AssertionError(f"{module} is in no room")


def called(file: Path) -> Iterator[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_every_room_is_there() -> None:
    modules = {module_of(file) for file in RAG}
    assert {name for room in ORDER for name in room} <= modules


@pytest.mark.parametrize("file", [file for file in RAG if module_of(file) != "rag"], ids=name_of)
def test_a_file_imports_only_from_its_own_room_and_earlier_ones(file: Path) -> None:
    own = place(module_of(file))
    ours = {module for module in imported(file) if module.split(".")[0] in ("rag", "ui")}
    # the chat page is served by a command, and only there
    allowed = {"ui.app"} if module_of(file) == "rag.cli" else set()
    assert {module for module in ours if module.startswith("ui")} <= allowed
    later = {module for module in ours - allowed if place(module) > own}
    assert later == set()


@pytest.mark.parametrize("file", UI, ids=name_of)
def test_the_page_uses_only_what_is_offered_to_it(file: Path) -> None:
    assert {module for module in imported(file) if module.split(".")[0] == "rag"} <= OFFERED_TO_THE_PAGE


@pytest.mark.parametrize(
    "room", [name for group in ORDER for name in group if (ROOT / name.replace(".", "/")).is_dir()]
)
def test_files_of_a_room_do_not_import_each_other_in_a_circle(room: str) -> None:
    files = {module_of(file): file for file in RAG if module_of(file).startswith(room + ".")}
    uses = {module: {other for other in imported(file) if other in files} for module, file in files.items()}
    while free := [module for module, others in uses.items() if not others & uses.keys()]:
        for module in free:
            del uses[module]
    assert uses == {}


@pytest.mark.parametrize("file", [*RAG, *UI], ids=name_of)
def test_a_file_is_short_enough_to_be_read(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("file", [*RAG, *UI], ids=name_of)
def test_no_file_runs_code_from_data_or_speaks_to_another_machine(file: Path) -> None:
    allowed = SPEAKING.get(name_of(file), set())
    packages = {part for module in imported(file) for part in (module, module.split(".")[0])}
    assert packages & FORBIDDEN_MODULES - allowed == set()
    calls = {part for call in called(file) for part in (call, call.split(".")[-1])}
    assert calls & (FORBIDDEN_METHODS - allowed) == set()
    assert set(called(file)) & FORBIDDEN_CALLS == set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.keyword) and node.arg in ("trust_remote_code", "allow_pickle", "share"):
            assert isinstance(node.value, ast.Constant)
            assert node.value.value is False


def test_who_is_allowed_to_speak_to_others_does() -> None:
    for name, allowed in SPEAKING.items():
        used = {part for module in imported(ROOT / name) for part in (module, module.split(".")[0])}
        used |= {call.split(".")[-1] for call in called(ROOT / name)}
        assert allowed <= used


def test_arrays_are_never_read_in_a_way_that_may_run_code() -> None:
    calls = {call for file in RAG for call in called(file)}
    assert not calls & {"np.load", "numpy.load", "torch.load", "yaml.load", "yaml.unsafe_load", "pd.read_pickle"}


def test_the_command_line_starts_without_anything_heavy() -> None:
    program = f"import sys, rag.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_assistant_opens_without_the_libraries_of_other_models_formats_and_the_page() -> None:
    spared = [name for name in HEAVY if name not in ("faiss", "tantivy", "jieba", "numpy")]
    program = f"import sys, rag.assistant; print([name for name in {spared!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_public_names_are_the_contracts() -> None:
    assert "Assistant" in rag.__all__
    assert rag.__all__ == sorted(rag.__all__)
    for name in rag.__all__:
        assert getattr(rag, name).__name__ == name
    assert not hasattr(rag, "no_such_name")


@pytest.mark.parametrize("file", [*RAG, *UI], ids=name_of)
def test_what_is_public_says_what_it_is_for(file: Path) -> None:
    assert ast.get_docstring(tree(file)), "the file opens without its purpose"
    assert list(_without_docstring(tree(file), "")) == []


def _without_docstring(node: ast.Module | ast.ClassDef, inside: str) -> Iterator[str]:
    for item in node.body:
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not item.name.startswith("_"):
            if not ast.get_docstring(item):
                yield inside + item.name
            if isinstance(item, ast.ClassDef):
                yield from _without_docstring(item, f"{item.name}.")


@pytest.mark.parametrize("file", [*RAG, *UI], ids=name_of)
def test_no_file_is_left_half_done_or_swallows_every_error(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not [word for word in ("TODO", "FIXME", "XXX") if word in text]
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, "a bare except"
            silent = isinstance(node.body[0], ast.Pass)
            assert not (silent and ast.unparse(node.type) in ("Exception", "BaseException")), "every error is hidden"
        elif isinstance(node, ast.Raise) and node.exc is not None:
            assert not ast.unparse(node.exc).startswith("NotImplementedError")


def test_every_module_can_be_imported_by_itself() -> None:
    for file in RAG:
        if module_of(file) not in ("rag.__main__",):
            importlib.import_module(module_of(file))
