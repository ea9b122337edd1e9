"""Static batches: correct for models of every kind, and chosen for those that other decoders would get wrong."""

import pytest

from tests.workers.engine.asking import ask
from tests.workers.engine.local import tiny
from workers.engine import PermanentEngineError, load_backend
from workers.engine.local.decoding import decode
from workers.engine.local.static import StaticBatch, keeps_keys_and_values

LENGTHS = (3, 17, 5, 1, 30, 9, 9)
ALL = (tiny.llama, tiny.mistral, tiny.mamba, tiny.jamba, tiny.rwkv)


def tokens_by_id(model, sequences, batch_size=4):
    finished = decode(iter(sequences), StaticBatch(model, batch_size))
    return {sequence.request_id: sequence.tokens for sequence in finished}


@pytest.mark.parametrize(
    ("make", "plain"),
    [(tiny.llama, True), (tiny.mistral, True), (tiny.mamba, False), (tiny.jamba, False), (tiny.rwkv, False)],
)
def test_what_a_model_keeps_is_found_out(make, plain):
    assert keeps_keys_and_values(make()) is plain


def test_a_model_that_says_nothing_of_its_state_is_tried():
    model = tiny.mamba()
    model._is_stateful = False
    assert not keeps_keys_and_values(model)


@pytest.mark.parametrize("make", ALL)
def test_greedy_sequences_come_out_as_each_would_alone(make):
    sequences = tiny.sequences(*LENGTHS)
    expected = {sequence.request_id: tiny.tokens_alone(make(), sequence) for sequence in sequences}
    assert tokens_by_id(make(), sequences) == expected


@pytest.mark.parametrize("make", [tiny.llama, tiny.mamba])
def test_a_sampled_sequence_draws_the_same_tokens_whatever_shares_its_batch(make):
    sampling = {"temperature": 1.0, "top_p": 0.9, "seed": 5}
    together = tokens_by_id(make(), tiny.sequences(*LENGTHS, **sampling), batch_size=8)
    alone = {}
    for sequence in tiny.sequences(*LENGTHS, **sampling):
        alone |= tokens_by_id(make(), [sequence])
    assert together == alone
    assert together != tokens_by_id(make(), tiny.sequences(*LENGTHS), batch_size=8)


def test_a_models_own_repetition_penalty_is_not_applied():
    plain, penal = tiny.llama(), tiny.llama()
    penal.generation_config.repetition_penalty = 5.0
    assert tokens_by_id(penal, tiny.sequences(*LENGTHS)) == tokens_by_id(plain, tiny.sequences(*LENGTHS))


def poison(model, monkeypatch, fails):
    """Make the model raise where `fails` is true of the tokens (B, T)."""
    forward = model.forward

    def forward_or_raise(input_ids, **inputs):
        if fails(input_ids):
            raise RuntimeError("tried to allocate too much")
        return forward(input_ids=input_ids, **inputs)

    monkeypatch.setattr(model, "forward", forward_or_raise)


def test_out_of_memory_splits_the_batch_and_changes_no_sequence(monkeypatch):
    expected = tokens_by_id(tiny.llama(), tiny.sequences(*LENGTHS))
    model = tiny.llama()
    poison(model, monkeypatch, lambda tokens: len(tokens) > 2)
    assert tokens_by_id(model, tiny.sequences(*LENGTHS)) == expected


def test_a_sequence_that_the_model_cannot_take_fails_alone(monkeypatch):
    model, sequences = tiny.llama(), tiny.sequences(*LENGTHS)
    sequences[2].prompt = [5, 59, 59, 59]
    poison(model, monkeypatch, lambda tokens: bool((tokens == 59).sum(1).ge(3).any()))
    tokens_by_id(model, sequences)
    assert sequences[2].error.startswith("The model failed on this request alone: RuntimeError")
    assert [sequence.error for sequence in sequences].count("") == len(LENGTHS) - 1


def test_the_backend_takes_static_batches_for_such_a_model_by_itself(tmp_path):
    backend = load_backend("transformers", tiny.checkpoint(tiny.mamba(), tmp_path), "", {})
    assert backend.describe()["batching"] == "static"
    requests = [ask("w1 w2 w3", "greedy", max_new_tokens=5), ask("w4", "sampled", max_new_tokens=5, temperature=1.0)]
    completions = {completion.request_id: completion for completion in backend.complete(requests)}
    assert {completion.error for completion in completions.values()} == {""}
    assert completions["greedy"].usage.prompt_tokens == 3


@pytest.mark.parametrize("batching", ["continuous", "paged"])
def test_batches_that_would_be_wrong_for_a_model_are_refused(tmp_path, batching):
    name = tiny.checkpoint(tiny.mamba(), tmp_path)
    with pytest.raises(PermanentEngineError, match="MambaForCausalLM keeps another state than keys and values"):
        load_backend("transformers", name, "", {}, {"batching": batching})
