"""What is known about a family of open-weight models: how it thinks, samples, how large it is.

Invariant: plain values without behaviour; nothing here looks at a file or the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verified = Literal["transformers", "gguf", "server", "protocol"]
"""What the tests do with a family: run a tiny model of its architecture in one of three runtimes, or only its
reply format (`protocol`)."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """How a family thinks.

    `marks` open and close thinking; `None` where it does not think, or where `harmony` channels
    (`<|channel|>analysis<|message|>…`) part thinking and answer. `prompt_opens`: the rendered prompt ends inside
    thinking, so that the reply has only the closing mark. `default` is what `thinking="auto"` gives. `flag` is the
    template argument that switches thinking (`enable_thinking`, `thinking`), empty where there is none; `budget` the
    one that takes a number of tokens. `degrees`: the template knows `reasoning_effort`. `answer_marks` enclose the
    answer. `flag_values` are what `flag` takes for off and on; `degree_names` are what `reasoning_effort` takes for
    off, low, medium and high.
    """

    marks: tuple[str, str] | None = None
    harmony: bool = False
    prompt_opens: bool = False
    default: Literal["on", "off"] = "off"
    flag: str = ""
    can_switch_off: bool = True
    degrees: bool = False
    budget: str = ""
    answer_marks: tuple[str, str] | None = None
    flag_values: tuple[bool | str, bool | str] = (False, True)
    degree_names: tuple[str, str, str, str] = ("low", "low", "medium", "high")

    @property
    def can_think(self) -> bool:
        """Whether the family thinks at all."""
        return self.harmony or self.marks is not None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn; `top_k` 0, `top_p` 1 and `min_p` 0 leave that limit out."""

    temperature: float
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0


@dataclass(frozen=True, slots=True)
class Size:
    """One model of a family: its hub repository, its Ollama tag (empty where Ollama has none), parameters in
    billions, in all and active for a token, and memory in GB with weights of 4 bits.
    """

    repo: str
    ollama: str
    billions: float
    active: float
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Family:
    """Models that are prompted, sampled and read in one way.

    `patterns` are regular expressions searched in a lower-cased model name. `model_types` are those of config.json
    (or of GGUF) that mean this family when the name says nothing; `shares` are types that its models have too, but
    that alone mean another family. `context` is in tokens; `sampling_thinking` is used while it thinks.
    `remote_code_only`: transformers has no class for it, so it runs through GGUF or a server. `note` says
    "conservative" where the makers recommend no sampling that is known here.
    """

    key: str
    name: str
    maker: str
    patterns: tuple[str, ...]
    model_types: tuple[str, ...]
    reasoning: Reasoning
    sampling: Sampling
    sampling_thinking: Sampling
    context: int
    sizes: tuple[Size, ...]
    verified: tuple[Verified, ...]
    remote_code_only: bool = False
    note: str = ""
    shares: tuple[str, ...] = ()
