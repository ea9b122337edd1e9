"""Choices: the probabilities of labels are those of the model alone, in every decoder and beside other requests."""

from math import exp

import pytest
import torch

from tests.workers.engine.local import tiny
from workers.engine import Message, Request, Sampling, load_backend
from workers.engine.local.choosing import ChoosingBatch
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import decode
from workers.engine.local.sequences import Sequence

YES_NO = {"yes": (5,), "no": (9,)}
LONG = {"yes": (5, 6), "no": (9,), "yes indeed": (8, 6, 3)}


def choosing(name, length, labels):
    [sequence] = tiny.sequences(length)
    return Sequence(name, sequence.prompt, Sampling(), frozenset(), labels=labels)


def alone(model, sequence):
    """The probabilities by one call of the model for each label, without padding."""
    scores = {}
    for label, tokens in sequence.labels.items():
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor([[*sequence.prompt, *tokens]])).logits[0].double()
        rows = logits[len(sequence.prompt) - 1 : -1].log_softmax(-1)
        scores[label] = exp(sum(float(row[token]) for row, token in zip(rows, tokens, strict=True)))
    return {label: score / sum(scores.values()) for label, score in scores.items()}


@pytest.mark.parametrize("make", [tiny.llama, tiny.mistral, tiny.mamba, tiny.jamba, tiny.rwkv])
def test_probabilities_equal_those_of_each_label_alone_under_left_padding(make):
    model = make()
    sequences = [
        choosing(f"{length} {len(labels)}", length, labels) for length in (2, 5, 11) for labels in (YES_NO, LONG)
    ]
    finished = {s.request_id: s for s in decode(sequences, ChoosingBatch(model, ContinuousBatch(model, 8)))}
    for sequence in sequences:
        assert finished[sequence.request_id].probabilities == pytest.approx(alone(model, sequence), abs=1e-5)
        assert sum(sequence.probabilities.values()) == pytest.approx(1, abs=1e-12)
        assert sequence.finish_reason == "stop"
        likeliest = max(sequence.probabilities, key=sequence.probabilities.get)
        assert sequence.tokens == list(sequence.labels[likeliest])


def test_labels_of_one_token_take_one_row_and_many_requests_share_a_pass():
    model = tiny.Watched(tiny.llama())
    list(decode([choosing(str(n), 3 + n, YES_NO) for n in range(8)], ChoosingBatch(model, ContinuousBatch(model, 8))))
    assert model.batch_sizes == [1, 8]  # the probe of the cache, and all at once


def test_a_failing_batch_is_halved_until_the_request_that_fails_is_alone():
    model = tiny.Watched(tiny.llama(), fails=lambda tokens: bool((tokens == 59).any()))
    sequences = [choosing(str(n), 3, YES_NO) for n in range(4)]
    sequences[2].prompt.append(59)
    finished = {s.request_id: s for s in decode(sequences, ChoosingBatch(model, ContinuousBatch(model, 8)))}
    assert "failed on this request alone: OutOfMemoryError" in finished.pop("2").error
    assert all(sequence.probabilities for sequence in finished.values())


def test_a_model_without_finite_logits_fails_the_request():
    model = tiny.llama()
    with torch.no_grad():
        model.lm_head.weight.fill_(float("nan"))
    [sequence] = decode([choosing("1", 3, YES_NO)], ChoosingBatch(model, ContinuousBatch(model, 8)))
    assert (sequence.finish_reason, sequence.probabilities) == ("error", None)


@pytest.mark.parametrize("batching", ["continuous", "static", "paged"])
def test_choices_and_texts_are_asked_for_side_by_side_in_every_decoder(tmp_path, batching):
    model = tiny.llama()
    options, serving = {"dtype": "float32"}, {"batching": batching, "batch_size": 4}
    backend = load_backend("transformers", tiny.checkpoint(model, tmp_path), "", options, serving)
    requests = [
        Request(
            str(n),
            (Message("user", "w1 w2 " * (n + 1)),),
            Sampling(max_new_tokens=3),
            choices=("w5", "w9") if n % 2 else (),
        )
        for n in range(6)
    ]
    completions = {completion.request_id: completion for completion in backend.complete(requests)}
    backend.close()
    assert [completions[str(n)].error for n in range(6)] == [""] * 6
    for n in (1, 3, 5):
        expected = alone(
            model, Sequence("", [1, 2] * (n + 1), Sampling(), frozenset(), labels={"w5": (5,), "w9": (9,)})
        )
        assert completions[str(n)].probabilities == pytest.approx(expected, abs=1e-4)
        assert completions[str(n)].text == max(expected, key=expected.get)
        assert completions[str(n)].usage.completion_tokens == 1
    for n in (0, 2, 4):
        assert completions[str(n)].probabilities is None
        assert completions[str(n)].usage.completion_tokens == 3


@pytest.mark.parametrize(
    ("labels", "bad"),
    [(("w5", "w5 w6"), "w5"), (("what", "else"), "what"), (("w5", " "), " "), (("w5", "w5 "), "w5")],
)
def test_labels_that_share_their_beginning_or_have_no_tokens_are_refused(tmp_path, labels, bad):
    backend = load_backend("transformers", tiny.checkpoint(tiny.llama(), tmp_path), "", {})
    [completion] = backend.complete([Request("1", (Message("user", "w1"),), Sampling(), choices=labels)])
    assert completion.error == (
        f"The conversation can't be written as tokens: the label {bad!r} has no tokens of its own in this model; "
        "choose other labels."
    )
