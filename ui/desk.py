"""What the page does with the articles of one collection: each method answers one event with values or with HTML.

No exception of the assistant leaves this desk: what has words of its own is shown in them, anything else is logged
and shown as a general message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from rag.errors import RagError
from rag.messages import say
from rag.types import Article
from ui import article as article_panel
from ui import details, render
from ui.assistant_pool import AssistantPool
from ui.conversation import Conversation, Turn, history
from ui.conversation_store import Feedback
from ui.examples import examples
from ui.line import Line
from ui.preferences import Preferences
from ui.stopping import GRACE, stoppable
from ui.words import label

_LOOK_EVERY = 0.3  # seconds between looks at the line and at a stop
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as the page shows it; `id` is empty until it is kept."""

    id: str = ""
    turns: Conversation = ()
    feedback: Mapping[int, Feedback] = field(default_factory=dict)


class Desk:
    """Asks one collection for any number of conversations; it holds none of them."""

    def __init__(self, pool: AssistantPool, line: Line, grace: float = GRACE) -> None:
        """`grace` is how many seconds the last of a stopped answer is waited for."""
        self.pool, self.line, self.grace = pool, line, grace
        self.assistant = pool.base

    def drawn(self, talk: Talk, language: str) -> str:
        """The conversation as HTML."""
        opening = "" if talk.turns else self._opening(language)
        return render.conversation(talk.turns, language, self._lookup, opening, talk.id, talk.feedback)

    def opening(self, language: str) -> str:
        """What stands there before the browser has said who it is."""
        return render.framed(self._opening(language), (), language, arriving=True)

    def ask(
        self, question: str, talk: Talk, language: str, stop: Event, preferences: Preferences | None = None
    ) -> Iterator[tuple[Turn, str]]:
        """One more question, step by step, and the HTML of the whole conversation.

        Setting `stop` ends it: it is drawn as stopped at once, then with the last that the assistant gives.
        """
        earlier = "".join(
            render.turn(one, language, self._lookup, newest=False, feedback=talk.feedback) for one in talk.turns
        )
        number = talk.turns[-1].number + 1 if talk.turns else 1
        for one in self._answering(Turn(number, question.strip()), talk.turns, stop, preferences or Preferences()):
            drawn = render.turn(one, language, self._lookup, feedback=talk.feedback)
            yield one, render.framed(earlier + drawn, (*talk.turns, one), language, talk.id)

    def open_article(self, data: Mapping[str, Any], turns: Conversation, language: str) -> str:
        """The article panel for what the browser asked to see, or one that says why there is none."""
        try:
            asked = article_panel.Asked.read(data)
            return article_panel.opened(self.assistant.article(asked.article_id), asked, turns, language)
        except RagError:
            return article_panel.missing(label("article_gone", language), language)
        except Exception:
            _log.exception("an article could not be shown")
            return article_panel.missing(say("error.general", language), language)

    def open_details(self, name: str, turns: Conversation, language: str) -> str:
        """The panel with the details of the search of a turn, or one that says why there are none."""
        return details.opened(name, turns, language, self._lookup)

    def _answering(self, one: Turn, earlier: Conversation, stop: Event, preferences: Preferences) -> Iterator[Turn]:
        yield one
        try:
            ticket = self.line.join()
        except RagError as error:
            yield one.failed(error)
            return
        try:
            known = 0
            while not stop.is_set() and (ahead := ticket.wait(_LOOK_EVERY if known else 0)):
                if ahead != known:
                    known = ahead
                    yield replace(one, ahead=ahead)
            if not stop.is_set():
                yield from self._steps(one, earlier, stop, preferences)
                return
        finally:
            ticket.leave()
        yield one.settled()

    def _steps(self, one: Turn, earlier: Conversation, stop: Event, preferences: Preferences) -> Iterator[Turn]:
        shown: Turn | None = None
        try:
            steps = self.pool.stream(preferences, one.question, history(earlier), cancelled=stop)
            for came in stoppable(steps, stop, self.grace):
                for event in came:
                    one = one.after(event)
                shown = one.settled() if stop.is_set() else one
                yield shown
        except RagError as error:
            one = one.failed(error)
        except Exception as error:
            _log.exception("a question could not be answered")
            one = one.failed(error)
        if one.settled() != shown:
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
        held = self.assistant.articles()
        return render.welcome(language, examples(held, language), bool(held))
