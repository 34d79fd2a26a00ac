"""A model behind a server that speaks OpenAI's protocol: Ollama, vLLM, SGLang, llama.cpp, LM Studio, transformers.

Invariant: opening asks the server nothing; what is asked is asked when it is first needed.
"""

from __future__ import annotations

from typing import Self

from rag.models.base import ChatOptions
from rag.models.families import recognise
from rag.models.served_model import ServedModel
from rag.models.server_facts import ServerFacts, ServerKind

__all__ = ["ServerChat", "ServerKind"]


class ServerChat(ServedModel):
    """A chat model behind a server; a `LocalChatModel` and LangChain's `BaseChatModel`."""

    @classmethod
    def open(
        cls,
        base_url: str,
        model: str,
        options: ChatOptions,
        label: str,
        kind: ServerKind | None = None,
        api_key: str = "",
    ) -> Self:
        """The model `model` of the server at `base_url`, which ends in `/v1`.

        `kind` is found out where it is not given. `api_key` is sent as a bearer token; without it no key is sent,
        whatever the environment holds.
        """
        facts = ServerFacts(base_url.rstrip("/"), model, kind, api_key)
        return cls._make(facts, options, label, recognise(model))
