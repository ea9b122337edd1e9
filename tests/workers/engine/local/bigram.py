"""A tiny model that always writes the same: its next token depends on the last one alone.

A turn that begins with nothing is "<think> hm </think> fig", one that begins in an open block goes on in it, and one
that begins after a closed block is "fig".
"""

import json

import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from workers.engine import load_backend

WORDS = ("<unk>", "</s>", "user:", "assistant:", "Name", "fruit", "<think>", "</think>", "hm", "fig")
NEXT = {"assistant:": "<think>", "<think>": "hm", "hm": "</think>", "</think>": "fig", "fig": "</s>"}


def bigram_model():
    """A Llama whose attention and MLP add nothing, so that its logits are a table of which token follows which."""
    size = 16
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS), hidden_size=size, intermediate_size=size, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=False,
        )
    )  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.model.norm.weight.fill_(1.0)
        model.model.embed_tokens.weight.copy_(torch.eye(len(WORDS), size))
        for last, following in NEXT.items():
            model.lm_head.weight[WORDS.index(following), WORDS.index(last)] = 1.0
    model.generation_config.eos_token_id = WORDS.index("</s>")
    return model


def tokenizer(file, template, *, special=()):
    words = {word: index for index, word in enumerate(WORDS)}
    by_word = {"type": "WordLevel", "vocab": words, "unk_token": "<unk>"}
    file.write_text(json.dumps({"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": by_word}))
    made = PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token="</s>")
    if special:
        made.add_special_tokens({"additional_special_tokens": list(special)})
    made.chat_template = template
    return made


def bigram_backend(folder, template, special=(), serving=None, **options):
    """Load a backend of the model under a chat template, from `folder`."""
    bigram_model().save_pretrained(folder)
    tokenizer(folder / "tokenizer.json", template, special=special).save_pretrained(folder)
    return load_backend("transformers", str(folder), "", {"dtype": "float32", **options}, serving)
