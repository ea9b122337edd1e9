"""Small models with random weights: their text means nothing, but a batch must give the same as one sequence."""

import json

import torch
from transformers import (
    JambaConfig,
    JambaForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    RwkvConfig,
    RwkvForCausalLM,
)

from workers.engine import Sampling
from workers.engine.local.sequences import Sequence

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
    """A model in which each token attends to the last 6 alone."""
    torch.manual_seed(0)
    return MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=6)).eval()


def mamba():
    """A model with one state a layer, whatever the length."""
    torch.manual_seed(0)
    shape = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "state_size": 4, "initializer_range": 0.5}
    return MambaForCausalLM(MambaConfig(**shape)).eval()


def rwkv():
    """A model with one state a layer, which reads padding as text."""
    torch.manual_seed(0)
    return RwkvForCausalLM(RwkvConfig(vocab_size=60, hidden_size=32, num_hidden_layers=2, context_length=64)).eval()


def jamba():
    """A model with keys and values in every other layer only."""
    torch.manual_seed(0)
    every_other = {"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2, "expert_layer_offset": 1}
    return JambaForCausalLM(JambaConfig(**SHAPE, **every_other, mamba_d_state=4, num_experts=2)).eval()


def sequences(*lengths, stops=(7, 11, 20, 33), **sampling):
    """One sequence for each prompt length; the prompts are arbitrary but always the same."""
    options = {"max_new_tokens": 12} | sampling
    prompts = [[(3 * index + 5 * position) % 60 for position in range(length)] for index, length in enumerate(lengths)]
    return [Sequence(str(index), prompt, Sampling(**options), frozenset(stops)) for index, prompt in enumerate(prompts)]


def tokens_alone(model, sequence):
    """Return the tokens that transformers itself generates for one sequence, alone and greedily."""
    prompt = torch.tensor([sequence.prompt])
    output = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        max_new_tokens=sequence.sampling.max_new_tokens,
        do_sample=False,
        eos_token_id=sorted(sequence.stop_tokens),
        pad_token_id=0,
    )
    return output[0, len(sequence.prompt) :].tolist()


def checkpoint(model, folder):
    """Save `model` with a tokenizer of 59 words, w0 to w58, and an end of turn; returns the folder's name."""
    words = {f"w{index}": index for index in range(59)} | {"</s>": 59}
    file = folder / "tokenizer.json"
    by_word = {"type": "WordLevel", "vocab": words, "unk_token": "w0"}
    file.write_text(json.dumps({"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": by_word}))
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token="</s>")
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }} {% endfor %}"
    model.generation_config.eos_token_id = 59
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


class Watched:
    """A model that counts its rows in each call and raises where `fails` is true of the tokens (B, T)."""

    def __init__(self, model, fails=lambda tokens: False):
        self.inner, self.fails, self.device = model, fails, model.device
        self.batch_sizes = []

    def __call__(self, input_ids, **inputs):
        self.batch_sizes.append(len(input_ids))
        if self.fails(input_ids):
            raise torch.OutOfMemoryError("tried to allocate too much")
        return self.inner(input_ids=input_ids, **inputs)

    def __getattr__(self, name):
        return getattr(self.inner, name)
