"""The probe of a forward pass: the attention of a transformers model by layer, and the boost.

Registers an attention function and its mask function with transformers (a name without a mask function would attend to
padding), and sets them on a model while a pass is read. Knows tokens; knows no text. B sequences, T columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import sdpa_mask

from workers.attention.columns import ColumnSums, column_sums
from workers.attention.kernels import attend
from workers.engine.errors import PermanentEngineError

ATTENTION = "cotrast_probe"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ProbedSequence:
    """Tokens, the rows to read, how many of the first tokens are columns, and groups of columns by name.

    A row is the position of a query: the one that predicts the token after it.
    """

    tokens: Sequence[int]
    rows: Sequence[int]
    columns: int
    groups: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class SequenceAttention:
    """The attention of one sequence: L layers, R rows, N groups, P columns, measures in the order of `MEASURES`.

    `visible` is the share of a group's tokens that a layer's mask shows to the rows: 0 is a structural zero, as in a
    sliding window that has left the prompt behind.
    """

    layers: Sequence[int]
    groups: Sequence[str]
    sums: Floats  # (3, L, R, N)
    tokens: Floats  # (3, L, P)
    visible: Floats  # (L, N)


@dataclass(frozen=True, slots=True)
class Boost:
    """A constant added to the scores of some columns in every layer and head (InstABoost, arXiv 2506.13734)."""

    bias: float
    columns: Sequence[int]


@dataclass(slots=True)
class _Reading:
    """The sequences of one pass, and what its layers gave."""

    sequences: Sequence[ProbedSequence]
    padding: Sequence[int]
    layers: dict[int, list[tuple[ColumnSums, torch.Tensor]]] = field(default_factory=dict)


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)
_boost: ContextVar[Boost | None] = ContextVar("boost", default=None)


@torch.inference_mode()
def probe(model: Any, sequences: Sequence[ProbedSequence], boost: Boost | None = None) -> list[SequenceAttention]:
    """Read the attention of the sequences in one forward pass, without logits; shorter ones are padded on the left.

    Raises PermanentEngineError for a model whose attention does not pass through transformers' interface.
    """
    width = max(len(sequence.tokens) for sequence in sequences)
    padding = [width - len(sequence.tokens) for sequence in sequences]
    tokens = [[0] * left + list(sequence.tokens) for left, sequence in zip(padding, sequences, strict=True)]
    mask = torch.tensor([[0] * left + [1] * (width - left) for left in padding], device=model.device)
    reading = _Reading(sequences, padding)
    token = _reading.set(reading)
    try:
        with probing(model), boosting(boost):
            model.base_model(
                input_ids=torch.tensor(tokens, device=model.device),
                attention_mask=mask,
                position_ids=(mask.cumsum(1) - 1).clamp(min=0),
                use_cache=False,
            )
    finally:
        _reading.reset(token)
    if not reading.layers:
        raise PermanentEngineError(f"{type(model).__name__} has no layer whose attention can be read; trace another.")
    return [_collected(reading, number) for number in range(len(sequences))]


@contextmanager
def probing(model: Any) -> Iterator[None]:
    """Have the model's attention pass through the probe."""
    before = model.config._attn_implementation
    if not model._can_set_attn_implementation():
        raise PermanentEngineError(
            f"{type(model).__name__} has an attention of its own, which transformers' interface does not reach; "
            "trace another model."
        )
    model.set_attn_implementation(ATTENTION)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


@contextmanager
def boosting(boost: Boost | None) -> Iterator[None]:
    """Add a bias to columns of every attention within."""
    token = _boost.set(boost)
    try:
        yield
    finally:
        _boost.reset(token)


def _attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    is_causal: bool | None = None,
    softcap: float | None = None,
    s_aux: torch.Tensor | None = None,
    position_bias: torch.Tensor | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """Attend as transformers' `sdpa` does, and read the columns of the rows. Output (B, T, H, D)."""
    if position_bias is not None:
        raise PermanentEngineError(f"{type(module).__name__} biases positions, which no trace reads; trace another.")
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    causal = bool(causal) and attention_mask is None and query.shape[2] > 1
    mask = _additive(attention_mask, query.dtype)
    boost = _boost.get()
    if boost:
        mask, causal = _boosted(mask, causal, query, key, boost), False
    output, log_sum_exp = attend(query, key, value, mask=mask, causal=causal, scale=scale, softcap=softcap, sinks=s_aux)
    reading = _reading.get()
    if reading:
        layer = getattr(module, "layer_idx", None)
        reading.layers[len(reading.layers) if layer is None else layer] = [
            _read(reading, number, (query, key, value, output, log_sum_exp), mask, scale, softcap)
            for number in range(len(reading.sequences))
        ]
    return output.transpose(1, 2).contiguous(), None


AttentionInterface.register(ATTENTION, _attention)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)


def _additive(mask: torch.Tensor | None, dtype: torch.dtype) -> torch.Tensor | None:
    if mask is None or mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, -torch.inf)


def _boosted(
    mask: torch.Tensor | None, causal: bool, query: torch.Tensor, key: torch.Tensor, boost: Boost
) -> torch.Tensor:
    """The mask, or the causal one, with the bias on the boosted columns. Expects one sequence, without padding."""
    rows, columns = query.shape[2], key.shape[2]
    bias = torch.zeros(columns, dtype=query.dtype, device=query.device)
    bias[[column for column in boost.columns if column < columns]] = boost.bias
    if mask is not None:
        return mask + bias
    whole = bias.expand(1, 1, rows, columns)
    if causal:
        later = torch.ones(rows, columns, dtype=torch.bool, device=query.device).triu(1 + columns - rows)
        whole = whole.masked_fill(later, -torch.inf)
    return whole.contiguous()


def _read(
    reading: _Reading,
    number: int,
    tensors: tuple[torch.Tensor, ...],
    mask: torch.Tensor | None,
    scale: float,
    softcap: float | None,
) -> tuple[ColumnSums, torch.Tensor]:
    """The columns of one sequence in one layer, and the share (N,) of each group that the mask shows."""
    query, key, value, output, log_sum_exp = (tensor[number] for tensor in tensors)
    sequence, left = reading.sequences[number], reading.padding[number]
    rows = torch.tensor(sequence.rows, device=query.device) + left
    columns = slice(left, left + sequence.columns)
    groups = torch.zeros(sequence.columns, len(sequence.groups), device=query.device)
    for place, members in enumerate(sequence.groups.values()):
        groups[list(members), place] = 1.0
    part = None if mask is None else mask[number if mask.shape[0] > 1 else 0][:, rows, columns].float()
    sums = column_sums(
        query[:, rows],
        key[:, columns],
        value[:, columns],
        output[:, rows],
        log_sum_exp[:, rows],
        groups,
        scale=scale,
        softcap=softcap,
        mask=part,
    )
    if part is None:
        return sums, torch.ones(len(sequence.groups))
    shown = part[0].isfinite().float().mean(0)  # (P,): the share of rows that see each column
    sizes = groups.sum(0)
    return sums, torch.where(sizes > 0, shown @ groups / sizes.clamp(min=1), 1.0).cpu()


def _collected(reading: _Reading, number: int) -> SequenceAttention:
    layers = sorted(reading.layers)
    read = [reading.layers[layer][number] for layer in layers]
    return SequenceAttention(
        layers=layers,
        groups=list(reading.sequences[number].groups),
        sums=torch.stack([sums.sums for sums, _ in read], dim=1).cpu().numpy(),
        tokens=torch.stack([sums.tokens for sums, _ in read], dim=1).cpu().numpy(),
        visible=torch.stack([visible for _, visible in read]).numpy(),
    )
