"""Loading a model folder with transformers: whole and without running code of its own, or not at all.

Invariant: a model that is given back has every weight, a tokenizer and a chat template. No code of a model folder is
run, no pickle is read and no network used; everything that is amiss is a `ModelError` that says what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rag.errors import (
    IncompleteModel,
    MissingDependency,
    ModelError,
    ModelNotFound,
    NeedsRemoteCode,
    NoChatTemplate,
    OutOfMemory,
    UnsupportedArchitecture,
)
from rag.models.families import Family, recognise
from rag.models.hub_cache import cache_folder
from rag.models.memory import memory

_FEWEST_TOKENS = 100
"""A tokenizer whose files are missing comes back with a handful of special tokens; every real one has more."""

_REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_INDEX = "model.safetensors.index.json"
_KIMI = "kimi_k2"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to run: `model` and `tokenizer` are of transformers, `context` is in tokens."""

    model: Any
    tokenizer: Any
    family: Family | None
    context: int
    path: Path


def load(name: str) -> Loaded:
    """Load a model by its folder, or by its hub name where it was downloaded.

    It runs on the GPU where there is one. Raises `ModelNotFound`, `IncompleteModel`, `UnsupportedArchitecture`,
    `NeedsRemoteCode`, `NoChatTemplate`, `MissingDependency` or `OutOfMemory`.
    """
    path = _find(name)
    written = _written_config(name, path)
    weights = _weights(name, path)
    with _as_model_errors(name, _architecture(written)), quiet():
        config = _config(name, path, written)
        tokenizer = _tokenizer(name, path, config)
        model = _model(name, path, config, weights)
    architectures = [str(item) for item in written.get("architectures") or ()]
    family = recognise(_named(name, path), str(written.get("model_type", "")), architectures)
    return Loaded(model, tokenizer, family, _context(config, tokenizer, family), path)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python or torch means that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    words = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in words for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )


def _find(name: str) -> Path:
    """The folder of a model."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or not _REPO.fullmatch(name) or name.startswith("."):
        raise ModelNotFound(model=name, reason_key="reason.not_found")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, cache_dir=cache_folder(), local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ModelNotFound(model=name, reason_key="reason.not_cached") from error


def _named(name: str, path: Path) -> str:
    """What may name the family: a hub name, or the whole path of a folder named in short, such as `.`."""
    return str(path.resolve()) if Path(name).expanduser().is_dir() else name


def _written_config(name: str, path: Path) -> dict[str, Any]:
    """config.json as it is written."""
    file = path / "config.json"
    try:
        form = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise IncompleteModel(model=name, reason_key="reason.file_missing", file=file.name) from error
    except (OSError, ValueError) as error:
        raise IncompleteModel(model=name, reason_key="reason.file_damaged", file=file.name) from error
    if not isinstance(form, dict):
        raise IncompleteModel(model=name, reason_key="reason.file_damaged", file=file.name)
    return form


def _architecture(written: Mapping[str, Any]) -> str:
    names: Sequence[Any] = written.get("architectures") or [written.get("model_type") or "?"]
    quantised = written.get("quantization_config")
    method = f", {quantised['quant_method']}" if isinstance(quantised, dict) and "quant_method" in quantised else ""
    return f"{names[0]}{method}"


def _weights(name: str, path: Path) -> tuple[Path, ...]:
    """The files of weights, each whole as far as its header tells."""
    files = sorted(path.glob("*.safetensors"))
    if (path / _INDEX).is_file():
        files = _indexed(name, path)
    if not files:
        pickled = any(path.glob("*.bin")) or any(path.glob("*.pt*"))
        raise IncompleteModel(model=name, reason_key="reason.only_pickles" if pickled else "reason.no_weights")
    for file in files:
        if not file.is_file():
            raise IncompleteModel(model=name, reason_key="reason.file_missing", file=file.name)
        _check_header(name, file)
    return tuple(files)


def _indexed(name: str, path: Path) -> list[Path]:
    """The files that the index of a model in several parts names; each is a plain name within the folder."""
    try:
        parts = set(json.loads((path / _INDEX).read_bytes())["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IncompleteModel(model=name, reason_key="reason.file_damaged", file=_INDEX) from error
    return [path / Path(str(part)).name for part in sorted(parts)]


def _check_header(name: str, file: Path) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np"):  # reads the header, and compares what it states with the file's length
            pass
    except (SafetensorError, OSError) as error:
        raise IncompleteModel(model=name, reason_key="reason.file_damaged", file=file.name) from error


def _config(name: str, path: Path, written: Mapping[str, Any]) -> Any:
    """The configuration as an object of the class that transformers itself has for it."""
    from transformers import AutoConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = written.get("model_type")
    if kind == _KIMI:
        # DeepSeek V3 under a name of its own; only under the type's own name are the experts' weights put together
        plain = {key: value for key, value in written.items() if key != "auto_map"}
        return CONFIG_MAPPING["deepseek_v3"].from_dict({**plain, "model_type": "deepseek_v3"})
    if kind not in CONFIG_MAPPING:
        if "auto_map" in written:
            raise NeedsRemoteCode(model=name)
        raise UnsupportedArchitecture(model=name, architecture=_architecture(written))
    try:
        return AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    except (ValueError, KeyError, TypeError) as error:
        raise IncompleteModel(model=name, reason_key="reason.file_damaged", file="config.json") from error


def _tokenizer(name: str, path: Path, config: Any) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            path, config=config, trust_remote_code=False, local_files_only=True, clean_up_tokenization_spaces=False
        )
    except Exception as error:  # its parsers raise whatever a damaged file leads them to
        if "trust_remote_code" in str(error):
            raise NeedsRemoteCode(model=name) from error
        _check_packages(path)
        raise IncompleteModel(model=name, reason_key="reason.no_tokenizer") from error
    if len(tokenizer) < _FEWEST_TOKENS:
        raise IncompleteModel(model=name, reason_key="reason.no_tokenizer")
    if not tokenizer.chat_template:
        tokenizer.chat_template = _older_template(path)
    try:
        tokenizer.get_chat_template()
    except ValueError as error:
        raise NoChatTemplate(model=name) from error
    return tokenizer


def _check_packages(path: Path) -> None:
    """Raise `MissingDependency` where only a package that is not installed could read the tokenizer's files."""
    if (path / "tokenizer.json").is_file():
        return
    for file, package in (("tokenizer.model", "sentencepiece"), ("tiktoken.model", "tiktoken")):
        if (path / file).is_file() and find_spec(package) is None:
            raise MissingDependency(package=package, extra=package)


