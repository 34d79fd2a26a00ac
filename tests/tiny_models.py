"""Model folders of a few hundred kilobytes with the real architectures, for tests without downloads.

Invariant: everything in a folder is written by transformers itself, so that loading it is loading a real model; only
the sizes are small, the weights random or taught one reply, and the tokenizer a byte-level BPE, which encodes any
text. The folder is named like a model of the family on the hub.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from tests.tiny_kinds import KINDS, SEEING, SIZES, Kind
from tests.tiny_templates import FORMATS, Format

__all__ = ["KINDS", "SEEING", "Kind", "Taught", "build", "build_seeing", "reply_of", "rewrite_config", "teach"]


def build(
    kind: str, folder: Path, *, texts: Sequence[str] = (), seed: int = 0, sizes: Mapping[str, Any] | None = None
) -> Path:
    """Write a model with random weights to a folder below `folder` and return that folder's path.

    The tokenizer knows pieces of `texts`; `sizes` are further values of config.json.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    made = KINDS[kind]
    path = folder / made.name
    tokenizer = tokenizer_of(FORMATS[made.format], texts)
    tokenizer.save_pretrained(path)
    ids = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vocabulary = {"vocab_size": len(tokenizer), "vocab_size_per_layer_input": len(tokenizer)}
    config = AutoConfig.for_model(made.model_type, **{**SIZES, **vocabulary, **ids, **made.sizes, **(sizes or {})})
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config)
    model.generation_config = GenerationConfig(**ids)
    model.save_pretrained(path)
    if made.written_type:
        rewrite_config(path, model_type=made.written_type, architectures=["DeepseekV3ForCausalLM"])
    return path


def build_seeing(kind: str, path: Path) -> Path:
    """Write a model with random weights that takes images too; returns `path`."""
    from transformers import AutoConfig, AutoModelForImageTextToText

    form = FORMATS["chatml"]
    tokenizer = tokenizer_of(form, ())
    tokenizer.save_pretrained(path)
    words = {**SIZES, **(KINDS[kind].sizes if kind in KINDS else {"model_type": "mistral"})}
    words |= {"vocab_size": len(tokenizer), "vocab_size_per_layer_input": len(tokenizer)}
    words |= {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    sight: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    sight |= {"num_attention_heads": 1, "image_size": 28, "patch_size": 14}
    if kind == "mistral3":
        sight |= {"model_type": "pixtral", "head_dim": 16}
    more = {"mm_tokens_per_image": 4} if kind == "gemma3" else {}
    config = AutoConfig.for_model(kind, text_config=words, vision_config=sight, **more)
    AutoModelForImageTextToText.from_config(config).save_pretrained(path)
    return path


def rewrite_config(path: Path, **values: object) -> None:
    """Change values of config.json in the model folder `path`."""
    file = path / "config.json"
    held = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**held, **values}), encoding="utf-8")


def tokenizer_of(form: Format, texts: Sequence[str], pieces: int = 200) -> Any:
    """A byte-level BPE with at most `pieces` learned from `texts`, and the tokens and template of a chat format."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    # short pieces: a Chinese clause stays several tokens, some of them ending within a character
    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + pieces, initial_alphabet=alphabet, max_token_length=8, show_progress=False
    )
    raw.train_from_iterator(texts, trainer)
    raw.add_special_tokens(
        [AddedToken(token, normalized=False) for token in (form.end, *form.special, form.bos) if token]
    )
    raw.add_tokens([AddedToken(token, normalized=False, special=False) for token in form.marks])
    return PreTrainedTokenizerFast(
        tokenizer_object=raw,
        bos_token=form.bos or None,
        eos_token=form.end,
        pad_token=form.end,
        chat_template=form.template,
        model_max_length=32768,
        clean_up_tokenization_spaces=False,
    )


Taught = Literal["qwen3", "r1", "gpt-oss"]

_TAUGHT: Mapping[Taught, str] = {"qwen3": "qwen3", "r1": "r1", "gpt-oss": "gpt_oss"}
_WINDOW = 24
_BATCH = 8
_LAST = ("", "\n", "\n\n", "?", "？", "。", ".", "[1]", "]\n\n")
_PASSES = 12  # batches in a row that have to go well, since every batch is different


def reply_of(kind: Taught, thinking: str, answer: str) -> str:
    """The words that a model of this kind writes for this thinking and answer; r1's prompt has opened the thinking."""
    if kind == "gpt-oss":
        return f"<|channel|>analysis<|message|>{thinking}{_CLOSING[kind]}{answer}"
    return f"{'<think>' + chr(10) if kind == 'qwen3' else ''}{thinking}{_CLOSING[kind]}{answer}"


