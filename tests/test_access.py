"""What signing in promises: nobody gets through without leave, passwords are never told, and guessing is slow."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from rag.config import Settings
from rag.doctor import examine
from rag.errors import SettingsError
from ui.access import Access, access, user_of
from ui.accounts import SESSION_SECONDS, Gatekeeper, accounts, is_loopback
from ui.sign_in import policy, sign_in_page

SECRET = "corn-flower 7"
HTML = {"accept": "text/html,*/*"}


# ---- the setting ----


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (f"ada:{SECRET}", {"ada": SECRET}),
        ("ada:a:b, 明:密碼 ,", None),
        ("ada:a:b, 明:密碼 ", {"ada": "a:b", "明": "密碼"}),
        ("", {}),
    ],
)
def test_accounts_are_names_and_passwords_separated_by_commas(auth: str, expected: dict[str, str] | None) -> None:
    if expected is None:
        with pytest.raises(SettingsError):
            accounts(Settings(auth=auth))
    else:
        assert accounts(Settings(auth=auth)) == expected


def test_accounts_may_stand_in_a_file_a_line_each(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("\ufeff# who may come in\nada:one, two\n\n  明:three \n", encoding="utf-8")
    assert accounts(Settings(auth=str(file))) == {"ada": "one, two", "明": "three"}


@pytest.mark.parametrize(
    "auth", [SECRET, f":{SECRET}", "ada:", f"ada:x,ada:{SECRET}", f"ada:x,{SECRET}", ",", "a\x00b"]
)
def test_an_unusable_setting_is_refused_without_being_told(auth: str) -> None:
    with pytest.raises(SettingsError) as caught:
        accounts(Settings(auth=auth))
    for language in ("en", "zh-Hans", "zh-Hant"):
        assert SECRET not in caught.value.in_language(language)
    assert "name:password" in str(caught.value)


def test_a_path_that_leads_nowhere_is_no_account(tmp_path: Path) -> None:
    for auth in (str(tmp_path / "none.txt"), "C:\\people.txt"):
        with pytest.raises(SettingsError):
            accounts(Settings(auth=auth))


def test_a_file_that_is_no_text_is_refused_without_being_told(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_bytes(b"ada:" + SECRET.encode() + b"\xff\xff")
    with pytest.raises(SettingsError) as caught:
        accounts(Settings(auth=str(file)))
    assert caught.value.__cause__ is None
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "my-machine", "", "127.0.0.1.example"])
def test_a_page_that_others_reach_needs_a_password(host: str) -> None:
    with pytest.raises(SettingsError, match="RAG_AUTH"):
        accounts(Settings(host=host))
    assert accounts(Settings(host=host, auth="ada:x")) == {"ada": "x"}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.0.1", "localhost", "LOCALHOST", "::1", "[::1]"])
def test_a_page_for_this_machine_needs_none(host: str) -> None:
    assert is_loopback(host)
    assert accounts(Settings(host=host)) == {}


def test_settings_and_the_doctor_do_not_tell_the_password(tmp_path: Path) -> None:
    settings = Settings(auth=f"ada:{SECRET}", index=str(tmp_path / "none"))
    assert SECRET not in repr(settings)
    assert SECRET not in str(examine(settings))
    assert SECRET not in str(vars(Gatekeeper(accounts(settings))))


# ---- the gatekeeper ----


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keeper(clock: Clock) -> Gatekeeper:
    return Gatekeeper({"ada": SECRET, "明": "café"}, clock)


def test_the_right_name_and_password_sign_in_for_a_month(keeper: Gatekeeper, clock: Clock) -> None:
    token = keeper.sign_in(" ada ", SECRET, "10.0.0.1")
    assert token is not None
    assert keeper.who(token) == "ada"
    clock.now += SESSION_SECONDS - 1
    assert keeper.who(token) == "ada"
    clock.now += 1
    assert keeper.who(token) is None


def test_a_password_is_the_same_however_its_letters_are_composed(keeper: Gatekeeper) -> None:
    assert keeper.sign_in("明", "cafe\u0301", "10.0.0.1") is not None


@given(st.text(), st.text())
def test_nothing_but_an_account_signs_in(name: str, password: str) -> None:
    keeper = Gatekeeper({"ada": SECRET, "a": "da:x"}, Clock())
    assert keeper.sign_in(name, password, "caller") is None
    assert keeper.who(password) is None


def test_name_and_password_are_not_one_word(keeper: Gatekeeper) -> None:
    assert keeper.sign_in("ad", f"a{SECRET}", "10.0.0.1") is None
    assert keeper.sign_in("ada", "café", "10.0.0.1") is None


def test_each_failure_after_the_third_doubles_the_wait_up_to_half_a_minute(keeper: Gatekeeper, clock: Clock) -> None:
    waits = []
    for _ in range(10):
        assert keeper.sign_in("ada", "wrong", "10.0.0.1") is None
        waits.append(keeper.wait("10.0.0.1"))
        clock.now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_try_that_comes_too_early_does_not_count_even_when_right(keeper: Gatekeeper, clock: Clock) -> None:
    for _ in range(3):
        keeper.sign_in("ada", "wrong", "10.0.0.1")
    assert keeper.sign_in("ada", SECRET, "10.0.0.1") is None
    clock.now += 1
    assert keeper.sign_in("ada", SECRET, "10.0.0.1") is not None
    assert keeper.wait("10.0.0.1") == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
def test_a_guesser_waits_at_every_address_that_is_his(keeper: Gatekeeper, one: str, other: str, same: bool) -> None:
    for _ in range(3):
        keeper.sign_in("ada", "wrong", one)
    assert (keeper.wait(other) > 0) is same


def test_signing_out_ends_one_session_alone(keeper: Gatekeeper) -> None:
    tokens = [keeper.sign_in("ada", SECRET, "10.0.0.1") or "" for _ in range(2)]
    keeper.sign_out(tokens[0])
    assert [keeper.who(token) for token in tokens] == [None, "ada"]


# ---- the middleware ----


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str
    passed: bool
    user: str


class Served:
    """The middleware around an application that answers everything, asked without a network."""

    def __init__(self, auth: str = "", host: str = "127.0.0.1") -> None:
        self.reached: list[dict[str, Any]] = []
        self.access = Access(self.application, **access(Settings(auth=auth, host=host)))

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})

    def ask(
        self,
        path: str = "/",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | bytes = b"",
        kind: str = "http",
    ) -> Reply:
        target, _, query = path.partition("?")
        given = {"host": "127.0.0.1:7860", **(headers or {})}
        scope = {
            "type": kind,
            "method": method,
            "path": target,
            "query_string": query.encode(),
            "scheme": "http",
            "client": ("127.0.0.1", 5),
            "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
        }
        body = form if isinstance(form, bytes) else urlencode(form).encode()
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any) -> None:
            sent.append(message)

        before = len(self.reached)
        asyncio.run(self.access(scope, receive, send))
        if sent[0]["type"] == "websocket.close":
            return Reply(sent[0]["code"], {}, "", False, "")
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        passed = len(self.reached) > before
        user = self.reached[-1]["rag_user"] if passed else ""
        return Reply(sent[0]["status"], told, sent[1]["body"].decode(), passed, user)

    def sign_in(self, password: str = SECRET, **headers: str) -> Reply:
        form = {"name": "ada", "password": password, "language": "en"}
        return self.ask("/sign-in", "POST", {**HTML, **headers}, form)


@pytest.fixture
def guarded() -> Served:
    return Served(f"ada:{SECRET}")


def cookie_of(reply: Reply) -> str:
    return reply.headers["set-cookie"].partition(";")[0]


def test_without_a_password_the_page_is_open_to_its_own_machine() -> None:
    reply = Served().ask(headers=HTML)
    assert (reply.passed, reply.user) == (True, "")


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "localhost.evil.example", "127.0.0.1.evil.example:7860", "0.0.0.0:7860", ""],
)
@pytest.mark.parametrize("auth", ["", "ada:x"])
def test_a_page_for_this_machine_answers_to_no_other_name(host: str, auth: str) -> None:
    reply = Served(auth).ask(headers={**HTML, "host": host})
    assert (reply.status, reply.passed) == (421, False)


@pytest.mark.parametrize("host", ["localhost:7860", "LocalHost", "127.0.0.1", "[::1]:7860", "127.0.0.1:9000"])
def test_a_page_for_this_machine_answers_to_its_names_and_any_forwarded_port(host: str) -> None:
    assert Served().ask(headers={"host": host}).passed


def test_a_page_for_others_answers_to_every_name() -> None:
    reply = Served("ada:x", "0.0.0.0").ask(headers={**HTML, "host": "rag.example:7860"})
    assert (reply.status, "<form" in reply.body) == (401, True)


@pytest.mark.parametrize(
    ("headers", "passed"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:7860"}, True),
        ({"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-origin"}, True),
        ({"origin": "https://rag.example", "x-forwarded-host": "rag.example"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://127.0.0.1:9000"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"origin": "http://127.0.0.1:7860", "sec-fetch-site": "same-site"}, False),
    ],
)
def test_another_site_cannot_send_anything_through_the_browser(headers: Mapping[str, str], passed: bool) -> None:
    served = Served()
    assert served.ask("/gradio_api/upload", "POST", headers).passed is passed
    assert served.ask("/", "GET", {**headers, **HTML}).passed


@pytest.mark.parametrize(
    "path",
    [
        "/config",
        "/gradio_api/queue/join",
        "/gradio_api/file=/etc/hostname",
        "/gradio_api/heartbeat/x",
        "/gradio_api/reset",
        "/assets/index.js",
        "/static/x",
        "/theme.css",
        "/sign-in/../config",
        "//",
        "/sign-in/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE"])
def test_without_signing_in_no_path_leads_through(guarded: Served, path: str, method: str) -> None:
    reply = guarded.ask(path, method, HTML)
    assert (reply.status, reply.passed) == (401, False)


def test_a_socket_is_closed_before_it_opens(guarded: Served) -> None:
    assert guarded.ask("/socket", kind="websocket").status == 1008


def test_the_start_of_the_server_may_ask_whether_it_runs(guarded: Served) -> None:
    assert guarded.ask("/gradio_api/startup-events").passed
    assert not guarded.ask("/gradio_api/startup-events", "POST").passed


def test_signing_in_leads_to_the_page_and_signing_out_away_from_it(guarded: Served) -> None:
    assert guarded.ask(headers=HTML).status == 401
    entered = guarded.sign_in()
    assert (entered.status, entered.headers["location"]) == (303, "./")
    cookie = {"cookie": f"other=1; {cookie_of(entered)}"}
    inside = guarded.ask("/config", headers=cookie)
    assert (inside.passed, inside.user) == (True, "ada")
    left = guarded.ask("/sign-out", "POST", cookie)
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert not guarded.ask("/config", headers=cookie).passed


def test_the_cookie_is_for_this_site_alone_and_hidden_from_scripts(guarded: Served) -> None:
    attributes = set(guarded.sign_in().headers["set-cookie"].split("; ")[1:])
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert "Secure" not in attributes
    proxied = guarded.sign_in(**{"x-forwarded-proto": "https"})
    assert "Secure" in proxied.headers["set-cookie"].split("; ")


@pytest.mark.parametrize("cookie", ["rag-session=", "rag-session=x", "rag-session=\x7f", ";;=", "rag-session=ada"])
def test_a_cookie_that_was_not_given_here_is_none(guarded: Served, cookie: str) -> None:
    assert not guarded.ask("/config", headers={"cookie": cookie}).passed


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(guarded: Served) -> None:
    reply = guarded.sign_in("wrong")
    assert reply.status == 401
    assert "Name and password do not match" in reply.body
    assert "role='alert'" in reply.body
    assert "wrong" not in reply.body
    assert 'value="ada"' in reply.body


def test_after_many_wrong_tries_the_page_asks_to_wait(guarded: Served) -> None:
    for _ in range(3):
        guarded.sign_in("wrong")
    reply = guarded.sign_in()
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")
    assert "Too many wrong tries" in reply.body


def test_a_form_of_any_size_or_shape_is_answered(guarded: Served) -> None:
    assert guarded.ask("/sign-in", "POST", HTML, b"x" * 5000).status == 413
    assert guarded.ask("/sign-in", "POST", HTML, b"&".join([b"a=1"] * 9)).status == 413
    for body in (b"", b"\xff\x00", b"name=%ff&password=%00", b"language=%3Cb%3E&name=a&password=b"):
        assert guarded.ask("/sign-in", "POST", HTML, body).status in (401, 429)


def test_hostile_names_are_shown_as_text(guarded: Served) -> None:
    form = {"name": "<script>alert(1)</script>' autofocus onfocus='x\u202e", "password": "x"}
    body = guarded.ask("/sign-in", "POST", HTML, form).body
    assert "<script>alert" not in body
    assert "\u202e" not in body
    assert "onfocus='x" not in body


def test_the_sign_in_page_speaks_the_language_asked_for_set_or_preferred(guarded: Served) -> None:
    asked = guarded.ask("/sign-in?language=zh-Hant", headers={**HTML, "accept-language": "en"})
    assert (asked.status, "<html lang='zh-Hant'>" in asked.body, "使用者名稱" in asked.body) == (200, True, True)
    assert "用户名" in guarded.ask(headers={**HTML, "accept-language": "zh-CN"}).body
    assert "<html lang='en'>" in guarded.ask("/sign-in?language=%3Cb%3E", headers=HTML).body


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_the_sign_in_page_labels_its_fields_and_loads_nothing(language: str) -> None:
    page = sign_in_page(language)
    assert len(re.findall(r"<label>\w+<input", page)) == 2
    assert re.findall(r"<(?:link|script|img|iframe)[^>]+(?:src|href)=['\"](?!data:)|@import|url\(", page) == []
    assert "'unsafe" not in policy()
    assert "form-action 'self'" in policy()


def test_what_follows_a_request_knows_who_signed_in(guarded: Served) -> None:
    cookie = {"cookie": cookie_of(guarded.sign_in())}
    guarded.ask(headers=cookie)
    assert user_of(Request(guarded.reached[-1])) == "ada"
    assert user_of(None) == ""
