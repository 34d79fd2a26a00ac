"""What many tests share: a cache folder of this run's own, and a small index of articles in the three scripts.

The articles are invented. `library` is opened once and only read; a test that changes an index takes `open_index`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from rag.assistant import Assistant
from rag.config import Settings
from rag.models.detect import VARIABLES, detect

# a busy machine is no fault of the program
settings.register_profile("project", deadline=None)
settings.load_profile("project")

OpenIndex = Callable[..., Assistant]

_CACHE = pytest.StashKey[str]()

ARTICLES: Mapping[str, str] = {
    "en/lighthouse.md": (
        "---\ntitle: The light of Corran Bay\ndate: 2021-06-12\n---\n"
        "The lighthouse at Corran Bay shines again after eleven dark years. The repair cost 2.4 million pounds and was "
        "paid by the guild of fishermen.\n\n"
        '"The lamp is visible from thirty miles away," said engineer Jane Ferris. Visitors may climb the 212 steps '
        "from April to October.\n"
    ),
    "en/office.md": (
        "---\ntitle: A new neighbour in Lisbon\ndate: 2025-03-02\n---\n"
        "Moonshot AI has rented the upper floor of a former cork factory in Lisbon. Twenty people will work there on "
        "speech for elderly listeners.\n"
    ),
    "en/bakery.txt": (
        "Bread before dawn\n\nThe bakery on Mill Street opens at five in the morning. Its sourdough rests for two "
        "days, and children get the first warm roll for nothing.\n"
    ),
    "zh-Hans/library.md": (
        "---\ntitle: 东河镇图书馆重新开放\ndate: 2022-09-01\n---\n"
        "东河镇图书馆在关闭三年之后重新开放，新增图书三万册。馆长周敏表示，夜间阅览室将开放到晚上十一点。\n\n"
        "屋顶的太阳能电池板提供了全馆一半的用电。\n"
    ),
    "zh-Hans/warehouse.md": (
        "---\ntitle: 旧仓库的新主人\ndate: 2024-11-20\n---\n"
        "月之暗面在海边小城租下一座旧仓库，准备改成语音实验室。仓库的租约为期九年。\n"
    ),
    "zh-Hans/clinic.txt": (
        "社区诊所换新\n\n南山社区诊所启用了登记病人的新软件。护士只需两分钟就能完成登记，老人可以用方言说出症状。\n"
    ),
    "zh-Hant/ferry.md": (
        "---\ntitle: 渡輪改用電池\ndate: 2023-05-20\n---\n"
        "白沙島的渡輪改用電池之後，航行時幾乎沒有聲音。船長林志明說，一次充電可以往返四趟。\n\n"
        "島民的船票仍是二十五元。\n"
    ),
    "zh-Hant/schoolbus.txt": (
        "校車準時了\n\n青田國小的校車改由軟體安排路線，家長在手機上看得到校車的位置。遲到的次數減少了七成。\n"
    ),
}
"""The articles of `library` by their path below the ingested folder; three have no date."""


def pytest_configure(config: pytest.Config) -> None:
    folder = tempfile.mkdtemp(prefix="rag-tests-")
    config.stash[_CACHE] = folder
    # before any test module is imported, since some of them cut words while they are
    os.environ["RAG_CACHE_DIR"] = folder
    os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(autouse=True, scope="session")
def no_model_server_of_this_machine() -> Iterator[None]:
    """One that happens to run where the tests do must not answer their questions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detect, "__defaults__", (lambda: (),))
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        yield


@pytest.fixture(scope="module")
def running_browser() -> Iterator[Any]:
    """A headless Chromium, for the tests of one file."""
    from tests.page_driver import chromium

    with chromium() as running:
        yield running


@pytest.fixture
def browser(running_browser: Any) -> Iterator[Any]:
    """That Chromium; what a test leaves open, like one that failed, does not slow down the next."""
    yield running_browser
    for context in running_browser.contexts:
        context.close()


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_CACHE], ignore_errors=True)


def write_articles(folder: Path, articles: Mapping[str, str]) -> Path:
    """Write texts by path below `folder`, which is given back."""
    for name, text in articles.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An index of `ARTICLES`, to be read only."""
    folder = tmp_path_factory.mktemp("library")
    assistant = Assistant.open(folder / "index", Settings())
    report = assistant.ingest(write_articles(folder / "articles", ARTICLES))
    assert report.count("added") == len(ARTICLES)
    return assistant


@pytest.fixture(scope="session")
def library_articles() -> Mapping[str, str]:
    """The texts of `library` by path."""
    return ARTICLES


@pytest.fixture
def open_index(tmp_path: Path) -> OpenIndex:
    """Makes an index of the articles given, with the settings given: `open_index({"a.md": "…"}, sources=3)`."""

    def opened(articles: Mapping[str, str], **settings: object) -> Assistant:
        assistant = Assistant.open(tmp_path / "index", Settings(**settings))  # type: ignore[arg-type]
        if articles:
            assistant.ingest(write_articles(tmp_path / "articles", articles))
        return assistant

    return opened
