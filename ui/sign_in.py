"""The page that asks for a name and a password: plain HTML in three languages that needs no other file.

Invariant: nothing but the styles and the one script that stand in it runs, and nothing is sent but to this server.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import quote

from ui.escaping import attribute, plain
from ui.words import LANGUAGE_NAMES, label

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"

_HERE = Path(__file__).parent


def sign_in_page(language: str, failure: str = "", name: str = "") -> str:
    """The whole page; `failure` is what is told of the last try (`ui.sign_in.failure`), `name` what was typed then."""
    told = f"<p id='failure' class='failure' role='alert'>{plain(failure)}</p>" if failure else ""
    described = attribute("aria-describedby", "failure" if failure else "")
    others = "".join(
        f"<li><a href='sign-in?language={quote(code)}' lang='{code}' hreflang='{code}'"
        f"{attribute('aria-current', 'true' if code == language else '')}>{plain(own)}</a></li>"
        for code, own in LANGUAGE_NAMES.items()
    )
    return (
        f"<!doctype html><html lang='{plain(language)}'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{plain(label('title', language))}</title><link rel='icon' href='data:,'>"
        f"<style>{_style()}</style><script>{_script()}</script></head>"
        f"<body class='sign-in'><main><h1>{plain(label('title', language))}</h1>"
        f"<form method='post' action='sign-in'>{told}"
        f"<input type='hidden' name='language'{attribute('value', language)}>"
        f"<label>{plain(label('signin.name', language))}<input name='name' autocomplete='username' required "
        f"autocapitalize='none' spellcheck='false'{attribute('value', name)}{described}"
        f"{'' if name else ' autofocus'}></label>"
        f"<label>{plain(label('signin.password', language))}<input name='password' type='password' required "
        f"autocomplete='current-password'{described}{' autofocus' if name else ''}></label>"
        f"<button>{plain(label('signin.enter', language))}</button></form>"
        f"<nav{attribute('aria-label', label('language', language))}><ul>{others}</ul></nav></main></body></html>"
    )


def failure(language: str, wait: float = 0.0) -> str:
    """What is told after a try that failed, or that came `wait` seconds too early."""
    if wait > 0:
        return label("signin.wait", language, seconds=int(wait) + 1)
    return label("signin.wrong", language)


@cache
def policy() -> str:
    """The content security policy of the page."""
    return (
        f"default-src 'none'; style-src '{_digest(_style())}'; script-src '{_digest(_script())}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def _style() -> str:
    return (_HERE / "themes.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    return (_HERE / "themes.js").read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
