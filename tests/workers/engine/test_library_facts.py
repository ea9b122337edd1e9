"""Facts about torch and transformers that other code relies on: a new version that changes one fails here first."""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import scaled_dot_product_attention
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.conversion_mapping import WeightRenaming, register_checkpoint_conversion_mapping

# The names of a LLaDA checkpoint, and Llama's for the same weights.
LLADA_NAMES = {
    "model.transformer.wte.": "model.embed_tokens.",
    "model.transformer.ff_out.": "lm_head.",
    "model.transformer.ln_f.": "model.norm.",
    "model.transformer.blocks.": "model.layers.",
    ".attn_norm.": ".input_layernorm.",
    ".ff_norm.": ".post_attention_layernorm.",
    ".q_proj.": ".self_attn.q_proj.",
    ".k_proj.": ".self_attn.k_proj.",
    ".v_proj.": ".self_attn.v_proj.",
    ".attn_out.": ".self_attn.o_proj.",
    ".ff_proj.": ".mlp.gate_proj.",
    ".up_proj.": ".mlp.up_proj.",
    ".ff_out.": ".mlp.down_proj.",
}


class LladaConfig(LlamaConfig):
    model_type = "llada"


class LladaForMaskedDiffusion(LlamaForCausalLM):
    config_class = LladaConfig


def test_attention_to_chosen_columns_follows_from_the_log_sum_exp_of_fused_attention() -> None:
    torch.manual_seed(0)
    heads, kv_heads, length, width = 6, 2, 96, 32
    query = torch.randn(1, heads, length, width)
    key, value = (
        torch.randn(1, kv_heads, length, width).repeat_interleave(heads // kv_heads, 1)  # (B, H, T, D)
        for _ in range(2)
    )
    columns, rows = torch.arange(20, 40), torch.arange(60, length)

    fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    output, log_sum_exp = fused(query, key, value, 0.0, True)
    scores = query[:, :, rows] @ key[:, :, columns].transpose(-1, -2) / math.sqrt(width)
    attention = torch.exp(scores - log_sum_exp[:, :, rows, None])

    causal = torch.full((length, length), float("-inf")).triu(1)
    whole = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(width) + causal, -1)
    assert torch.equal(output, scaled_dot_product_attention(query, key, value, is_causal=True))
    torch.testing.assert_close(attention, whole[:, :, rows][:, :, :, columns], atol=1e-6, rtol=0)


def test_a_llada_checkpoint_loads_into_llama_by_renaming_alone_and_attends_both_ways(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = LladaConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        tie_word_embeddings=False,
    )
    config.is_causal = False
    model = LladaForMaskedDiffusion(config).eval()
    save_file(
        {_llada_name(name): weight.clone() for name, weight in model.state_dict().items()},
        tmp_path / "model.safetensors",
        {"format": "pt"},
    )
    config.save_pretrained(tmp_path)
    register_checkpoint_conversion_mapping(
        "llada", [WeightRenaming(_pattern(theirs), _replacement(theirs, ours)) for theirs, ours in LLADA_NAMES.items()]
    )

    loaded, info = LladaForMaskedDiffusion.from_pretrained(tmp_path, output_loading_info=True)

    tokens = torch.randint(0, 100, (1, 8))
    changed = tokens.clone()
    changed[0, -1] = (changed[0, -1] + 1) % 100
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    with torch.inference_mode():
        assert torch.equal(loaded.eval()(tokens).logits, model(tokens).logits)
        first = (loaded(tokens).logits[0, 0], loaded(changed).logits[0, 0])
    assert not torch.equal(*first), "the first position must see the last"


def _llada_name(name: str) -> str:
    for theirs, ours in reversed(LLADA_NAMES.items()):
        if ours in name:
            name = name.replace(ours, theirs)
            break
    return name.replace("model.layers.", "model.transformer.blocks.")


def _pattern(name: str) -> str:
    """As a regular expression; `ff_out` of a block follows the block's number, the output layer's does not."""
    if name == ".ff_out.":
        return r"(\d+)\.ff_out\."
    return ("^" if name.startswith("model") else "") + name.replace(".", r"\.")


def _replacement(theirs: str, ours: str) -> str:
    return r"\1" + ours if theirs == ".ff_out." else ours
