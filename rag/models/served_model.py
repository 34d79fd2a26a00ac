"""A chat model that answers over HTTP, on another machine or in this process.

Invariant: every way to ask (`stream_turn`, `stream`, `invoke`, and their async forms) goes through one request, which
is made on a connection of its own, so that leaving a reply ends the work of the server too. A request is repeated
only in a plainer form that the server may take where it refused the first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Self

import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr, SecretStr

from rag.errors import ModelError, ServerRejected
from rag.models.base import ChatOptions, Turn
from rag.models.cancelling import interruptible
from rag.models.chunks import whole
from rag.models.families import Family
from rag.models.server_connection import CONNECT_SECONDS, REPLY_SECONDS, Connection
from rag.models.server_errors import StreamBroken, StreamError, model_error
from rag.models.server_facts import UNKNOWN_CONTEXT, ServerFacts, ServerKind
from rag.models.server_replies import ReplyParts
from rag.models.server_requests import (
    CONTINUE,
    answer_now,
    arguments_for,
    closed_thinking,
    continues,
    request_for,
)

# the client wants a key; a server that wants none takes any
_NO_KEY = "none"
_REASONING_KEYS = ("reasoning_content", "reasoning")

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request: the arguments of the client, and how its reply is read. `completion`: the prompt is written out."""

    payload: Fields
    parts: ReplyParts
    completion: bool = False


