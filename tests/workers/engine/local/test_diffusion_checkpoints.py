"""Checkpoints of masked diffusion models, in the forms in which they are released, and the backend on them."""

import json

import pytest
import torch

from annotator.checkpoint_files import Checkpoint
from tests.workers.engine.asking import ask
from tests.workers.engine.local import masked
from workers.engine import Message, PermanentEngineError, Request, Sampling, Tool, load_backend
from workers.engine.local.checkpoints import load_tokenizer

PLAIN = {"dtype": "float32", "block_length": 8}


def load(name, serving=None, **options):
    return load_backend("diffusion", name, "", {**PLAIN, **options}, serving)


def complete(backend, *requests):
    return {completion.request_id: completion for completion in backend.complete(iter(requests))}


def test_llada_loads_by_renaming_and_runs_no_code_of_the_checkpoint(tmp_path):
    model = masked.llada(rope_parameters={"rope_theta": 500000.0, "rope_type": "default"}, rms_norm_eps=1e-5)
    name = masked.llada_checkpoint(model, tmp_path)
    (tmp_path / "configuration_llada.py").write_text("raise SystemExit('this code must not run')")
    (tmp_path / "modeling_llada.py").write_text("raise SystemExit('this code must not run')")
    backend = load(name)
    inputs = {"input_ids": torch.tensor([[1, 2, 3, masked.MASK]]), "attention_mask": torch.ones(1, 4)}
    with torch.inference_mode():
        assert torch.equal(backend._model(**inputs).logits, model(**inputs).logits)
    assert backend._stop_tokens == {masked.END, masked.TURN}
    assert backend.describe()["backend"] == "diffusion"
    assert backend.count_tokens("w1 w2") == 2


def test_the_tokens_of_the_mask_and_of_ends_may_be_named(tmp_path):
    name = masked.llada_checkpoint(masked.llada(), tmp_path, mask_token_id=None)
    backend = load(name, mask_token_id=5, end_token_ids=[6])  # iLLaDA's mask is 5
    assert backend._stop_tokens == {6}
    assert 5 not in complete(backend, ask("w1 w2", max_new_tokens=16))["1"].text.split()
    assert backend._predictor._unmasking.mask_token == 5


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"block_type": "sequential"}, "its block_type is 'sequential', and only 'llama' is Llama's"),
        ({"include_qkv_bias": True}, "its include_qkv_bias is True, and only False is Llama's"),
        ({"n_layers": 3}, "lacks 9 weights of a LladaForMaskedDiffusion, such as model.layers.2."),
    ],
)
def test_another_architecture_under_the_name_of_llada_is_refused(tmp_path, fields, sentence):
    name = masked.llada_checkpoint(masked.llada(), tmp_path, **fields)
    with pytest.raises(PermanentEngineError, match=sentence.replace(".", r"\.")):
        load(name)


