"""Checkpoints of masked diffusion models: LLaDA, Dream, and every masked language model.

LLaDA's block is Llama's with other names, and Dream's is Qwen2's; both attend in both directions. Weights are renamed
while they load, so that no Python code of a checkpoint runs, and every attention of transformers works. Owns the tokens
that a checkpoint names for masked positions and ends. Knows nothing of requests.
"""

from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForMaskedLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen2Tokenizer,
)
from transformers.conversion_mapping import WeightRenaming, register_checkpoint_conversion_mapping

from annotator.checkpoint_files import Checkpoint
from workers.engine.local.checkpoints import load_model

LLADA_FIELDS = {
    "d_model": "hidden_size",
    "mlp_hidden_size": "intermediate_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads",
    "max_sequence_length": "max_position_embeddings",
    "embedding_size": "vocab_size",
    "weight_tying": "tie_word_embeddings",
}
"""The fields of a LLaDA configuration, and Llama's for the same values."""
LLADA_WEIGHTS = {
    r"^model\.transformer\.wte\.": "model.embed_tokens.",
    r"^model\.transformer\.ff_out\.": "lm_head.",
    r"^model\.transformer\.ln_f\.": "model.norm.",
    r"^model\.transformer\.blocks\.": "model.layers.",
    r"\.attn_norm\.": ".input_layernorm.",
    r"\.ff_norm\.": ".post_attention_layernorm.",
    r"(\d+)\.q_proj\.": r"\1.self_attn.q_proj.",
    r"(\d+)\.k_proj\.": r"\1.self_attn.k_proj.",
    r"(\d+)\.v_proj\.": r"\1.self_attn.v_proj.",
    r"\.attn_out\.": ".self_attn.o_proj.",
    r"\.ff_proj\.": ".mlp.gate_proj.",
    r"(\d+)\.up_proj\.": r"\1.mlp.up_proj.",
    r"(\d+)\.ff_out\.": r"\1.mlp.down_proj.",
}
"""The names of LLaDA's weights, as regular expressions, and Llama's; a block's `ff_out` follows its number."""
_AS_LLAMA = {
    "block_type": "llama",
    "layer_norm_type": "rms",
    "activation_type": "silu",
    "rope": True,
    "alibi": False,
    "include_bias": False,
    "include_qkv_bias": False,
    "attention_layer_norm": False,
    "bias_for_layer_norm": False,
    "input_emb_norm": False,
    "scale_logits": False,
    "multi_query_attention": None,
}
"""The fields in which a LLaDA configuration may differ from Llama, each with the value that makes it one."""


class LladaConfig(LlamaConfig):  # type: ignore[misc]  # transformers is untyped
    """Llama's configuration from a LLaDA one. Raises ValueError for one that Llama's layers would compute wrongly."""

    model_type = "llada"

    def __post_init__(self, **kwargs: Any) -> None:
        for name, value in _AS_LLAMA.items():
            if name in kwargs and kwargs[name] not in (value, None):
                raise ValueError(f"its {name} is {kwargs[name]!r}, and only {value!r} is Llama's")
        for theirs, ours in LLADA_FIELDS.items():
            if kwargs.get(theirs) is not None:
                setattr(self, ours, kwargs.pop(theirs))
        self.head_dim = self.hidden_size // self.num_attention_heads
        super().__post_init__(**{**kwargs, "is_causal": False})


class LladaForMaskedDiffusion(LlamaForCausalLM):  # type: ignore[misc]  # transformers is untyped
    """Llama that attends in both directions."""

    config_class = LladaConfig


class DreamConfig(Qwen2Config):  # type: ignore[misc]  # transformers is untyped
    """Qwen2's configuration for Dream."""

    model_type = "Dream"

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**{**kwargs, "is_causal": False})


class DreamForMaskedDiffusion(Qwen2ForCausalLM):  # type: ignore[misc]  # transformers is untyped
    """Qwen2 that attends in both directions; it predicts a position's token at the position before it."""

    config_class = DreamConfig


class DreamTokenizer(Qwen2Tokenizer):  # type: ignore[misc]  # transformers is untyped
    """Qwen2's tokenizer under the name that Dream's checkpoints give to their own, which is Python code."""


def _register() -> None:
    for config, model in ((LladaConfig, LladaForMaskedDiffusion), (DreamConfig, DreamForMaskedDiffusion)):
        AutoConfig.register(config.model_type, config, exist_ok=True)
        AutoModelForMaskedLM.register(config, model, exist_ok=True)
    AutoTokenizer.register(DreamConfig, DreamTokenizer, exist_ok=True)
    renamings = [WeightRenaming(theirs, ours) for theirs, ours in LLADA_WEIGHTS.items()]
    register_checkpoint_conversion_mapping(LladaForMaskedDiffusion.__name__, renamings, overwrite=True)


_register()


def load_mask_predictor(checkpoint: Checkpoint, revision: str, *, dtype: torch.dtype, device: str) -> Any:
    """Load the model in evaluation mode, attending in both directions. Raises as `load_model` does."""
    model = load_model(checkpoint, revision, trusted=False, dtype=dtype, device=device, auto=AutoModelForMaskedLM)
    for module in model.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = False  # where no mask is needed, attention would read this instead
    return model


def takes_block_cache(model: Any) -> bool:
    """Whether the model keeps keys and values, of which those of a block can be replaced."""
    return isinstance(model, (LladaForMaskedDiffusion, DreamForMaskedDiffusion))


def predicts_shifted(model: Any) -> bool:
    """Whether the model predicts a position's token at the position before it, as Dream does."""
    return isinstance(model, DreamForMaskedDiffusion) and model.config.architectures != ["DreamForCausalLM"]


def mask_token(model: Any, tokenizer: Any) -> int | None:
    """The token of masked positions, as the configuration or the tokenizer names it; None where neither does."""
    named: int | None = getattr(model.config, "mask_token_id", None)
    return tokenizer.mask_token_id if named is None else named


def ends_of_turns(tokenizer: Any) -> frozenset[int]:
    """The special token, if any, that the chat template writes behind a turn of the assistant (LLaDA: `<|eot_id|>`)."""
    text = "fig"
    turns = [{"role": "user", "content": text}, {"role": "assistant", "content": text}]
    try:
        written = str(tokenizer.apply_chat_template(turns, tokenize=False))
    except Exception:  # noqa: BLE001 - a template may raise anything; conversations that it refuses fail alone
        return frozenset()
    tokens = tokenizer(written.rpartition(text)[2], add_special_tokens=False)["input_ids"]
    special = {token for token, added in tokenizer.added_tokens_decoder.items() if added.special}
    return frozenset(tokens[:1]) & special
