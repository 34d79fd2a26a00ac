"""The seam to LangChain: messages of a prompt as its chat models take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rag.answering.prompts import Message

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


def for_langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    """The same messages, as LangChain's; imported when a model is asked, which takes most of a second."""
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds: dict[str, Any] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](message.text) for message in messages]
