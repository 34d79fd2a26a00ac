"""Promises of signing in, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.assistant import Assistant
from rag.config import Settings
from rag.errors import SettingsError
from tests.page_driver import arrived, can_send, expect, needs_chromium, served

pytestmark = needs_chromium

QUESTION = "How many passengers does the ferry Petrel carry?"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """The address of a page that two people may open."""
    (tmp_path / "ferry.md").write_text("The ferry Petrel carries 240 passengers.", encoding="utf-8")
    auth = "ada:open sesame,博:芝麻開門"
    settings = Settings(index=str(tmp_path / "index"), model="extractive", port=0, auth=auth)
    assistant = Assistant.open(settings.index, settings)
    assistant.ingest(tmp_path / "ferry.md")
    with served(assistant, settings) as url:
        yield url


def signing_in(browser: Any, url: str) -> Any:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    opened.goto(url)
    return opened


def sign_in(page: Any, name: str, password: str) -> None:
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    with page.expect_navigation():
        page.click("button")


def test_the_page_opens_to_the_right_password_alone_until_signing_out(browser: Any, guarded: str) -> None:
    page = signing_in(browser, guarded)
    sign_in(page, "博", "open sesame")
    page.locator(".failure", has_text="Name and password do not match.").wait_for()
    assert page.locator("#question").count() == 0
    sign_in(page, "博", "芝麻開門")
    arrived(page)
    page.fill("#question textarea", QUESTION)
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#turn-1 .made")
    can_send(page)
    page.click("#leave")
    page.wait_for_selector("input[name=password]")
    page.goto(guarded)
    expect(page.locator("input[name=password]")).to_have_count(1)
    page.context.close()


def test_conversations_belong_to_who_signed_in_on_any_browser(browser: Any, guarded: str) -> None:
    seen = {}
    for name, password in (("ada", "open sesame"), ("博", "芝麻開門"), ("ada", "open sesame")):
        page = signing_in(browser, guarded)
        sign_in(page, name, password)
        arrived(page)
        page.locator("#talks :is(.talk, .talks-empty)").first.wait_for()
        seen[name] = page.locator("#talks .talk").count()
        page.fill("#question textarea", QUESTION)
        page.press("#question textarea", "Enter")
        page.wait_for_selector("#turn-1 .made")
        can_send(page)
        page.context.close()
    assert seen == {"ada": 1, "博": 0}


def test_wrong_tries_are_slowed_down(browser: Any, guarded: str) -> None:
    page = signing_in(browser, guarded)
    told: list[str] = []
    # on a busy machine the first waits are over before the next try
    while len(told) < 10 and "Too many wrong tries. Try again in" not in "".join(told):
        sign_in(page, "ada", "wrong")
        told.append(page.locator(".failure").inner_text())
    assert 3 < len(told) < 10
    page.context.close()


def test_a_page_for_others_is_not_served_without_a_password(tmp_path: Path) -> None:
    from ui.app import build, launch

    settings = Settings(index=str(tmp_path / "index"), model="extractive", host="0.0.0.0", port=0)
    page = build(Assistant.open(settings.index, settings), settings)
    with pytest.raises(SettingsError, match="password"):
        launch(page, settings)
    assert not page.is_running
    page.close(verbose=False)