def test_dream_loads_with_a_tokenizer_of_qwen2_and_predicts_shifted(tmp_path):
    name = masked.checkpoint(masked.dream(), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    named = {"architectures": ["DreamModel"], "mask_token_id": masked.MASK, "auto_map": {"AutoModel": "m.DreamModel"}}
    (tmp_path / "config.json").write_text(json.dumps(config | named))
    backend = load(name)
    assert backend._predictor._shifted
    assert not load(name, shifted=False)._predictor._shifted
    assert complete(backend, ask("w1 w2", max_new_tokens=16))["1"].error == ""


def test_a_tokenizer_of_dream_is_read_without_its_code(tmp_path):
    masked.dream().save_pretrained(tmp_path)
    letters = {"<|endoftext|>": 0, "a": 1, "b": 2, "ab": 3}
    (tmp_path / "vocab.json").write_text(json.dumps(letters))
    (tmp_path / "merges.txt").write_text("#version: 0.2\na b\n")
    settings = {
        "tokenizer_class": "DreamTokenizer",
        "auto_map": {"AutoTokenizer": ["tokenization_dream.DreamTokenizer", None]},
        "chat_template": "{{ messages[0].content }}",
        "eos_token": "<|endoftext|>",
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    (tmp_path / "tokenization_dream.py").write_text("raise SystemExit('this code must not run')")
    tokenizer = load_tokenizer(Checkpoint(str(tmp_path)), "", trusted=False)
    assert tokenizer("abab")["input_ids"] == [3, 3]


@pytest.mark.parametrize("make", [masked.bert, masked.modernbert])
def test_a_masked_language_model_loads_as_it_is(tmp_path, make):
    backend = load(masked.checkpoint(make(), tmp_path))
    assert backend._predictor._unmasking.mask_token == masked.MASK  # the tokenizer's
    [completion] = backend.complete([ask("w1 w2", max_new_tokens=16)])
    assert completion.error == ""
    assert completion.usage.prompt_tokens == 2
    assert 0 < completion.usage.completion_tokens <= 16


def refusal(name, **options):
    with pytest.raises(PermanentEngineError) as error:
        load(name, **options)
    return str(error.value)


def test_what_a_model_cannot_have_is_refused_when_it_loads(tmp_path):
    name = masked.checkpoint(masked.bert(), tmp_path)
    assert "BertForMaskedLM keeps no keys and values; leave the option cache out." in refusal(name, cache="dual")
    assert "has 60 tokens, and none of the number 77" in refusal(name, mask_token_id=77)
    assert "must be one of low_confidence, random, not 'best'" in refusal(name, remasking="best")
    assert "unknown field 'gguf_file'" in refusal(name, gguf_file="model.gguf")
    settings = json.loads((tmp_path / "tokenizer_config.json").read_text())
    del settings["mask_token"]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    assert "names no mask token; give its number in the option mask_token_id." in refusal(name)


@pytest.fixture
def backend(tmp_path):
    return load(masked.llada_checkpoint(masked.llada(), tmp_path), {"batch_size": 3}, cache="dual")


def test_requests_of_every_kind_are_answered_or_refused_alone(backend):
    user = (Message("user", "w1 w2 w3"),)
    requests = [
        ask("w1 w2 w3", "plain", max_new_tokens=16),
        ask("w1 w2 w3", "sampled", max_new_tokens=16, temperature=0.8, top_p=0.9, seed=3),
        Request("begun", (*user, Message("assistant", "w4 w5")), Sampling(max_new_tokens=16)),
        Request("labels", user, Sampling(max_new_tokens=4), choices=("w1", "w2")),
        Request("tools", user, Sampling(max_new_tokens=4), tools=(Tool("check", "", {"type": "object"}),)),
        ask("w1 " * 250, "long", max_new_tokens=1),
        ask("", "empty", max_new_tokens=16),
    ]
    came = complete(backend, *requests)
    for name in ("plain", "sampled", "begun", "labels"):
        assert came[name].error == "", name
        assert came[name].finish_reason in ("stop", "length")
    assert came["labels"].probabilities is None
    assert came["begun"].usage.prompt_tokens == 6
    assert "calls no tools; choose a strategy without tools" in came["tools"].error
    assert "needs 258 tokens (250 of prompt and up to 8 new ones)" in came["long"].error
    assert "needs a prompt to begin from" in came["empty"].error


def test_a_continued_turn_does_not_end_before_it_says_something(backend):
    begun = Request("1", (Message("user", "w1"), Message("assistant", "w4")), Sampling(max_new_tokens=8))
    sequence = backend._sequence(begun)
    row = backend._decoder()._row(sequence)
    assert row.may_not_end
    sequence.tokens = [7]
    assert not backend._decoder()._row(sequence).may_not_end


def test_a_seed_writes_the_same_answer_again(backend):
    texts = [
        complete(backend, ask("w1 w2", max_new_tokens=16, temperature=1.0, seed=seed))["1"].text for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]