_CLOSING: Mapping[Taught, str] = {
    "qwen3": "\n</think>\n\n",
    "r1": "\n</think>\n\n",
    "gpt-oss": "<|end|><|start|>assistant<|channel|>final<|message|>",
}


def teach(kind: Taught, folder: Path, messages: list[dict[str, str]], reply: str, steps: int = 400) -> Path:
    """Write a model that answers any conversation with `reply` (`reply_of`); returns the path of its folder.

    Every layer looks back over a short window only, and is trained with the question's words changed, left out and
    shuffled; so what comes before the reply does not matter, however long it is. Thinking that was cut off and closed,
    and thinking switched off, are followed by the answer alone. Raises `AssertionError` where `steps` do not suffice.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    sizes = {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_key_value_heads": 2,
        "sliding_window": _WINDOW,
        "use_sliding_window": True,
        "layer_types": ["sliding_attention"] * 2,
        "max_position_embeddings": 32768,
    }
    path = build(_TAUGHT[kind], folder, texts=[*(m["content"] for m in messages), reply], sizes=sizes)
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(path, local_files_only=True, dtype=torch.float32)
    lesson = _Lesson(kind, tokenizer, messages, reply)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    passed = 0
    for _ in range(steps):
        ids, labels = lesson.batch()
        logits = model(input_ids=ids).logits[:, :-1]
        wanted = labels[:, 1:] != -100
        losses = torch.nn.functional.cross_entropy(logits[wanted], labels[:, 1:][wanted], reduction="none")
        passed = passed + 1 if losses.max().item() < 0.02 else 0
        if passed == _PASSES:
            break
        optimizer.zero_grad()
        losses.mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    else:
        raise AssertionError(f"the tiny model did not learn its reply in {steps} steps")
    with torch.no_grad():  # sharper, so that sampling hardly differs from the likeliest token
        model.lm_head.weight.mul_(4.0)
    model.save_pretrained(path)
    return path


def by_heart(folder: Path, messages: list[dict[str, str]], thinking: str, answer: str, steps: int = 500) -> Path:
    """Write a Qwen3 that answers this very conversation; it looks back over all of it, as runtimes without windows do.

    Raises `AssertionError` where `steps` do not suffice.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_key_value_heads": 2, "max_position_embeddings": 32768}
    # runtimes round differently: what is learned must not hang on small differences
    sizes["attention_dropout"] = 0.1
    path = build("qwen3", folder, texts=[*(m["content"] for m in messages), thinking, answer], sizes=sizes)
    tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(path, local_files_only=True, dtype=torch.float32)
    asked = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    known = len(tokenizer.encode(str(asked), add_special_tokens=False))
    reply = str(asked) + reply_of("qwen3", thinking, answer)
    ids = torch.tensor([[*tokenizer.encode(reply, add_special_tokens=False), tokenizer.eos_token_id]])
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    for _ in range(steps):
        logits = model(input_ids=ids).logits[0, known - 1 : -1]
        losses = torch.nn.functional.cross_entropy(logits, ids[0, known:], reduction="none")
        if losses.max().item() < 0.01:
            break
        optimizer.zero_grad()
        losses.mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    else:
        raise AssertionError(f"the tiny model did not learn its reply in {steps} steps")
    with torch.no_grad():  # sharper, so that sampling hardly differs from the likeliest token
        model.lm_head.weight.mul_(16.0)
    model.save_pretrained(path)
    return path


