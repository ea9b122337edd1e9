"""The probe of a forward pass: equal to transformers' own eager attention, layer by layer and token by token."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GptOssConfig,
    GptOssForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from workers.attention import kernels
from workers.attention.probe import Boost, ProbedSequence, SequenceAttention, boosting, probe, probing
from workers.engine.errors import PermanentEngineError

SHAPE = {
    "vocab_size": 97,
    "hidden_size": 48,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "initializer_range": 0.4,
    "pad_token_id": 0,
}
GPT2_SHAPE = {"vocab_size": 97, "n_embd": 48, "n_layer": 3, "n_head": 6, "n_positions": 256, "initializer_range": 0.2}
MODELS: dict[str, Callable[[], Any]] = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SHAPE)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2_SHAPE, attn_pdrop=0.0)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=12)),
    "gemma2": lambda: Gemma2ForCausalLM(
        Gemma2Config(**SHAPE, head_dim=8, sliding_window=12, attn_logit_softcapping=3.0, query_pre_attn_scalar=8)
    ),
    "gpt_oss": lambda: GptOssForCausalLM(
        GptOssConfig(**SHAPE, head_dim=8, sliding_window=12, num_local_experts=2, num_experts_per_tok=1)
    ),
}
ROUNDED = {torch.float32: 1e-5, torch.bfloat16: 0.04}


def model_called(name: str, dtype: torch.dtype = torch.float32) -> Any:
    torch.manual_seed(3)
    model = MODELS[name]().eval()
    return model.to(dtype)


def sequence(length: int, answer: int, columns: int = 22, seed: int = 0) -> ProbedSequence:
    """A sequence whose last `answer` tokens are the answer, predicted by the rows before them."""
    tokens = [(7 * number + 13 * seed + number * number) % 96 + 1 for number in range(length)]
    late = [columns - 2, columns - 1]
    groups = {"sink": [0], "constraints": [5, 6, 7, 9], "text": [3, 4, 8, 12], "late": late, "nothing": []}
    return ProbedSequence(tokens, list(range(length - answer - 1, length - 1)), columns, groups)


def eager(model: Any, of: ProbedSequence) -> tuple[torch.Tensor, ...]:
    """The whole attention (H, T, T) of each layer, by transformers' eager attention on the sequence alone."""
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        output = model.base_model(torch.tensor([of.tokens]), output_attentions=True, use_cache=False)
    model.set_attn_implementation("sdpa" if "sdpa" in str(before(model)) else "eager")
    return tuple(layer[0].float() for layer in output.attentions)


def before(model: Any) -> str:
    return "sdpa" if getattr(model, "_supports_sdpa", False) else "eager"


def differences(read: SequenceAttention, whole: tuple[torch.Tensor, ...], of: ProbedSequence) -> float:
    """The largest difference of a group's sum at any layer and row."""
    worst = 0.0
    for place, layer in enumerate(whole):
        mean = layer.mean(0)[of.rows]  # (R, T)
        for number, members in enumerate(of.groups.values()):
            wanted = mean[:, list(members)].sum(1).numpy()
            worst = max(worst, float(np.abs(read.sums[0, place, :, number] - wanted).max()))
    return worst


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", ["llama", "qwen2", "gpt2", "mistral", "gemma2", "gpt_oss"])
def test_attention_is_that_of_eager_output_attentions(name: str, dtype: torch.dtype) -> None:
    model, of = model_called(name, dtype), sequence(40, 9)
    [read] = probe(model, [of])
    assert read.layers == [0, 1, 2]
    assert differences(read, eager(model, of), of) < ROUNDED[dtype]