def _older_template(path: Path) -> str | None:
    """The template of a model that keeps it with its image processor."""
    try:
        return str(json.loads((path / "chat_template.json").read_bytes())["chat_template"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _model(name: str, path: Path, config: Any, weights: Sequence[Path]) -> Any:
    """The model with its weights, on the device where it will run."""
    device, dtype = _device(), _dtype(config)
    if device != "cuda" and sum(file.stat().st_size for file in weights) > (memory().available or float("inf")):
        raise OutOfMemory(model=name)  # trying would make the system slow, and then end the process
    placed = {"device_map": "auto"} if device == "cuda" and find_spec("accelerate") else {}
    try:
        model, found = _class_for(name, config).from_pretrained(
            path,
            config=config,
            dtype=dtype,
            output_loading_info=True,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
            **placed,
        )
    except RuntimeError as error:
        if "ignore_mismatched_sizes" in str(error):
            raise IncompleteModel(model=name, reason_key="reason.weights_unfitting") from error
        raise
    missing = sorted(found["missing_keys"])
    if missing:
        raise IncompleteModel(model=name, reason_key="reason.weights_missing", count=len(missing), first=missing[0])
    return model if placed else model.to(device)


def _class_for(name: str, config: Any) -> Any:
    """The class of transformers that loads this configuration for chat; also one that could see images."""
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING,
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING,
    )

    if type(config) in MODEL_FOR_CAUSAL_LM_MAPPING:
        return AutoModelForCausalLM
    if type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        return AutoModelForImageTextToText
    raise UnsupportedArchitecture(model=name, architecture=_architecture(config.to_dict()))


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _dtype(config: Any) -> Any:
    """What the weights are stored in; half precision of 16 bits is bfloat16 on a processor, which has no float16."""
    import torch

    stored = getattr(config.get_text_config(), "dtype", None) or getattr(config, "dtype", None)
    if _device() == "cpu" and stored in (torch.float16, "float16"):
        return torch.bfloat16
    return "auto"


def _context(config: Any, tokenizer: Any, family: Family | None) -> int:
    """Tokens that the model can attend to: by config.json, else the family, else the tokenizer."""
    stated = getattr(config.get_text_config(), "max_position_embeddings", None)
    if isinstance(stated, int) and stated > 0:
        return stated
    if family is not None and family.context > 0:
        return family.context
    return min(int(tokenizer.model_max_length), 1 << 20)


@contextmanager
def _as_model_errors(name: str, architecture: str) -> Iterator[None]:
    """Turn what transformers and torch raise while loading into the errors that are shown."""
    try:
        yield
    except ModelError:
        raise
    except ImportError as error:
        # transformers writes the command that installs what it lacks
        named = re.search(r"pip install (?:-\S+ )*['\"`]?([\w.-]+)", str(error))
        package = named[1] if named else error.name or "transformers"
        raise MissingDependency(package=package, extra=package) from error
    except OSError as error:
        raise IncompleteModel(model=name, reason=str(error).split("\n")[0]) from error
    except Exception as error:  # of some hundred model classes
        if is_out_of_memory(error):
            raise OutOfMemory(model=name) from error
        raise UnsupportedArchitecture(model=name, architecture=architecture) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Without the progress bars and reports of transformers: what matters of them becomes an error."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