class _Lesson:
    """Batches of conversations that all end in one reply; `-100` labels what is not to be learned."""

    def __init__(self, kind: Taught, tokenizer: Any, messages: list[dict[str, str]], reply: str) -> None:
        self._random = random.Random(0)
        self._kind, self._pad = kind, tokenizer.pad_token_id
        self._encode: Callable[[str], list[int]] = lambda text: tokenizer.encode(text, add_special_tokens=False)
        self._words = [self._encode(word) for word in messages[-1]["content"].split(" ")]
        self._pieces = min(tokenizer.added_tokens_decoder)
        closed = _CLOSING[kind].strip()
        thinking, _, answer = reply.rpartition(closed)
        self._answer = answer.lstrip("\n")
        self._end = [tokenizer.eos_token_id]
        render = tokenizer.apply_chat_template
        marked = [{"role": "user", "content": "\u241f"}]
        rendered = str(render(marked, tokenize=False, add_generation_prompt=True))
        off = str(render(marked, tokenize=False, add_generation_prompt=True, enable_thinking=False))
        self._header, self._header_off = rendered.split("\u241f")[1], off.split("\u241f")[1]
        self._reply = reply
        self._has_thinking = bool(thinking)
        # not how the thinking ends: with channels, that alone says that the answer comes next
        self._said = [id for id in self._encode(self._answer) if id < self._pieces]

    def batch(self) -> tuple[Any, Any]:
        """Token ids and labels, both of shape (batch, length), padded on the right."""
        import torch

        rows = [self._row(number) for number in range(_BATCH)]
        length = max(len(ids) for ids, _ in rows)
        ids = [ids + [self._pad] * (length - len(ids)) for ids, _ in rows]
        labels = [[-100] * known + ids[known:] + [-100] * (length - len(ids)) for ids, known in rows]
        return torch.tensor(ids), torch.tensor(labels)

    def _row(self, number: int) -> tuple[list[int], int]:
        """Token ids, and how many of them are given; every fourth row has thinking cut off or switched off."""
        question = self._question()
        if number % 4 or not self._has_thinking:
            given, said = self._header, self._reply
        elif number % 8 and self._header_off != self._header:
            given, said = self._header_off, self._answer
        else:
            given, said = self._cut(), self._answer
        known = [*question, *self._encode(given)]
        return [*known, *self._encode(said), *self._end], len(known)

    def _question(self) -> list[int]:
        """The end of a prompt: the question's words, some of them left out, out of order, or others instead."""
        words = [word for word in self._words if self._random.random() < 0.8]
        if self._random.random() < 0.5:
            self._random.shuffle(words)
        ids = [id for word in words for id in word]
        if self._random.random() < 0.6:
            ids += self._noise(self._random.randrange(1, 3 * _WINDOW))
        return ids[-self._random.randrange(1, 3 * _WINDOW) :]

    def _noise(self, length: int) -> list[int]:
        """Words of no meaning, any pieces, words of the answer, and what a question may end in."""
        choose = self._random
        letters = choose.choice(("etaoinshrdlucmfwyp", "的一是不了在人有我他这上們個來為說"))
        words = " ".join("".join(choose.choices(letters, k=choose.randrange(1, 8))) for _ in range(length // 6))
        pieces = [choose.randrange(self._pieces) for _ in range(choose.randrange(length))]
        start = choose.randrange(len(self._said))
        parts = [self._encode(words), pieces, self._said[start : start + choose.randrange(8)]]
        choose.shuffle(parts)
        return [*(id for part in parts for id in part), *self._encode(choose.choice(_LAST))]

    def _cut(self) -> str:
        """The header, thinking that stops anywhere, and its closing marks."""
        opened = reply_of(self._kind, "", "").removesuffix(_CLOSING[self._kind])
        stop = self._random.randrange(len(self._reply) - len(self._answer))
        thought = self._reply[:stop].removeprefix(opened)
        closing = _CLOSING[self._kind]
        return f"{self._header}{opened}{thought}{closing if self._random.random() < 0.5 else closing.lstrip()}"
