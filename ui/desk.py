"""What the page does with an assistant: each method answers one event with a conversation or with HTML.

No exception of the assistant leaves this desk: what has words of its own is shown in them, anything else is logged
and shown as a general message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Event

from rag.assistant import Assistant
from rag.errors import RagError
from rag.messages import say
from rag.types import Article, Filters, Span
from ui import article as article_panel
from ui import render
from ui.conversation import Conversation, Turn, history
from ui.stopping import GRACE, stoppable
from ui.words import EXAMPLES, label

_log = logging.getLogger(__name__)


class Desk:
    """Asks one assistant for any number of conversations; it holds none of them."""

    def __init__(self, assistant: Assistant, grace: float = GRACE) -> None:
        """`grace` is how many seconds the last of a stopped answer is waited for."""
        self.assistant, self.grace = assistant, grace

    def drawn(self, turns: Conversation, language: str) -> str:
        """The conversation as HTML."""
        return render.conversation(turns, language, self._lookup, "" if turns else self._opening(language))

    def ask(self, question: str, turns: Conversation, language: str, stop: Event) -> Iterator[tuple[Conversation, str]]:
        """The conversation with one more question, step by step, and its HTML.

        Setting `stop` ends it: it is drawn as stopped at once, then with the last that the assistant gives.
        """
        earlier = "".join(render.turn(one, language, self._lookup, newest=False) for one in turns)
        for one in self._answering(Turn(len(turns) + 1, question.strip()), turns, stop):
            asked = (*turns, one)
            yield asked, render.framed(earlier + render.turn(one, language, self._lookup), asked, language)

    def open_article(self, article_id: str, start: int, end: int, language: str) -> str:
        """The article panel for what the browser asked to see, or one that says why there is none."""
        try:
            return article_panel.panel(self.assistant.article(article_id), Span(int(start), int(end)), language)
        except RagError:
            return article_panel.missing(label("article_gone", language), language)
        except Exception:
            _log.exception("an article could not be shown")
            return article_panel.missing(say("error.general", language), language)

    def _answering(self, one: Turn, earlier: Conversation, stop: Event) -> Iterator[Turn]:
        yield one
        try:
            steps = self.assistant.stream(one.question, history(earlier), Filters(), cancelled=stop)
            for came in stoppable(steps, stop, self.grace):
                for event in came:
                    one = one.after(event)
                yield one.settled() if stop.is_set() else one
        except RagError as error:
            one = one.failed(error)
        except Exception as error:
            _log.exception("a question could not be answered")
            one = one.failed(error)
        yield one.settled()

    def _lookup(self, article_id: str) -> Article | None:
        """A source whose article cannot be had is still shown, with its quote alone."""
        try:
            return self.assistant.article(article_id)
        except RagError:
            return None
        except Exception:
            _log.exception("an article could not be read")
            return None

    def _opening(self, language: str) -> str:
        """Examples are offered only where their sample articles are held."""
        held = {info.source for info in self.assistant.articles()}
        return render.welcome(language, [e for e in EXAMPLES if e.source in held], bool(held))