@pytest.mark.parametrize("name", ["llama", "qwen2", "gpt2", "mistral"])
def test_a_padded_batch_gives_each_sequence_what_it_has_alone(name: str) -> None:
    model = model_called(name)
    sequences = [sequence(40, 9), sequence(27, 4, seed=1), sequence(33, 12, columns=15, seed=2)]
    together = probe(model, sequences)
    for of, read in zip(sequences, together, strict=True):
        [alone] = probe(model, [of])
        np.testing.assert_allclose(read.sums, alone.sums, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(read.tokens, alone.tokens, atol=1e-5)
        np.testing.assert_allclose(read.visible, alone.visible)
        assert differences(read, eager(model, of), of) < 1e-5


def test_the_mean_over_rows_of_each_column_is_kept_too() -> None:
    model, of = model_called("llama"), sequence(40, 9)
    [read] = probe(model, [of])
    for place, layer in enumerate(eager(model, of)):
        wanted = layer.mean(0)[of.rows].mean(0)[: of.columns].numpy()
        np.testing.assert_allclose(read.tokens[0, place], wanted, atol=1e-6)


def test_a_window_that_has_left_the_constraint_behind_is_a_structural_zero() -> None:
    model, of = model_called("mistral"), sequence(40, 9)
    [read] = probe(model, [of])
    assert (read.sums[0, :, :, 1] == 0).all()
    assert (read.visible[:, 1] == 0).all()
    [seen] = probe(model, [sequence(22, 3, columns=14)])
    assert (seen.visible[:, 1] > 0).all()


def test_contributions_of_all_columns_of_a_row_sum_to_one() -> None:
    model = model_called("llama")
    of = ProbedSequence(list(range(1, 31)), [29], 30, {"all": range(30)})
    [read] = probe(model, [of])
    np.testing.assert_allclose(read.sums[0, :, 0, 0], 1.0, atol=1e-5)
    np.testing.assert_allclose(read.sums[2, :, 0, 0], 1.0, atol=1e-4)


def test_the_value_measure_is_the_weight_times_the_norm_of_the_value() -> None:
    model, of = model_called("gpt2"), sequence(30, 5)
    kept: list[torch.Tensor] = []
    hook = model.transformer.h[0].attn.c_attn.register_forward_hook(lambda _m, _i, out: kept.append(out[0]))
    [read] = probe(model, [of])
    hook.remove()
    norms = kept[0][:, 96:].unflatten(1, (6, 8)).norm(dim=-1).T  # (H, T)
    weights = eager(model, of)[0][:, of.rows]  # (H, R, T)
    wanted = (weights * norms[:, None, :])[:, :, [5, 6, 7, 9]].sum(-1).mean(0)
    np.testing.assert_allclose(read.sums[1, 0, :, 1], wanted.detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("name", ["llama", "mistral", "gpt2"])
def test_without_the_fused_kernel_the_blocks_give_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, of = model_called(name), sequence(40, 9)
    [fused] = probe(model, [of])
    monkeypatch.setattr(kernels, "_fused", lambda device, masked: None)
    monkeypatch.setattr(kernels, "_BLOCK_NUMBERS", 6 * 40 * 7)  # blocks of seven rows
    [blocks] = probe(model, [of])
    np.testing.assert_allclose(blocks.sums, fused.sums, rtol=1e-4, atol=1e-5)


def test_a_kernel_that_gives_something_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(query: Any, key: Any, value: Any, mask: Any, causal: bool, scale: float) -> Any:
        output, sums = kernels.attend_in_blocks(query, key, value, mask, causal, scale)
        return output, sums + 0.5

    monkeypatch.setattr(kernels, "_fused", lambda device, masked: broken)
    query = torch.randn(1, 4, 6, 8)
    assert kernels.fused_kernel(query, query, masked=False) is None


def test_the_fused_kernel_of_this_torch_is_used() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        query = torch.randn(1, 4, 6, 8, dtype=dtype)
        for masked in (False, True):
            assert kernels.fused_kernel(query, query, masked=masked) is not None


def test_a_model_keeps_its_own_attention_and_its_logits() -> None:
    model = model_called("llama")
    tokens = torch.tensor([sequence(30, 5).tokens])
    with torch.inference_mode():
        logits = model(tokens).logits
        with probing(model):
            assert torch.equal(model(tokens).logits, logits)
    assert model.config._attn_implementation == "sdpa"


def test_a_model_without_attention_is_refused_in_a_sentence() -> None:
    shape = {"vocab_size": 97, "hidden_size": 32, "num_hidden_layers": 1, "state_size": 4}
    with pytest.raises(PermanentEngineError, match="Mamba"):
        probe(MambaForCausalLM(MambaConfig(**shape)).eval(), [sequence(30, 5)])


def test_a_boost_adds_its_bias_to_the_scores_of_its_columns() -> None:
    """With e^b times the weight before the softmax: p' = p e^b / (1 - m + m e^b), m the mass of the boosted columns."""
    model, of = model_called("llama"), sequence(40, 9)
    [plain] = probe(model, [of])
    [boosted] = probe(model, [of], Boost(2.0, of.groups["constraints"]))
    weights = eager(model, of)[0][:, of.rows]  # the first layer's inputs are the same
    mass = weights[:, :, [5, 6, 7, 9]].sum(-1)  # (H, R)
    wanted = (mass * np.e**2 / (1 - mass + mass * np.e**2)).mean(0)
    np.testing.assert_allclose(boosted.sums[0, 0, :, 1], wanted.numpy(), atol=1e-5)
    assert (boosted.sums[0, 0, :, 1] > plain.sums[0, 0, :, 1]).all()


def test_a_boost_holds_while_a_model_generates_with_its_cache() -> None:
    model, tokens = model_called("llama"), torch.tensor([sequence(30, 5).tokens])
    boost = Boost(3.0, [5, 6, 7, 9])
    with torch.inference_mode(), probing(model), boosting(boost):
        whole = model(tokens, use_cache=False).logits[0, -1]
        first = model(tokens[:, :-1], use_cache=True)
        last = model(tokens[:, -1:], past_key_values=first.past_key_values, use_cache=True).logits[0, -1]
    torch.testing.assert_close(last, whole, atol=1e-4, rtol=1e-4)
