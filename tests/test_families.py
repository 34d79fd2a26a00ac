"""A model is recognised by every spelling of its name, and is asked the way its makers mean."""

from __future__ import annotations

import re

import pytest

from rag.models.families import (
    FAMILIES,
    Family,
    memory_at_4_bits,
    recognise,
    sampling_of,
    table,
    template_arguments,
    thinks,
)
from rag.models.family_types import Sampling
from tests.tiny_kinds import KINDS

NAMES = {
    "Qwen/Qwen3-4B": "qwen3",
    "qwen3:4b": "qwen3",
    "library/qwen3:latest": "qwen3",
    "Qwen3-4B-Q4_K_M.gguf": "qwen3",
    "/home/ada/models/Qwen3-30B-A3B-UD-Q4_K_XL.gguf": "qwen3",
    "C:\\models\\qwen3_8b.gguf": "qwen3",
    "Qwen/Qwen3-VL-8B-Thinking": "qwen3-thinking",
    "Qwen/Qwen3-4B-Instruct-2507": "qwen3-instruct",
    "qwen3:4b-instruct-2507-q4_K_M": "qwen3-instruct",
    "qwen3-coder:30b": "qwen3-instruct",
    "Qwen/Qwen3-Next-80B-A3B-Instruct": "qwen3-instruct",
    "unsloth/Qwen3-4B-Thinking-2507-GGUF": "qwen3-thinking",
    "Qwen/Qwen3.5-9B": "qwen3.5",
    "qwen3.6:27b": "qwen3.5",
    "Qwen3.5-2B-Q8_0.gguf": "qwen3.5-small",
    "Qwen/Qwen2.5-7B-Instruct": "qwen2.5",
    "qwen2.5:7b": "qwen2.5",
    "Qwen/QwQ-32B": "qwq",
    "qwq:32b-q4_K_M": "qwq",
    "deepseek-r1:7b": "deepseek-r1",
    "deepseek-ai/DeepSeek-R1-0528-Qwen3-8B": "deepseek-r1",
    "DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf": "deepseek-r1",
    "bartowski/DeepSeek-R1-Distill-Llama-8B-GGUF": "deepseek-r1",
    "deepseek-ai/DeepSeek-V3.1-Terminus": "deepseek-v3.1",
    "deepseek-v3.1:671b": "deepseek-v3.1",
    "deepseek-ai/DeepSeek-V3.2-Exp": "deepseek-v3.1",
    "deepseek-ai/DeepSeek-V3-0324": "deepseek-v3",
    "deepseek-ai/DeepSeek-V4-Flash": "deepseek-v4",
    "moonshotai/Kimi-K2-Instruct-0905": "kimi-k2",
    "moonshotai/Kimi-K2-Thinking": "kimi-k2-thinking",
    "kimi-k2.5:cloud": "kimi-k2.5",
    "moonshotai/Kimi-Linear-48B-A3B-Instruct": "kimi-linear",
    "zai-org/GLM-4-9B-0414": "glm-4",
    "glm4:9b": "glm-4",
    "zai-org/GLM-Z1-32B-0414": "glm-z1",
    "zai-org/GLM-4.5-Air": "glm-4.5",
    "GLM-4.6-UD-Q2_K_XL.gguf": "glm-4.6",
    "glm-4.7-flash": "glm-5",
    "zai-org/GLM-5": "glm-5",
    "MiniMaxAI/MiniMax-M2.5": "minimax-m2",
    "MiniMaxAI/MiniMax-M1-80k-hf": "minimax-m1",
    "MiniMaxAI/MiniMax-Text-01-hf": "minimax-text",
    "MiniMaxAI/MiniMax-M3": "minimax-m3",
    "openai/gpt-oss-20b": "gpt-oss",
    "gpt-oss:20b": "gpt-oss",
    "meta-llama/Llama-3.1-8B-Instruct": "llama",
    "llama3.2:3b": "llama",
    "tencent/Hunyuan-A13B-Instruct": "hunyuan",
    "Hunyuan-7B-Instruct-Q4_K_M.gguf": "hunyuan",
    "tencent/Hy3-preview": "hy3",
    "baidu/ERNIE-4.5-21B-A3B-PT": "ernie",
    "baidu/ERNIE-4.5-21B-A3B-Thinking": "ernie-thinking",
    "baichuan-inc/Baichuan2-7B-Chat": "baichuan",
    "baichuan-inc/Baichuan-M2-32B": "baichuan-m2",
    "stepfun-ai/Step-3.5-Flash": "step-3",
    "01-ai/Yi-1.5-9B-Chat": "yi",
    "yi:6b": "yi",
    "gemma3:4b": "gemma3",
    "google/gemma-3-12b-it": "gemma3",
    "gemma4:e4b": "gemma4",
    "mistral:7b": "mistral",
    "mistralai/Mistral-Small-3.2-24B-Instruct-2506": "mistral",
    "mistralai/Ministral-3-8B-Reasoning-2512": "magistral",
    "magistral:24b": "magistral",
    "mistralai/Mistral-Small-4-119B-2603": "mistral-4",
    "ByteDance-Seed/Seed-OSS-36B-Instruct": "seed-oss",
    "internlm/internlm3-8b-instruct": "internlm3",
    "/root/.cache/huggingface/hub/models--Qwen--Qwen3-4B/snapshots/1cfa9a72": "qwen3",
}


