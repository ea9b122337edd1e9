"""Small random models: wrong about everything, but exactly as wrong in a batch as alone."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from workers.engine import Sampling
from workers.engine.rows import Row

SHAPE = {
    "vocab_size": 60,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.5,
}


def llama():
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SHAPE)).eval()


def mistral():
    """Each token sees the last 6 alone."""
    torch.manual_seed(0)
    return MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=6)).eval()


def rows(*lengths, stops=(7, 11, 20, 33), **sampling):
    """One row for each prompt length; the prompts are arbitrary but always the same."""
    options = {"max_new_tokens": 12} | sampling
    return [
        Row(
            str(index), [(3 * index + 5 * place) % 60 for place in range(length)], Sampling(**options), frozenset(stops)
        )
        for index, length in enumerate(lengths)
    ]


def tokens_alone(model, row):
    """What transformers itself generates for one row, alone and greedily."""
    prompt = torch.tensor([row.prompt])
    output = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=row.sampling.max_new_tokens,
        do_sample=False,
        eos_token_id=sorted(row.stops),
        pad_token_id=0,
    )
    return output[0, len(row.prompt) :].tolist()