class ServedModel(ChatOpenAI):
    """A `LocalChatModel` (see `rag.models.base`) behind a server; `ServerChat` and `GgufChat` open it.

    `label` is the setting that chooses it.
    """

    label: str = ""

    _options: ChatOptions = PrivateAttr(default_factory=ChatOptions)
    _family: Family | None = PrivateAttr(default=None)
    _facts: ServerFacts = PrivateAttr()
    _lock: Any = PrivateAttr(default_factory=Lock)
    _connections: set[Connection] = PrivateAttr(default_factory=set)
    _plain: bool = PrivateAttr(default=False)

    @classmethod
    def _make(cls, facts: ServerFacts, options: ChatOptions, label: str, family: Family | None) -> Self:
        timeout = openai.Timeout(REPLY_SECONDS, connect=CONNECT_SECONDS)
        model = cls(
            model=facts.model,
            base_url=facts.base_url,
            # given, so that no key in the environment is sent
            api_key=SecretStr(facts.key or _NO_KEY),
            max_retries=0,
            timeout=timeout,
            use_responses_api=False,
            stream_usage=False,
            http_client=openai.DefaultHttpxClient(trust_env=False, follow_redirects=False, timeout=timeout),
            http_async_client=openai.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False, timeout=timeout),
            label=label,
        )
        model._options, model._family, model._facts = options, family, facts
        return model

    @property
    def family(self) -> Family | None:
        """The family it was recognised as."""
        return self._family

    def kind(self) -> ServerKind:
        """Which program serves it; raises `ServerDown`."""
        return self._facts.kind()

    def stream_turn(self, messages: Sequence[BaseMessage], turn: Turn) -> Iterator[AIMessageChunk]:
        """Generate (see `LocalChatModel`); the last chunk's `response_metadata` has the `finish_reason`."""
        return self._reply(messages, turn, {})

    def count_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Tokens of the prompt: by the server where it counts (llama.cpp, vLLM, SGLang), else estimated.

        The estimate is `rag.models.server_facts.estimate`; it serves also where the server does not answer.
        """
        try:
            arguments = arguments_for(self._facts.kind(), self._family, self._options, self._options.thinking)
        except ModelError:
            arguments = {}
        return self._facts.count(self._told(messages), arguments)

    def context_tokens(self) -> int:
        """Tokens that prompt, thinking and answer may have together.

        As set in the options, else as the server says; Ollama cuts what is longer than its `num_ctx` (4096) without a
        word. A server that does not say is taken to have `UNKNOWN_CONTEXT`, or the family's if that is less. Raises
        `ServerDown`.
        """
        if self._options.context:
            return self._options.context
        known = self._family.context if self._family else UNKNOWN_CONTEXT
        return self._facts.context() or min(known, UNKNOWN_CONTEXT)

    def get_num_tokens_from_messages(self, messages: Sequence[BaseMessage], *_: Any, **__: Any) -> int:
        """As `count_tokens`; LangChain's own would fetch the tokenizer of another model."""
        return self.count_tokens(messages)

    def get_num_tokens(self, text: str) -> int:
        """Tokens of a text as one message."""
        return self.count_tokens([HumanMessage(text)])

    def close(self) -> None:
        """End all replies under way and free the clients; may be called twice."""
        with self._lock:
            connections = tuple(self._connections)
        for connection in connections:
            connection.cut()
        self.root_client.close()

    def _reply(self, messages: Sequence[BaseMessage], turn: Turn, more: Fields) -> Iterator[AIMessageChunk]:
        """The chunks of one reply; `more` are fields of the request that a caller of LangChain gave."""
        connection = Connection(self._facts.base_url)
        with self._lock:
            self._connections.add(connection)
        try:
            produce = self._produce
            yield from interruptible(lambda: produce(connection, messages, turn, more), turn.cancelled, connection.cut)
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _produce(
        self, connection: Connection, messages: Sequence[BaseMessage], turn: Turn, more: Fields
    ) -> Iterator[AIMessageChunk]:
        """As `_reply`, on the thread that waits for the server."""
        refused: openai.APIStatusError | None = None
        try:
            for asked in self._requests(messages, turn, more):
                try:
                    yield from self._read(connection, asked)
                    return
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    refused = error
                    if not isinstance(self._as_model_error(error), ServerRejected):
                        raise
            if refused is not None:
                raise refused
        except (ModelError, openai.OpenAIError, StreamBroken, StreamError, OSError, ValueError) as error:
            raise self._as_model_error(error) from error
        finally:
            connection.close()

    def _as_model_error(self, error: Exception) -> ModelError:
        facts = self._facts
        limit = self._options.context
        return model_error(error, facts.base_url, facts.model, lambda: limit or facts.context(), facts.models)

    def _requests(self, messages: Sequence[BaseMessage], turn: Turn, more: Fields) -> Iterator[_Asked]:
        """The request, and after it plainer ones, each for the case that the server refuses the one before."""
        kind, reasoning = self._facts.kind(), self._family.reasoning if self._family else None
        if turn.reasoned:
            if continues(kind, self._family):
                yield self._continuing(kind, messages, turn, more)
            messages, turn = answer_now(messages, turn.reasoned), replace(turn, thinking="off")
        asked = request_for(kind, self._family, self._options, turn, self._facts.can_think())
        payload = asked.payload()
        if "extra_body" in payload and not self._plain:
            yield _Asked(self._payload(messages, {**payload, **more}), ReplyParts(reasoning))
            self._plain = kind == "unknown"
        if self._plain or "extra_body" not in payload:
            yield _Asked(self._payload(messages, {**asked.fields, **more}), ReplyParts(reasoning))

    def _continuing(self, kind: ServerKind, messages: Sequence[BaseMessage], turn: Turn, more: Fields) -> _Asked:
        """A request whose reply goes on after thinking that was cut off."""
        asked = request_for(kind, self._family, self._options, turn)
        most = turn.max_tokens or self._options.answer_tokens
        parts = ReplyParts(self._family.reasoning if self._family else None, continued=True)
        if kind == "llama.cpp":
            # its way to continue a message depends on its version and the template; a prompt is a prompt
            prompt = self._facts.prompt(self._told(messages), asked.arguments) or ""
            text = prompt + closed_thinking(self._family, turn.reasoned, prompt)
            fields = {**asked.fields, "max_tokens": most, "extra_body": asked.extra, **more}
            return _Asked({**fields, "prompt": text, "model": self.model_name}, parts, completion=True)
        begun = [*messages, AIMessage(closed_thinking(self._family, turn.reasoned))]
        asked = replace(asked, fields={**asked.fields, "max_tokens": most}, extra={**asked.extra, **CONTINUE})
        return _Asked(self._payload(begun, {**asked.payload(), **more}), parts)

    def _read(self, connection: Connection, asked: _Asked) -> Iterator[AIMessageChunk]:
        """Send a request and read its reply; raises errors of the client as they are."""
        client = self.root_client.with_options(http_client=connection.client)
        create = client.completions.create if asked.completion else client.chat.completions.create
        finish = ""
        with create(**{**asked.payload, "stream": True}) as stream:
            for event in stream:
                form = event.model_dump()
                if form.get("object") == "error":
                    raise StreamError(form)
                for choice in (form.get("choices") or ())[:1]:
                    finish = choice.get("finish_reason") or finish
                    yield from asked.parts.feed(*_text_and_thinking(choice))
        if not finish:
            raise StreamBroken
        yield from asked.parts.close(finish)

    def _payload(self, messages: Sequence[BaseMessage], fields: Fields) -> Fields:
        payload = self._get_request_payload(list(messages), **fields)
        # Ollama knows only the older name
        if "max_completion_tokens" in payload:
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        return payload

    def _told(self, messages: Sequence[BaseMessage]) -> list[Fields]:
        """The messages as the protocol has them."""
        told: list[Fields] = self._get_request_payload(list(messages))["messages"]
        return told

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._reply(messages, Turn(), {**kwargs, **({"stop": stop} if stop else {})}):
            made = ChatGenerationChunk(message=chunk)
            if run_manager is not None:
                run_manager.on_llm_new_token(made.text, chunk=made)
            yield made

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        more = {**kwargs, **({"stop": stop} if stop else {})}
        return ChatResult(generations=[ChatGeneration(message=whole(self._reply(messages, Turn(), more)))])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for chunk in BaseChatModel._astream(self, messages, stop, run_manager, **kwargs):
            yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await BaseChatModel._agenerate(self, messages, stop, run_manager, **kwargs)


def _text_and_thinking(choice: Fields) -> tuple[str, str]:
    """What one event adds; a completion has its text in another place than a chat."""
    delta = choice.get("delta") or {"content": choice.get("text")}
    thinking = next((delta[key] for key in _REASONING_KEYS if delta.get(key)), "")
    return str(delta.get("content") or ""), str(thinking)
