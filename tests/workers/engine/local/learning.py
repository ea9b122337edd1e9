"""A small LLaDA model that is trained on a few answers, in seconds on one thread."""

import json
import re

import torch
from transformers import PreTrainedTokenizerFast

from tests.workers.engine.local import masked

STEPS = 200
LENGTH = 112
"""The positions of an answer: its tokens, then ends."""
WORDS = re.compile(r"\s?[^\s]+|\s")


def learned_checkpoint(exemplars, folder):
    """Train on the pairs of prompt and answer and save the checkpoint, with a tokenizer of their words."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    vocabulary = {"<mask>": 0, "</s>": 1, "<unk>": 2, "\nassistant:": 3}
    for exemplar in exemplars:
        for word in WORDS.findall(exemplar["prompt"]) + WORDS.findall(exemplar["answer"]):
            vocabulary.setdefault(word, len(vocabulary))
    tokenizer = word_tokenizer(vocabulary, folder)
    canvases, answers = [], []
    for exemplar in exemplars:
        turns = [{"role": "user", "content": exemplar["prompt"]}]
        written = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        prompt = tokenizer(written)["input_ids"]
        answer = tokenizer(exemplar["answer"])["input_ids"]
        assert len(answer) < LENGTH
        assert tokenizer.unk_token_id not in prompt + answer
        canvases.append([*prompt, *answer, *[1] * (LENGTH - len(answer))])
        answers.append([False] * len(prompt) + [True] * LENGTH)
    model = trained(canvases, answers, len(vocabulary))
    masked.llada_checkpoint(
        model, folder, mask_token_id=0, eos_token_id=1, d_model=64, mlp_hidden_size=128, embedding_size=len(vocabulary),
        vocab_size=len(vocabulary), rope_theta=10000.0, rms_norm_eps=1e-6, max_sequence_length=512,
    )  # fmt: skip
    tokenizer.save_pretrained(folder)
    return str(folder)


def trained(canvases, answers, vocabulary):
    """LLaDA's objective: a share of the answer is masked, and what was masked is to be predicted."""
    model = masked.llada(
        vocab_size=vocabulary, hidden_size=64, intermediate_size=128, initializer_range=0.05,
        max_position_embeddings=512, rms_norm_eps=1e-6,
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    width = max(map(len, canvases))
    tokens = torch.tensor([[1] * (width - len(row)) + row for row in canvases]).repeat(4, 1)
    real = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in canvases]).repeat(4, 1)
    answer = torch.tensor([[False] * (width - len(row)) + row for row in answers]).repeat(4, 1)
    positions = (real.cumsum(1) - 1).clamp(min=0)
    model.train()
    for _ in range(STEPS):
        share = torch.rand(len(tokens), 1, generator=generator).clamp(min=0.05)
        hidden = answer & (torch.rand(tokens.shape, generator=generator) < share)
        inputs = tokens.masked_fill(hidden, 0)
        logits = model(input_ids=inputs, attention_mask=real, position_ids=positions).logits
        loss = torch.nn.functional.cross_entropy(logits[hidden], tokens[hidden])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def word_tokenizer(vocabulary, folder):
    """A tokenizer of words, each with the white space before it, that decodes to the same text."""
    words = {
        "version": "1.0",
        "pre_tokenizer": {
            "type": "Split", "pattern": {"Regex": WORDS.pattern}, "behavior": "Isolated", "invert": False,
        },
        "decoder": {"type": "Fuse"},
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<unk>"},
        "added_tokens": [],
    }  # fmt: skip
    file = folder / "words.json"
    file.write_text(json.dumps(words))
    special = {"eos_token": "</s>", "mask_token": "<mask>", "unk_token": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(file), **special)
    tokenizer.add_special_tokens({"additional_special_tokens": ["\nassistant:"]})
    tokenizer.chat_template = "{{ messages[0].content }}{% if add_generation_prompt %}{{ '\\nassistant:' }}{% endif %}"
    return tokenizer
