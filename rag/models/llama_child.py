"""The process in which llama.cpp runs: started by `rag.models.llama_server`, it ends when its input does.

Invariant: run as a script, with nothing but the standard library and xllamacpp. The first line of input is a JSON
object (`path`, `context`, `key`, `bytes`, `memory`), the only line of output another: `address`, or `error`. What
llama.cpp has to say of its errors goes to the error output.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

_ERRORS = 1


def main() -> None:
    """Load the model that the first line of input names, say where it is served, and wait for the end of input."""
    wish = json.loads(sys.stdin.readline())
    if wish["memory"] and wish["bytes"] > wish["memory"] + _memory_of_cards():
        _say(error="memory")
        return
    try:
        server = _start(str(wish["path"]), int(wish["context"]), str(wish["key"]))
    except RuntimeError:
        _say(error="load")
        return
    _say(address=server.listening_address)
    sys.stdin.read()
    # whoever asked is gone, so nothing is left to be finished
    os._exit(0)


def _start(path: str, context: int, key: str) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.model_alias = {Path(path).stem}
    parameters.n_ctx = context
    # one question after another, each with the whole context
    parameters.n_parallel = 1
    # else it keeps up to 8 GB of earlier prompts
    parameters.cache_ram_mib = 0
    parameters.use_jinja = True
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.api_keys = [key]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.verbosity = _ERRORS
    return xllamacpp.Server(parameters)


def _memory_of_cards() -> int:
    """Bytes of memory of the graphics cards that llama.cpp can use, together."""
    import xllamacpp

    card = xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_GPU
    return sum(int(device["memory_total"]) for device in xllamacpp.get_device_info() if device["type"] == card)


def _say(**values: str) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
