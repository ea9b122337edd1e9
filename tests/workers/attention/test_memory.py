"""Memory of a trace, counted as `make bench-attention` counts it: bytes of tensors, the same on every run."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from benchmarks.attention import Figures, summary, tensor_peak
from workers.attention.probe import ProbedSequence, probe


def test_the_peak_is_what_was_allocated_at_once_and_not_the_sum() -> None:
    def one_after_the_other() -> None:
        first = torch.empty(1_000_000)
        del first
        _second, _third = torch.empty(500_000), torch.empty(750_000)

    assert tensor_peak(one_after_the_other) == 5_000_000


def test_a_trace_allocates_hardly_more_than_a_plain_pass() -> None:
    """A layer of SmolLM2's shape; a T x T matrix of its heads alone would be larger than all of the plain pass."""
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=97,
            hidden_size=576,
            intermediate_size=1_536,
            num_hidden_layers=1,
            num_attention_heads=9,
            num_key_value_heads=3,
            max_position_embeddings=1_024,
            pad_token_id=0,
        )
    ).eval()
    tokens = [number % 96 + 1 for number in range(1_024)]
    sequence = ProbedSequence(tokens, range(767, 1_023), 192, {"constraints": range(96, 120)})
    ids = torch.tensor([tokens])

    def plain() -> None:
        with torch.inference_mode():
            model.base_model(ids, attention_mask=torch.ones_like(ids), use_cache=False)

    assert tensor_peak(lambda: probe(model, [sequence])) <= 1.05 * tensor_peak(plain)


def test_weights_are_in_both_sides_of_one_ratio_and_in_neither_of_the_other() -> None:
    figures = {
        "plain": Figures([2.0, 4.0, 1.0], tensors=100, weights=900, resident=1_000),
        "trace": Figures([3.0, 4.0, 1.0], tensors=110, weights=900, resident=1_200),
        "output_attentions": Figures([8.0], tensors=500, weights=900, resident=3_000),
    }
    assert summary(figures) == {
        "time_ratio": 1.0,
        "memory_ratio": 1.1,
        "memory_ratio_with_model": 1.01,
        "resident_ratio_with_model": 1.2,
        "output_attentions_time_ratio": 4.0,
        "output_attentions_memory_ratio": 5.0,
    }