def _key(family: Family | None) -> str | None:
    return family.key if family else None


@pytest.mark.parametrize(("name", "key"), NAMES.items())
def test_a_model_is_recognised_by_its_name(name: str, key: str) -> None:
    assert _key(recognise(name)) == key


@pytest.mark.parametrize(
    "name", ["", "model.gguf", "my-model", "ollama", "phi4:14b", "spirit-3b", "tiny-3", "footstep-3"]
)
def test_an_unknown_name_is_no_family(name: str) -> None:
    assert recognise(name) is None


def test_every_recommended_size_is_recognised_as_its_own_family() -> None:
    for family in FAMILIES:
        for size in family.sizes:
            assert _key(recognise(size.repo)) == family.key, size.repo
            assert not size.ollama or _key(recognise(size.ollama)) == family.key, size.ollama


@pytest.mark.parametrize(
    ("model_type", "key"),
    [
        ("qwen3", "qwen3"),
        ("qwen3_moe", "qwen3"),
        ("qwen3moe", "qwen3"),
        ("qwen3_5_text", "qwen3.5"),
        ("qwen35", "qwen3.5"),
        ("qwen2", "qwen2.5"),
        ("deepseek_v3", "deepseek-v3"),
        ("deepseek2", "deepseek-v3"),
        ("kimi_k2", "kimi-k2"),
        ("kimi_linear", "kimi-linear"),
        ("glm4", "glm-4"),
        ("glm4_moe", "glm-4.5"),
        ("glm4moe", "glm-4.5"),
        ("glm4_moe_lite", "glm-5"),
        ("minimax", "minimax-text"),
        ("minimax-m2", "minimax-m2"),
        ("gpt-oss", "gpt-oss"),
        ("gpt_oss", "gpt-oss"),
        ("hunyuan_v1_dense", "hunyuan"),
        ("hunyuan-moe", "hunyuan"),
        ("hy_v3", "hy3"),
        ("ernie4_5-moe", "ernie"),
        ("llama", "llama"),
        ("gemma3_text", "gemma3"),
        ("gemma4", "gemma4"),
        ("mistral", "mistral"),
        ("seed_oss", "seed-oss"),
        ("internlm3", "internlm3"),
        ("baichuan", "baichuan"),
    ],
)
def test_where_the_name_says_nothing_the_type_decides(model_type: str, key: str) -> None:
    assert _key(recognise("checkpoint-500", model_type)) == key


def test_the_architecture_decides_where_the_type_is_missing() -> None:
    assert _key(recognise("checkpoint-500", "", ["Qwen3MoeForCausalLM"])) == "qwen3"
    assert _key(recognise("checkpoint-500", "", ["HunYuanDenseV1ForCausalLM"])) == "hunyuan"
    assert _key(recognise("checkpoint-500", "", ["Gemma3ForConditionalGeneration"])) == "gemma3"
    assert recognise("checkpoint-500", "bert", ["BertForMaskedLM"]) is None


def test_the_name_decides_between_families_of_one_type() -> None:
    assert _key(recognise("DeepSeek-R1-Distill-Qwen-7B", "qwen2")) == "deepseek-r1"
    assert _key(recognise("DeepSeek-R1-Distill-Llama-8B", "llama", ["LlamaForCausalLM"])) == "deepseek-r1"
    assert _key(recognise("Yi-1.5-9B-Chat", "llama")) == "yi"
    assert _key(recognise("Kimi-K2-Instruct", "deepseek_v3")) == "kimi-k2"
    assert _key(recognise("Qwen3-VL-8B-Instruct", "qwen3_vl")) == "qwen3-instruct"


def test_a_name_that_contradicts_the_type_does_not_decide() -> None:
    assert _key(recognise("llama-test", "qwen3")) == "qwen3"
    assert _key(recognise("/home/qwen3/other/model.gguf", "gemma3")) == "gemma3"


def test_a_type_belongs_to_one_family_only() -> None:
    own = [kind for family in FAMILIES for kind in family.model_types]
    assert len(own) == len(set(own))
    keys = [family.key for family in FAMILIES]
    assert len(keys) == len(set(keys))


def _named(name: str) -> Family:
    family = recognise(name)
    assert family is not None
    return family


@pytest.mark.parametrize(
    ("name", "auto", "on", "off"),
    [
        ("qwen3:4b", True, True, False),
        ("Qwen3-4B-Instruct-2507", False, False, False),
        ("Qwen3-4B-Thinking-2507", True, True, True),
        ("deepseek-r1:7b", True, True, True),
        ("deepseek-v3.1:671b", False, True, False),
        ("gpt-oss:20b", True, True, True),
        ("gemma4:e4b", False, True, False),
        ("Seed-OSS-36B-Instruct", True, True, False),
        ("llama3.2:3b", False, False, False),
    ],
)
def test_whether_a_model_thinks_follows_the_wish_where_it_can(name: str, auto: bool, on: bool, off: bool) -> None:
    family = _named(name)
    assert (thinks(family, "auto"), thinks(family, "on"), thinks(family, "off")) == (auto, on, off)


