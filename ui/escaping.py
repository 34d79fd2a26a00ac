"""Foreign words made safe to show: after `plain` a text is text, whatever it held, and `isolated` keeps it in place.

Nothing that comes from an article, a file name, a question or an answer reaches the page except through here.
"""

from __future__ import annotations

import html
import re

# direction overrides and embeddings reach beyond their element; control codes and lone surrogates are not text
_DISTURBING = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SHOWN_AS = "\ufffd"


def plain(text: str) -> str:
    """The text with markup escaped, for element content and quoted attributes; controls become U+FFFD."""
    return html.escape(_DISTURBING.sub(_SHOWN_AS, text).replace("\x0c", "\n"), quote=True)


def isolated(text: str, language: str = "", classes: str = "") -> str:
    """The escaped text in a `<bdi>` of its own, so that its direction ends where it ends."""
    return f"<bdi{attribute('class', classes)}{attribute('lang', language)}>{plain(text)}</bdi>"


def attribute(name: str, value: str) -> str:
    """` name="value"`, escaped; empty for an empty value."""
    return f' {name}="{plain(value)}"' if value else ""
