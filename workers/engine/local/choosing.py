"""Choices: the probabilities of a request's labels, from next-token logits, beside a decoder.

A label's score is the sum of the log probabilities of its tokens after the prompt; the probabilities of a request are
the softmax of its labels' scores. For labels of one token that is the softmax of their logits, as transformers'
decision pipeline computes it. Knows nothing of text.
"""

import logging
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from workers.engine.local.decoding import FAILURES, Decoder
from workers.engine.local.sequences import Sequence
from workers.engine.local.static import keeps_keys_and_values

logger = logging.getLogger(__name__)

FORWARD_TOKENS = 2048
"""The most tokens of one forward pass, padding included."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a forward pass: a prompt, and the tokens that several labels begin with and share."""

    tokens: list[int]
    sequence: Sequence
    labels: list[str]


class ChoosingBatch:
    """A decoder that finishes sequences with labels by one forward pass and leaves all others to `decoder`.

    `paused` holds what else uses the model, such as the thread of a paged decoder. A sequence on which the model fails
    alone is finished with an error.
    """

    def __init__(
        self, model: Any, decoder: Decoder, *, paused: Callable[[], AbstractContextManager[Any]] = nullcontext
    ) -> None:
        self._model, self._decoder, self._paused = model, decoder, paused
        self._waiting: list[Sequence] = []  # shortest prompt first
        self._most = FORWARD_TOKENS  # sequences in one pass
        self._pads: bool | None = None

    @property
    def unfinished(self) -> int:
        return len(self._waiting) + self._decoder.unfinished

    @property
    def free_slots(self) -> int:
        return max(0, self._decoder.free_slots - len(self._waiting))

    def submit(self, sequences: list[Sequence]) -> None:
        choosing = [sequence for sequence in sequences if sequence.labels]
        self._waiting = sorted([*self._waiting, *choosing], key=lambda sequence: len(sequence.prompt))
        self._decoder.submit([sequence for sequence in sequences if not sequence.labels])

    def advance(self) -> list[Sequence]:
        if not self._waiting:
            return self._decoder.advance()
        group = self._next_group()
        try:
            with self._paused():
                choose(self._model, group, pads=self._can_pad())
        except FAILURES as error:
            if len(group) > 1:
                logger.warning("%d choices are made again, half at a time, after: %s", len(group), error)
                self._most = len(group) // 2
                return []
            group[0].error = f"The model failed on this request alone: {type(error).__name__}: {error}"
            self._most = FORWARD_TOKENS
        self._waiting = self._waiting[len(group) :]
        return group

    def close(self) -> None:
        self._waiting = []
        self._decoder.close()

    def _next_group(self) -> list[Sequence]:
        size = min(self._most, len(self._waiting))
        while size > 1 and _size(self._waiting[:size]) > FORWARD_TOKENS:
            size -= 1
        return self._waiting[:size]

    def _can_pad(self) -> bool:
        if self._pads is None:
            self._pads = keeps_keys_and_values(self._model)
        return self._pads


@torch.inference_mode()
def choose(model: Any, sequences: list[Sequence], *, pads: bool) -> None:
    """Set the probabilities of each sequence's labels, and its tokens to those of the likeliest label.

    Without `pads` the model has one row at a time: one with another state than keys and values may read padding.
    """
    rows = [row for sequence in sequences for row in _rows(sequence)]
    scores: dict[int, dict[str, float]] = {id(sequence): {} for sequence in sequences}
    for row, logits in zip(rows, _logits(model, rows, pads=pads), strict=True):
        for label in row.labels:
            tokens = row.sequence.labels[label]
            log_probabilities = logits[-len(tokens) :].float().log_softmax(-1)  # (N, V)
            picked = log_probabilities[torch.arange(len(tokens)), torch.tensor(tokens)]
            scores[id(row.sequence)][label] = float(picked.double().sum())
    for sequence in sequences:
        _decide(sequence, scores[id(sequence)])


def _decide(sequence: Sequence, scores: dict[str, float]) -> None:
    if not all(map(math.isfinite, scores.values())):
        sequence.error = "The model computes no finite logits for these labels; try dtype float32."
        return
    by_label = [scores[label] for label in sequence.labels]
    probabilities = torch.tensor(by_label, dtype=torch.float64).softmax(-1).tolist()
    sequence.probabilities = dict(zip(sequence.labels, probabilities, strict=True))
    likeliest = max(sequence.probabilities, key=lambda label: sequence.probabilities[label])  # type: ignore[index]
    sequence.tokens = list(sequence.labels[likeliest])


def _rows(sequence: Sequence) -> list[_Row]:
    """One row for each beginning of labels: one alone where all labels are single tokens."""
    rows: dict[tuple[int, ...], _Row] = {}
    for label, tokens in sequence.labels.items():
        row = rows.setdefault(tokens[:-1], _Row([*sequence.prompt, *tokens[:-1]], sequence, []))
        row.labels.append(label)
    return list(rows.values())


def _size(sequences: list[Sequence]) -> int:
    rows = [row for sequence in sequences for row in _rows(sequence)]
    return len(rows) * max(len(row.tokens) for row in rows)


def _logits(model: Any, rows: list[_Row], *, pads: bool) -> list[torch.Tensor]:
    """The logits (at least N, V) that end each row, on the CPU, where N is the tokens of its longest label."""
    if not pads:
        tensors = [torch.tensor([row.tokens], device=model.device) for row in rows]
        return [model(input_ids=row, attention_mask=torch.ones_like(row)).logits[0].cpu() for row in tensors]
    width = max(len(row.tokens) for row in rows)
    padding = [[0] * (width - len(row.tokens)) for row in rows]
    tokens = torch.tensor([left + row.tokens for left, row in zip(padding, rows, strict=True)], device=model.device)
    mask = torch.tensor([left + [1] * (width - len(left)) for left in padding], device=model.device)  # (R, T)
    output = model(
        input_ids=tokens,
        attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0),
        use_cache=False,
        logits_to_keep=max(len(row.sequence.labels[label]) for row in rows for label in row.labels),
    )
    return list(output.logits.cpu())
