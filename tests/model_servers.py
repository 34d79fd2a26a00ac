"""A model server for tests: real HTTP on loopback, our own code, playing each kind of server that is known.

Invariant: what a kind answers here has the form that the real one answers with; only the words of the model are made
up. A token is a character of the messages, so that expected numbers can be counted by hand.

    with ModelServer("ollama", play=Play(text="Yes [1].", thinking="Let me see.")) as server:
        ServerChat.open(server.url, "tiny", …)
        server.chats[-1]["messages"]
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Body = dict[str, Any]

REASONING_KEY = {
    "ollama": "reasoning",
    "vllm": "reasoning",
    "sglang": "reasoning_content",
    "llama.cpp": "reasoning_content",
    "lmstudio": "reasoning_content",
    "transformers": "reasoning_content",
    "unknown": "",
}
OWNED_BY = {
    "ollama": "library",
    "vllm": "vllm",
    "sglang": "sglang",
    "llama.cpp": "llamacpp",
    "lmstudio": "organization_owner",
    "transformers": "tiny-labs",
    "unknown": "someone",
}
KINDS = tuple(OWNED_BY)


@dataclass(frozen=True)
class Play:
    """How one chat request is answered.

    `thinking` is sent only where the request does not switch it off, under the key of the kind, or within the text
    between `<think>` marks where `inline` is set or the kind has no key. `step` is the length of a chunk in
    characters, `delay` the seconds before each. What happens after so many chunks: `stall_after` falls silent until
    the client goes, `die_after` cuts the connection, `end_after` ends the stream without a word, `error_after` sends
    an error object. `stall_before_headers` answers nothing at all. A `status` other than 200 is answered at once
    with `error` as its message.
    """

    text: str = "The lamp is repaired [1]."
    thinking: str = ""
    inline: bool = False
    step: int = 4
    delay: float = 0.0
    stall_before_headers: bool = False
    stall_after: int | None = None
    die_after: int | None = None
    end_after: int | None = None
    error_after: int | None = None
    status: int = 200
    error: str = "something broke\nat line 7"
    finish: str = "stop"


@dataclass(frozen=True)
class Request:
    """What a client asked; names of headers are written like `Content-Type`."""

    method: str
    path: str
    body: Body
    headers: Mapping[str, str]


@dataclass
class ModelServer:
    """A running server; `url` ends in `/v1`, `root` does not. Attributes may be changed between requests.

    `play` is one way to answer, or is asked with each request's body. `context` is the model's context in tokens
    (characters); a longer prompt gets the kind's error, but Ollama cuts it silently (`cut` counts). `num_ctx` is
    what an Ollama model's parameters say, `loaded_context` what a loaded one has. `known_fields` are the fields of a
    request that are not refused, `None` for any; `continues` False refuses to go on with a last message.
    """

    kind: str = "unknown"
    models: tuple[str, ...] = ("tiny",)
    play: Play | Callable[[Body], Play] = field(default_factory=Play)
    context: int = 32768
    num_ctx: int | None = None
    loaded_context: int | None = None
    capabilities: tuple[str, ...] = ("completion", "thinking")
    known_fields: frozenset[str] | None = None
    continues: bool = True
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    disconnects: int = 0
    finished: int = 0
    cut: int = 0

    def __post_init__(self) -> None:
        self.closing = threading.Event()
        self._changed = threading.Condition()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def root(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address that clients of OpenAI's protocol are given."""
        return f"{self.root}/v1"

    @property
    def chats(self) -> list[Body]:
        """The bodies of the chat requests."""
        return [request.body for request in self.requests if request.path == "/v1/chat/completions"]

    def asked(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(1 for request in self.requests if request.path == path)

    def wait_for(self, what: str, count: int = 1, seconds: float = 10.0) -> bool:
        """Wait until `disconnects`, `finished`, `requests` or `chats` has reached `count`; whether it did."""

        def reached() -> bool:
            value = getattr(self, what)
            return (value if isinstance(value, int) else len(value)) >= count

        with self._changed:
            return self._changed.wait_for(reached, seconds)

    def note(self, what: str) -> None:
        """Count up one of the counters."""
        with self._changed:
            setattr(self, what, getattr(self, what) + 1)
            self._changed.notify_all()

    def record(self, request: Request) -> None:
        """Keep a request."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    def close(self) -> None:
        """Stop; may be called twice."""
        if not self.closing.is_set():
            self.closing.set()
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Gone(Exception):
    """The client has closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    owner: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._route("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self._route("POST", json.loads(self.rfile.read(length) or b"{}"))

    def _route(self, method: str, body: Body) -> None:
        path = self.path.split("?")[0]
        headers = {name.title(): value for name, value in self.headers.items()}
        self.owner.record(Request(method, path, body, headers))
        chats = ["/v1/chat/completions"] + ["/v1/completions"] * (self.owner.kind == "llama.cpp")
        if method == "POST" and path in chats:
            self._reply(body)
            return
        if (method, path) == ("GET", "/") and self.owner.kind == "ollama":
            self._send(200, b"Ollama is running", "text/plain")
            return
        found = _information(self.owner, method, path, body)
        if found is not None:
            self._json(200, found)
        elif self.owner.kind == "lmstudio":
            self._json(200, {"error": f"Unexpected endpoint or method. ({method} {path}). Returning 200 anyway"})
        else:
            self._json(404, {"detail": "Not Found"})

    def _reply(self, body: Body) -> None:
        owner = self.owner
        play = owner.play if isinstance(owner.play, Play) else owner.play(body)
        refusal = _refusal(owner, body, play)
        try:
            if play.stall_before_headers:
                self._stall()
            elif refusal is not None:
                self._json(*refusal)
            elif body.get("stream"):
                self._stream(body, play)
            else:
                self._json(200, _whole_reply(owner, body, play))
        except (_Gone, ConnectionError):
            self.close_connection = True
            owner.note("disconnects")
        else:
            owner.note("finished")

    def _stream(self, body: Body, play: Play) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        deltas = _deltas(self.owner.kind, body, play)
        for sent, delta in enumerate([*deltas, None]):
            self._pause(play.delay)
            if sent == play.stall_after:
                self._stall()
            if sent == play.die_after:
                self._cut_connection()
                return
            if sent == play.end_after:
                break
            if sent == play.error_after:
                self._event({"error": {"message": play.error, "type": "server_error", "code": 500}})
                break
            finish = play.finish if delta is None else None
            self._event(_chunk(body, delta or {}, finish))
        if play.end_after is None:
            self._event("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        block = f"data: {text}\n\n".encode()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
        self.wfile.flush()

    def _stall(self) -> None:
        while True:
            self._pause(0.05)

    def _pause(self, seconds: float) -> None:
        """Let time pass and notice at once when the client or the server goes."""
        until = time.monotonic() + seconds
        while True:
            left = max(0.0, until - time.monotonic())
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.05))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Gone
            if self.owner.closing.is_set():
                raise _Gone
            if left == 0.0:
                return

    def _cut_connection(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _json(self, status: int, value: object) -> None:
        self._send(status, json.dumps(value, ensure_ascii=False).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _information(owner: ModelServer, method: str, path: str, body: Body) -> object | None:
    """What the kind says on a path that is not a chat; `None` where it has no such path."""
    if (method, path) == ("GET", "/v1/models"):
        return {"object": "list", "data": [_model_card(owner, name) for name in owner.models]}
    answers: dict[str, dict[tuple[str, str], Callable[[], object]]] = {
        "ollama": {
            ("GET", "/api/version"): lambda: {"version": "0.15.2"},
            ("GET", "/api/tags"): lambda: {"models": [_ollama_tag(name) for name in owner.models]},
            ("GET", "/api/ps"): lambda: {"models": _ollama_loaded(owner)},
            ("POST", "/api/show"): lambda: _ollama_show(owner),
        },
        "llama.cpp": {
            ("GET", "/health"): lambda: {"status": "ok"},
            ("GET", "/props"): lambda: {
                "default_generation_settings": {"n_ctx": owner.context, "params": {}},
                "total_slots": 1,
                "model_path": f"/models/{owner.models[0]}.gguf",
                "chat_template": "{{ messages }}",
            },
            ("POST", "/apply-template"): lambda: {"prompt": prompt_of(body)},
            ("POST", "/tokenize"): lambda: {"tokens": list(range(len(body.get("content", ""))))},
        },
        "vllm": {
            ("GET", "/version"): lambda: {"version": "0.14.0"},
            ("POST", "/tokenize"): lambda: _tokenized(prompt_of(body), owner.context),
        },
        "sglang": {
            ("GET", "/get_model_info"): lambda: {"model_path": owner.models[0], "is_generation": True},
            ("GET", "/get_server_info"): lambda: {"context_length": owner.context, "version": "0.5.8"},
            ("POST", "/tokenize"): lambda: _tokenized(str(body["prompt"]), owner.context) if "prompt" in body else None,
        },
        "lmstudio": {
            ("GET", "/api/v0/models"): lambda: {
                "object": "list",
                "data": [_lmstudio_card(owner, n) for n in owner.models],
            },
        },
        "transformers": {
            ("GET", "/health"): lambda: {"status": "ok"},
            ("GET", "/openapi.json"): lambda: {"paths": {"/v1/chat/completions": {}, "/load_model": {}}},
        },
    }
    answer = answers.get(owner.kind, {}).get((method, path))
    return answer() if answer else None


def prompt_of(body: Body) -> str:
    """The prompt that messages become here: role and content in lines, then the opening of the reply."""
    if "messages" not in body:
        return str(body.get("prompt", ""))
    lines = [f"{message['role']}:{message['content']}\n" for message in body.get("messages", [])]
    return "".join(lines) + ("assistant:" if body.get("add_generation_prompt", True) else "")


def _tokenized(text: str, context: int) -> Body:
    return {"count": len(text), "max_model_len": context, "tokens": list(range(len(text)))}


def _model_card(owner: ModelServer, name: str) -> Body:
    card: Body = {"id": name, "object": "model", "created": 1700000000, "owned_by": OWNED_BY[owner.kind]}
    if owner.kind in ("vllm", "sglang"):
        card |= {"root": name, "max_model_len": owner.context}
    if owner.kind == "llama.cpp":
        card["meta"] = {"n_ctx_train": 2 * owner.context, "n_params": 1000}
    return card


def _ollama_tag(name: str) -> Body:
    details = {"format": "gguf", "family": "qwen3", "parameter_size": "4.0B", "quantization_level": "Q4_K_M"}
    return {"name": name, "model": name, "size": 2_500_000_000, "digest": "0" * 64, "details": details}


def _ollama_loaded(owner: ModelServer) -> list[Body]:
    if owner.loaded_context is None:
        return []
    return [{**_ollama_tag(name), "context_length": owner.loaded_context} for name in owner.models]


def _ollama_show(owner: ModelServer) -> Body:
    stop = 'stop                           "<|im_end|>"'
    number = "" if owner.num_ctx is None else f"num_ctx                        {owner.num_ctx}\n"
    return {
        "parameters": number + stop,
        "template": "{{ .Prompt }}",
        "details": _ollama_tag("x")["details"],
        "model_info": {"general.architecture": "qwen3", "qwen3.context_length": owner.context},
        "capabilities": list(owner.capabilities),
    }


def _lmstudio_card(owner: ModelServer, name: str) -> Body:
    card: Body = {"id": name, "object": "model", "type": "llm", "publisher": "tiny-labs", "arch": "qwen3"}
    loaded = {"state": "loaded", "loaded_context_length": owner.context, "max_context_length": 4 * owner.context}
    return {**card, "compatibility_type": "gguf", "quantization": "Q4_K_M", **loaded}


def _refusal(owner: ModelServer, body: Body, play: Play) -> tuple[int, Body] | None:
    """Status and body of an error, where the request gets one."""
    if play.status != 200:
        return play.status, {"error": {"message": play.error, "type": "api_error", "code": play.status}}
    if unknown := sorted(body.keys() - owner.known_fields) if owner.known_fields is not None else []:
        return 422, {"detail": f"Unexpected fields in the request: {unknown}"}
    if body.get("continue_final_message") and not owner.continues:
        return 400, {"error": {"message": "the final message does not appear in the chat", "code": 400}}
    model = str(body.get("model"))
    if model not in owner.models and owner.kind in ("ollama", "vllm", "lmstudio", "transformers", "unknown"):
        words = {
            "ollama": f'model "{model}" not found, try pulling it first',
            "vllm": f"The model `{model}` does not exist.",
        }
        message = words.get(owner.kind, f"Model '{model}' not found")
        return 404, {"error": {"message": message, "type": "not_found_error", "param": "model", "code": 404}}
    length = len(prompt_of(body))
    if length <= owner.context:
        return None
    if owner.kind == "ollama":
        owner.note("cut")
        return None
    return 400, _too_long(owner, length)


def _too_long(owner: ModelServer, length: int) -> Body:
    limit = owner.context
    if owner.kind == "llama.cpp":
        message = f"request ({length} tokens) exceeds the available context size ({limit} tokens), try increasing it"
        sizes = {"n_prompt_tokens": length, "n_ctx": limit}
        return {"error": {"code": 400, "message": message, "type": "exceed_context_size_error", **sizes}}
    if owner.kind == "sglang":
        message = f"The input ({length} tokens) is longer than the model's context length ({limit} tokens)."
        return {"object": "error", "message": message, "type": "BadRequest", "param": None, "code": 400}
    if owner.kind == "lmstudio":
        message = (
            f"Trying to keep the first {length} tokens when context the overflows. However, the model is loaded with "
            f"context length of only {limit} tokens, which is not enough."
        )
        return {"error": message}
    message = f"This model's maximum context length is {limit} tokens. However, your request has {length} input tokens."
    return {"error": {"message": message, "type": "BadRequestError", "param": None, "code": 400}}


def _wants_thinking(body: Body) -> bool:
    arguments = body.get("chat_template_kwargs") or {}
    off = (arguments.get("enable_thinking"), arguments.get("thinking"))
    return body.get("reasoning_effort") != "none" and False not in off


def _deltas(kind: str, body: Body, play: Play) -> list[Body]:
    """The pieces of a reply as the kind sends them."""
    if "prompt" in body:
        return [{"text": part} for part in _parts(play.text, play.step)]
    key = "" if play.inline else REASONING_KEY[kind]
    thinking = play.thinking if _wants_thinking(body) else ""
    text = play.text
    if thinking and not key:
        text, thinking = f"<think>\n{thinking}\n</think>\n\n{text}", ""
    pieces: list[Body] = [{"role": "assistant", "content": ""}]
    pieces += [{key: part} for part in _parts(thinking, play.step)]
    pieces += [{"content": part} for part in _parts(text, play.step)]
    return pieces


def _parts(text: str, step: int) -> list[str]:
    return [text[start : start + step] for start in range(0, len(text), step)]


def _chunk(body: Body, delta: Body, finish: str | None) -> Body:
    said = {"text": delta.get("text", "")} if "prompt" in body else {"delta": delta}
    choice = {"index": 0, **said, "finish_reason": finish, "logprobs": None}
    kind = "text_completion" if "prompt" in body else "chat.completion.chunk"
    head = {"id": "chatcmpl-1", "object": kind, "created": 1700000000}
    return {**head, "model": body.get("model"), "choices": [choice]}


def _whole_reply(owner: ModelServer, body: Body, play: Play) -> Body:
    message: Body = {"role": "assistant", "content": ""}
    for delta in _deltas(owner.kind, body, play)[1:]:
        for name, part in delta.items():
            message[name] = message.get(name, "") + part
    usage = {"prompt_tokens": len(prompt_of(body)), "completion_tokens": len(message["content"]), "total_tokens": 0}
    choice = {"index": 0, "message": message, "finish_reason": play.finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": body.get("model")}
    return {**head, "choices": [choice], "usage": usage}
