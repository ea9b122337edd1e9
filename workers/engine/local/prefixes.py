"""Shared prefixes of prompts: keys and values that are computed once and copied into rows.

The exemplars of a few-shot set, or a long system turn, begin every prompt of a run. Owns the choice of a prefix, which
is automatic, and the cache of the last one. Knows nothing of batches. B rows, P columns of the prefix.
"""

from collections.abc import Sequence as Ordered
from itertools import takewhile
from typing import Any

import torch
from transformers import DynamicCache

from workers.engine.local.sequences import Sequence

SHORTEST_PREFIX = 64
"""The fewest tokens of a shared prefix: computing it is a forward pass of its own."""


class SharedPrefix:
    """The prefix of the last prefill, with its keys and values (1, heads, P, head_dim), for the next one that fits."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._tokens: list[int] = []
        self._cache = DynamicCache()

    def length(self, sequences: Ordered[Sequence]) -> int:
        """Return the number of tokens that a prefill of these would not compute for each row; 0 for none."""
        shared = len(_common([sequence.prompt for sequence in sequences]))
        if self._fits(sequences) and 2 * len(self._tokens) >= shared:
            return len(self._tokens)
        return shared if len(sequences) > 1 and shared >= SHORTEST_PREFIX else 0

    def columns(self, sequences: Ordered[Sequence], width: int) -> DynamicCache:
        """Return a cache with the first columns of the prompts, which are padded on the left to `width`.

        Empty where they share no prefix. Each row has as much of the prefix as its padding leaves, so that all rows
        have equally many columns, the same as a prefill without a prefix would give them.
        """
        length = self.length(sequences)
        if not length:
            return DynamicCache()
        tokens = sequences[0].prompt[:length]
        if tokens != self._tokens:
            self._compute(tokens)
        cache = DynamicCache()
        for index, layer in enumerate(self._cache.layers):
            rows = [width - len(sequence.prompt) for sequence in sequences]
            cache.update(_shifted(layer.keys, rows), _shifted(layer.values, rows), index)
        return cache

    def forget(self) -> None:
        """Free the keys and values."""
        self._tokens, self._cache = [], DynamicCache()

    def _fits(self, sequences: Ordered[Sequence]) -> bool:
        length = len(self._tokens)
        return length > 0 and all(
            len(sequence.prompt) > length and sequence.prompt[:length] == self._tokens for sequence in sequences
        )

    def _compute(self, tokens: list[int]) -> None:
        self.forget()
        inputs, cache = torch.tensor([tokens], device=self._model.device), DynamicCache()
        self._model(
            input_ids=inputs,
            attention_mask=torch.ones_like(inputs),
            position_ids=torch.arange(len(tokens), device=inputs.device).unsqueeze(0),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._tokens, self._cache = tokens, cache


def _common(prompts: Ordered[list[int]]) -> list[int]:
    """The tokens with which all prompts begin, without the last one of any: each row needs a token to go on from."""
    shortest = min(map(len, prompts)) - 1
    first, last = min(prompts), max(prompts)  # in their order all others lie between these two
    pairs = zip(first[:shortest], last[:shortest], strict=True)
    return [token for token, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]


def _shifted(states: torch.Tensor, paddings: list[int]) -> torch.Tensor:
    """Return (B, heads, P, head_dim): for each row `states` (1, heads, P, head_dim) behind so many empty columns."""
    rows = states.new_zeros(len(paddings), *states.shape[1:])
    length = states.shape[2]
    for index, padding in enumerate(paddings):
        if padding < length:
            rows[index, :, padding:] = states[0, :, : length - padding]
    return rows
