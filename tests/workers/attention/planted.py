"""A model with known attention: every token attends to all tokens up to itself alike, and an answer is their vote.

Its words are w0 to w58. Text words (w1 to w6) vote for YES, constraint words (w7 to w9) for NO; the majority among the
tokens that are attended to is the answer, and after it the turn ends. So the attention to each token at position t is
1 / (t + 1) in its one layer, and a bias b on the constraint words gives each of them e^b votes.
"""

from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tests.workers.engine.local.tiny import checkpoint

YES, NO, END = "w20", "w21", 59
TEXT, STATED = "w1 w2 w3 w4 w5 w6", "w7 w8 w9"
PROMPT = f"{STATED} {TEXT}"
SPAN = (0, len(STATED))


def planted_model() -> LlamaForCausalLM:
    config = LlamaConfig(
        vocab_size=60,
        hidden_size=64,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=512,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config).eval()
    layer = model.model.layers[0]
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        for norm in (layer.input_layernorm, layer.post_attention_layernorm, model.model.norm):
            norm.weight.fill_(1.0)
        model.model.embed_tokens.weight[:, :60] = torch.eye(60)
        layer.self_attn.v_proj.weight.copy_(torch.eye(64))
        layer.self_attn.o_proj.weight.copy_(100 * torch.eye(64))
        model.lm_head.weight[20, 1:7] = 1.0
        model.lm_head.weight[21, 7:10] = 1.0
        model.lm_head.weight[END, [20, 21]] = 1_000.0
    return model


def planted_checkpoint(folder: Path) -> str:
    """Save the model with its tokenizer; return the folder's name."""
    return checkpoint(planted_model(), folder)
