"""Message chunks as every runtime sends them, and the whole message that they amount to (see `rag.models.base`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from rag.models.reasoning import Piece


def chunk_of(piece: Piece) -> AIMessageChunk:
    """A piece of a split reply as a chunk."""
    if piece.kind == "text":
        return AIMessageChunk(content=piece.text)
    if piece.kind == "thinking":
        return AIMessageChunk(content="", additional_kwargs={"reasoning_content": piece.text})
    return AIMessageChunk(content="", additional_kwargs={"retracted": True})


def whole(chunks: Iterable[AIMessageChunk]) -> AIMessage:
    """The message that chunks amount to; text that was withdrawn is thinking."""
    thinking = text = ""
    usage: UsageMetadata | None = None
    metadata: dict[str, Any] = {}
    for chunk in chunks:
        if chunk.additional_kwargs.get("retracted"):
            thinking, text = thinking + text, ""
        thinking += str(chunk.additional_kwargs.get("reasoning_content", ""))
        text += str(chunk.text)
        usage = chunk.usage_metadata or usage
        metadata |= chunk.response_metadata
    added = {"reasoning_content": thinking} if thinking else {}
    return AIMessage(content=text, additional_kwargs=added, usage_metadata=usage, response_metadata=metadata)