def test_an_unknown_family_is_taken_not_to_think() -> None:
    assert not thinks(None, "on")
    assert template_arguments(None, "on", "high", 512) == {}


@pytest.mark.parametrize(
    ("name", "thinking", "effort", "tokens", "expected"),
    [
        ("qwen3:4b", "off", "medium", 2048, {"enable_thinking": False}),
        ("qwen3:4b", "auto", "medium", 2048, {"enable_thinking": True}),
        ("Qwen3-4B-Instruct-2507", "on", "high", 2048, {}),
        ("deepseek-r1:7b", "off", "medium", 2048, {}),
        ("deepseek-v3.1:671b", "auto", "medium", 2048, {"thinking": False}),
        ("deepseek-v3.1:671b", "on", "medium", 2048, {"thinking": True}),
        ("gpt-oss:20b", "on", "high", 2048, {"reasoning_effort": "high"}),
        ("gpt-oss:20b", "off", "high", 2048, {"reasoning_effort": "low"}),
        ("Seed-OSS-36B-Instruct", "on", "medium", 2048, {"thinking_budget": 2048}),
        ("Seed-OSS-36B-Instruct", "on", "medium", 1500, {"thinking_budget": 1024}),
        ("Seed-OSS-36B-Instruct", "on", "medium", 100, {"thinking_budget": 512}),
        ("Seed-OSS-36B-Instruct", "off", "medium", 2048, {"thinking_budget": 0}),
        ("MiniMax-M3", "off", "medium", 2048, {"thinking_mode": "disabled"}),
        ("Hy3-preview", "off", "medium", 2048, {"reasoning_effort": "no_think"}),
        ("Hy3-preview", "on", "low", 2048, {"reasoning_effort": "low"}),
    ],
)
def test_the_template_is_told_in_its_own_words(
    name: str, thinking: str, effort: str, tokens: int, expected: dict[str, object]
) -> None:
    assert template_arguments(_named(name), thinking, effort, tokens) == expected  # type: ignore[arg-type]


def test_sampling_is_what_the_makers_recommend() -> None:
    assert sampling_of(_named("qwen3:4b"), True) == Sampling(0.6, 0.95, 20)
    assert sampling_of(_named("qwen3:4b"), False) == Sampling(0.7, 0.8, 20)
    assert sampling_of(_named("gpt-oss:20b"), True) == Sampling(1.0, 1.0)
    assert sampling_of(None, False) == Sampling(0.6, 0.95)


def test_sampling_is_within_what_runtimes_accept() -> None:
    for family in FAMILIES:
        for sampling in (family.sampling, family.sampling_thinking):
            assert 0 < sampling.temperature <= 1.5
            assert 0 < sampling.top_p <= 1
            assert 1 <= sampling.repetition_penalty < 1.2


def test_memory_grows_with_the_parameters() -> None:
    assert memory_at_4_bits(4.0) == 3.4
    assert memory_at_4_bits(8.2) == 5.9
    for family in FAMILIES:
        for size in family.sizes:
            assert size.active <= size.billions
            assert size.memory_gb == memory_at_4_bits(size.billions)


def test_the_rules_of_thinking_are_consistent() -> None:
    for family in FAMILIES:
        reasoning = family.reasoning
        switch = bool(reasoning.flag or reasoning.budget or reasoning.degrees)
        if not reasoning.can_think:
            assert (reasoning.default, switch, reasoning.prompt_opens) == ("off", False, False), family.key
        elif reasoning.can_switch_off:
            assert switch, family.key
        else:
            assert reasoning.default == "on", family.key


def test_the_table_has_a_row_for_every_family() -> None:
    lines = table().splitlines()
    assert len(lines) == len(FAMILIES) + 2
    assert {line.count(" | ") for line in lines if not line.startswith("|---")} == {5}
    row = next(line for line in lines if line.startswith("| Qwen3 |"))
    assert "on, off with `enable_thinking=False`" in row
    assert "`Qwen/Qwen3-4B`, Ollama `qwen3:4b` (4B): 3.4 GB" in row
    assert row.endswith("| transformers, gguf, server |")
    assert re.search(r"\| always; shortest with `reasoning_effort=low` \|", table())


def test_what_counts_as_verified_by_transformers_has_a_tiny_model_in_the_tests() -> None:
    built = {kind.model_type.removesuffix("_text") for kind in KINDS.values()}
    built |= {kind.written_type for kind in KINDS.values()}
    for family in FAMILIES:
        if "transformers" in family.verified:
            assert built & {*family.model_types, *family.shares}, family.key
    assert {family.key for family in FAMILIES if "gguf" in family.verified or "server" in family.verified} == {"qwen3"}
