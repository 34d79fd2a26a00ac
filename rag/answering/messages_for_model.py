"""The seam to LangChain: messages of a prompt as its chat models take them, and the reply to a short one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.answering.prompts import Message
from rag.models.base import LocalChatModel, Turn

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


def for_langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    """The same messages, as LangChain's; imported when a model is asked, which takes most of a second."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, Any] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](message.text) for message in messages]


def reply_to(model: LocalChatModel, messages: Sequence[Message], turn: Turn) -> str:
    """The text of a reply that nobody watches coming, without its thinking; raises `ModelError` and its kinds."""
    from rag.models.chunks import whole

    return str(whole(model.stream_turn(for_langchain(messages), turn)).content)
