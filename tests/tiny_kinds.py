"""The architectures that tiny models are made of: each family's model_type, its chat format, and small sizes.

Invariant: the sizes are those of config.json, smaller; what makes an architecture its own (experts, latent attention,
linear attention) is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """One architecture: the folder's name, `model_type`, chat format, and sizes other than `SIZES`.

    `written_type` is the model_type that config.json shows where it differs.
    """

    name: str
    model_type: str
    format: str
    sizes: Mapping[str, Any] = field(default_factory=dict)
    written_type: str = ""


SIZES: Mapping[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}
"""Of every architecture, where it has no others."""

_EXPERTS = {"moe_intermediate_size": 16, "num_experts": 4, "num_experts_per_tok": 2, "num_shared_experts": 1}
_LATENT = {
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "qk_rope_head_dim": 16,
    "qk_nope_head_dim": 16,
    "v_head_dim": 16,
    "num_key_value_heads": 2,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 1,
    "topk_group": 1,
    "first_k_dense_replace": 1,
    "moe_intermediate_size": 16,
}
_LOCAL = {"num_local_experts": 4, "num_experts_per_tok": 2}
_PLAIN_ROPE = {"rope_type": "default", "rope_theta": 10000.0}

KINDS: Mapping[str, Kind] = {
    "qwen3": Kind("Qwen3-0.6B", "qwen3", "qwen3"),
    "qwen3_moe": Kind("Qwen3-30B-A3B", "qwen3_moe", "qwen3", _EXPERTS),
    "qwen3_5": Kind(
        "Qwen3.5-0.8B",
        "qwen3_5_text",
        "qwen3_5",
        {
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 2,
            "linear_key_head_dim": 16,
            "linear_value_head_dim": 16,
            "layer_types": ["linear_attention", "full_attention"],
        },
    ),
    "qwen2": Kind("Qwen2.5-0.5B-Instruct", "qwen2", "chatml"),
    "r1": Kind("DeepSeek-R1-Distill-Qwen-1.5B", "qwen2", "deepseek_r1"),
    "deepseek_v3": Kind("DeepSeek-V3.1", "deepseek_v3", "deepseek_v3", _LATENT),
    "kimi_k2": Kind("Kimi-K2-Instruct", "deepseek_v3", "kimi", _LATENT, written_type="kimi_k2"),
    "kimi_linear": Kind(
        "Kimi-Linear-48B-A3B-Instruct",
        "kimi_linear",
        "kimi",
        {
            **_LATENT,
            "num_local_experts": 4,
            "linear_attn_config": {
                "head_dim": 16,
                "num_heads": 2,
                "short_conv_kernel_size": 4,
                "full_attn_layers": [2],
                "kda_layers": [1],
            },
        },
    ),
    "gpt_oss": Kind("gpt-oss-20b", "gpt_oss", "harmony", {**_LOCAL, "rope_parameters": _PLAIN_ROPE}),
    "glm4": Kind("GLM-4-9B-0414", "glm4", "glm4"),
    "glm4_moe": Kind(
        "GLM-4.6",
        "glm4_moe",
        "glm4_5",
        {**_EXPERTS, "n_routed_experts": 4, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1},
    ),
    "glm4_moe_lite": Kind("GLM-4.7-Flash", "glm4_moe_lite", "glm4_7", _LATENT),
    "minimax": Kind("MiniMax-M1-40k-hf", "minimax", "minimax", _LOCAL),
    "minimax_m2": Kind("MiniMax-M2", "minimax_m2", "minimax_m2", {**_LOCAL, "rotary_dim": 8}),
    "hunyuan_v1_dense": Kind("Hunyuan-0.5B-Instruct", "hunyuan_v1_dense", "hunyuan"),
    "hunyuan_v1_moe": Kind(
        "Hunyuan-A13B-Instruct", "hunyuan_v1_moe", "hunyuan_answer", {"num_experts": 4, "moe_topk": 2}
    ),
    "hy_v3": Kind("Hy3-preview", "hy_v3", "hunyuan_3", _EXPERTS),
    "ernie4_5": Kind("ERNIE-4.5-0.3B-PT", "ernie4_5", "ernie"),
    "ernie4_5_moe": Kind(
        "ERNIE-4.5-21B-A3B-PT",
        "ernie4_5_moe",
        "ernie",
        {"moe_num_experts": 4, "moe_k": 2, "moe_num_shared_experts": 1, "moe_intermediate_size": 16},
    ),
    "llama": Kind("Llama-3.2-1B-Instruct", "llama", "llama3"),
    "yi": Kind("Yi-1.5-6B-Chat", "llama", "chatml"),
    "gemma3": Kind("gemma-3-1b-it", "gemma3_text", "gemma"),
    "gemma4": Kind(
        "gemma-4-E2B-it",
        "gemma4_text",
        "gemma4",
        {"hidden_size_per_layer_input": 8, "num_global_key_value_heads": 1, "global_head_dim": 16},
    ),
    "mistral": Kind("Mistral-7B-Instruct-v0.3", "mistral", "mistral"),
    "seed_oss": Kind("Seed-OSS-36B-Instruct", "seed_oss", "seed"),
    "internlm3": Kind("internlm3-8b-instruct", "internlm3", "internlm"),
}
"""The architectures by name."""

SEEING: Mapping[str, str] = {
    "gemma3": "gemma-3-4b-it",
    "gemma4": "gemma-4-E4B-it",
    "mistral3": "Mistral-Small-3.2-24B-Instruct",
    "qwen3_5": "Qwen3.5-9B",
}
"""Families whose larger models are published with an eye for images, and a model of each."""
