"""What a model server is: its kind, its models, its context, and how it counts tokens.

Invariant: each fact is asked for once, when it is first needed, and kept; what could not be asked is not kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Literal

from rag.errors import ServerDown
from rag.models.server_connection import Reply, ask

ServerKind = Literal["ollama", "vllm", "sglang", "llama.cpp", "lmstudio", "transformers", "unknown"]
"""The programs that serve models, as far as they answer differently."""

OLLAMA_CONTEXT = 4096
"""What Ollama takes where nothing else is set; it cuts longer prompts without a word."""

UNKNOWN_CONTEXT = 8192
"""What a server is taken to have that does not say."""

_OWNERS: Mapping[str, ServerKind] = {"vllm": "vllm", "sglang": "sglang", "llamacpp": "llama.cpp"}
_LOOK_SECONDS = 3.0
_COUNT_SECONDS = 30.0
_MESSAGE_TOKENS = 8
_CJK = re.compile(r"[⺀-鿿가-힯豈-﫿＀-￯\U00020000-\U0003ffff]")

Message = Mapping[str, Any]


def _is_transformers(form: Any) -> bool:
    return isinstance(form, dict) and "/load_model" in form.get("paths", {})


def _is_lmstudio(form: Any) -> bool:
    models = form.get("data") if isinstance(form, dict) else None
    return isinstance(models, list) and all(isinstance(model, dict) and "state" in model for model in models)


def _has(field: str) -> Callable[[Any], bool]:
    return lambda form: isinstance(form, dict) and field in form


# in this order: SGLang also speaks Ollama's protocol, and vLLM has a field that others have too
_SIGNS: tuple[tuple[ServerKind, str, Callable[[Any], bool]], ...] = (
    ("sglang", "/get_model_info", _has("model_path")),
    ("llama.cpp", "/props", _has("default_generation_settings")),
    ("lmstudio", "/api/v0/models", _is_lmstudio),
    ("ollama", "/api/version", _has("version")),
    ("vllm", "/version", _has("version")),
    ("transformers", "/openapi.json", _is_transformers),
)


class ServerFacts:
    """One model of one server; thread-safe.

    `base_url` ends where `/chat/completions` begins. `kind` is asked for where it is `None`.
    """

    def __init__(self, base_url: str, model: str, kind: ServerKind | None = None, key: str = "") -> None:
        self.base_url, self.model, self.key = base_url, model, key
        self._root = re.sub(r"/v1$", "", base_url)
        self._lock = Lock()
        self._kind = kind
        self._context: int | None = None
        self._shown: Reply | None = None

    def kind(self) -> ServerKind:
        """Which program it is; raises `ServerDown`."""
        with self._lock:
            if self._kind is None:
                found, certain = self._find_kind()
                self._kind = found if certain else None
                return found
            return self._kind

    def models(self) -> tuple[str, ...]:
        """Names of the models it has; empty where it does not say."""
        return tuple(str(card["id"]) for card in self._cards() if "id" in card)

    def context(self) -> int:
        """Tokens that prompt and reply may have together; 0 where the server does not say. Raises `ServerDown`."""
        kind = self.kind()
        if self._context is None:
            try:
                found = self._find_context(kind)
            except OSError as error:
                raise ServerDown(url=self.base_url) from error
            self._context = found if isinstance(found, int) and found > 0 else 0
        return self._context

    def can_think(self) -> bool:
        """Whether an Ollama model can be told to think; others are taken to."""
        if self.kind() != "ollama":
            return True
        try:
            abilities = self._show().get("capabilities")
        except OSError:
            return True
        return not isinstance(abilities, list) or "thinking" in abilities

    def count(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> int:
        """Tokens of the prompt that messages become with these template arguments; an estimate where need be."""
        try:
            count = self._count(self.kind(), messages, arguments)
        except (OSError, ServerDown):
            count = None
        return estimate(messages) if count is None else count

    def prompt(self, messages: Sequence[Message], arguments: Mapping[str, Any]) -> str | None:
        """The prompt that messages become, where the server (llama.cpp) tells it."""
        if self.kind() != "llama.cpp":
            return None
        try:
            prompt = self._ask("/apply-template", _templated(messages, arguments), _COUNT_SECONDS).get("prompt")
        except OSError as error:
            raise ServerDown(url=self.base_url) from error
        return prompt if isinstance(prompt, str) else None

    def _ask(self, path: str, body: Mapping[str, Any] | None = None, seconds: float = _LOOK_SECONDS) -> Reply:
        return ask(self._root + path, body, key=self.key, seconds=seconds)

    def _cards(self) -> list[dict[str, Any]]:
        try:
            cards = ask(f"{self.base_url}/models", key=self.key).get("data")
        except OSError:
            return []
        return [card for card in cards if isinstance(card, dict)] if isinstance(cards, list) else []

    def _own_card(self) -> dict[str, Any]:
        return next((card for card in self._cards() if card.get("id") == self.model), {})

    def _find_kind(self) -> tuple[ServerKind, bool]:
        """The kind, and whether every question was answered; raises `ServerDown` where nobody listens."""
        owner = str((self._cards() or [{}])[0].get("owned_by"))
        if owner in _OWNERS:
            return _OWNERS[owner], True
        certain = True
        for kind, path, fits in _SIGNS:
            try:
                reply = self._ask(path)
            except TimeoutError:
                certain = False
            except OSError as error:
                raise ServerDown(url=self.base_url) from error
            else:
                if reply.status == 200 and fits(reply.form):
                    return kind, True
        return "unknown", certain

    def _find_context(self, kind: ServerKind) -> object:
        if kind == "llama.cpp":
            settings = self._ask("/props").get("default_generation_settings")
            return settings.get("n_ctx") if isinstance(settings, dict) else None
        if kind == "vllm":
            return self._own_card().get("max_model_len")
        if kind == "sglang":
            said = self._own_card().get("max_model_len")
            return said or self._ask("/get_server_info").get("context_length")
        if kind == "lmstudio":
            cards = self._ask("/api/v0/models").get("data")
            own = next((card for card in cards or () if isinstance(card, dict) and card.get("id") == self.model), {})
            return own.get("loaded_context_length") or own.get("max_context_length")
        return self._ollama_context() if kind == "ollama" else None

    def _show(self) -> Reply:
        if self._shown is None:
            self._shown = self._ask("/api/show", {"model": self.model})
        return self._shown

    def _ollama_context(self) -> int:
        shown = self._show()
        number = re.search(r"^num_ctx\s+(\d+)", str(shown.get("parameters")), re.MULTILINE)
        information = shown.get("model_info")
        trained = [
            value
            for name, value in (information.items() if isinstance(information, dict) else ())
            if name.endswith(".context_length") and isinstance(value, int)
        ]
        return min([int(number[1]) if number else OLLAMA_CONTEXT, *trained])

    def _count(self, kind: ServerKind, messages: Sequence[Message], arguments: Mapping[str, Any]) -> int | None:
        if kind == "llama.cpp":
            content = self.prompt(messages, arguments)
            body: dict[str, Any] = {"content": content, "add_special": True, "parse_special": True}
            tokens = None if content is None else self._ask("/tokenize", body, _COUNT_SECONDS).get("tokens")
            return len(tokens) if isinstance(tokens, list) else None
        if kind == "vllm":
            body = {"model": self.model, "add_generation_prompt": True, **_templated(messages, arguments)}
            return _number(self._ask("/tokenize", body, _COUNT_SECONDS).get("count"))
        if kind == "sglang":
            # it knows no messages here: their texts, and what a template puts around each
            text = "\n".join(str(message["content"]) for message in messages)
            body = {"model": self.model, "prompt": text}
            count = _number(self._ask("/tokenize", body, _COUNT_SECONDS).get("count"))
            return None if count is None else count + _MESSAGE_TOKENS * len(messages)
        return None


def estimate(messages: Sequence[Message]) -> int:
    """Tokens of messages without a tokenizer, rather too many than too few.

    A Chinese, Japanese or Korean character counts 1, three other characters 1 together, a message 8 besides its text.
    """
    tokens = 0
    for message in messages:
        text = str(message["content"])
        wide = len(_CJK.findall(text))
        tokens += _MESSAGE_TOKENS + wide + math.ceil((len(text) - wide) / 3)
    return tokens


def _templated(messages: Sequence[Message], arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"messages": list(messages), **({"chat_template_kwargs": dict(arguments)} if arguments else {})}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
