"""A model in a GGUF file, run by llama.cpp on this machine.

Invariant: a file is known to be whole, and its memory to be there, before llama.cpp sees it. `close` ends the server
and frees the model's memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import PrivateAttr

from rag.errors import NoChatTemplate
from rag.models.base import ChatOptions
from rag.models.families import Family, recognise
from rag.models.gguf_file import GgufFile, read_gguf
from rag.models.llama_server import LlamaServer
from rag.models.memory import memory
from rag.models.served_model import ServedModel
from rag.models.server_facts import ServerFacts

USUAL_CONTEXT = 16384
"""Tokens of context where the settings name none and the model was trained for more."""

_LEAST_CONTEXT = 2048
# of the free memory; the weights need the most
_SHARE_OF_CONTEXT = 0.25


class GgufChat(ServedModel):
    """A chat model in a GGUF file; a `LocalChatModel` and LangChain's `BaseChatModel`."""

    _server: LlamaServer = PrivateAttr()

    @classmethod
    def open(cls, path: Path | str, options: ChatOptions, label: str) -> Self:
        """Load the model of a file, of any of its parts where it has several.

        Raises `MissingDependency`, `ModelNotFound`, `IncompleteModel`, `NoChatTemplate`, `UnsupportedGguf` (an
        `UnsupportedArchitecture`) or `OutOfMemory`.
        """
        file = read_gguf(Path(path).expanduser())
        if not file.has_chat_template:
            raise NoChatTemplate(model=str(path))
        machine = memory()
        context = options.context or context_for(file, machine.available)
        server = LlamaServer(str(path), file, context, machine.total)
        facts = ServerFacts(server.url, file.parts[0].stem, "llama.cpp", server.key)
        chat = cls._make(facts, options, label, family_of(file))
        chat._server = server
        return chat

    @property
    def address(self) -> str:
        """Where its server listens, up to and with `/v1`."""
        return self._facts.base_url

    @property
    def key(self) -> str:
        """What its server wants as a bearer token."""
        return self._facts.key

    def close(self) -> None:
        """Stop the server and free the model's memory; may be called twice."""
        super().close()
        self._server.stop()


def context_for(file: GgufFile, available: int) -> int:
    """Tokens of context to run a model with.

    As many as it was trained for, at most `USUAL_CONTEXT`, and so many that they take no more than a quarter of the
    `available` bytes of memory (0: not known), but at least 2048.
    """
    most = min(file.trained_context or USUAL_CONTEXT, USUAL_CONTEXT)
    each = file.cache_bytes()
    if not each or not available:
        return most
    return min(most, max(_LEAST_CONTEXT, int(available * _SHARE_OF_CONTEXT) // each))


def family_of(file: GgufFile) -> Family | None:
    """The family by the file's name or, where that names none, the model's own, or its architecture."""
    names = (file.parts[0].name, file.name)
    name = next((name for name in names if recognise(name) is not None), "")
    return recognise(name, file.architecture)
