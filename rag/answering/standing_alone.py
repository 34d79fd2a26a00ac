"""A follow-up made to stand alone: by the local model where there is one, else by rule.

Invariant: whatever the model writes or however it fails, what comes back is a question that can be searched for;
a question that does not lean on the conversation comes back as it is.
"""

from __future__ import annotations

import logging
from threading import Event

from rag.answering.followup import accept_rewrite, by_rule, leans, rewrite_messages
from rag.answering.messages_for_model import reply_to
from rag.answering.prompts import History
from rag.errors import ModelError
from rag.models.base import LocalChatModel, Turn
from rag.models.families import thinks
from rag.types import Language

MOST_TOKENS = 120
"""A question that stands alone is no longer."""

_log = logging.getLogger(__name__)


def stand_alone(
    question: str,
    language: Language,
    history: History,
    model: LocalChatModel | None = None,
    cancelled: Event | None = None,
) -> str:
    """The question as it can be searched for without the conversation before it."""
    if not history or not leans(question, language):
        return question
    rewritten = _by_model(question, language, history, model, cancelled) if model is not None else None
    return rewritten or by_rule(question, language, history)


def _by_model(
    question: str, language: Language, history: History, model: LocalChatModel, cancelled: Event | None
) -> str | None:
    # a model that cannot be kept from thinking would think longer than the search takes
    if thinks(model.family, "off"):
        return None
    turn = Turn(thinking="off", max_tokens=MOST_TOKENS, cancelled=cancelled)
    try:
        written = reply_to(model, rewrite_messages(question, language, history), turn)
    except ModelError as error:
        _log.info("the follow-up was rewritten by rule: %s", error)
        return None
    return accept_rewrite(written, question, language)
