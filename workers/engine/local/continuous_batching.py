"""Continuous batching with a dense, left-padded KV cache.

Finished sequences are evicted and new prompts prefilled, what they share once. Owns the batch, its cache, and the retry
at half size after an error. Knows nothing of text or strategies. docs/design/generation.md compares its speed with
`generate`.
"""

import logging
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache

from workers.engine.local.decoding import FAILURES
from workers.engine.local.prefixes import SharedPrefix
from workers.engine.local.sequences import Sequence, append_next_tokens

logger = logging.getLogger(__name__)

PREFILL_TOKENS = 2048
"""The most tokens of a prefill, padding included, a shared prefix not; prompts of similar length are together."""
SLACK = 8
"""The batch evicts and refills once one slot in so many is free: each copies the cache, which costs about a step."""


class ContinuousBatch:
    """A decoder with continuous batching. Greedy and sampled sequences share each step.

    When the model fails, all sequences in the batch start again in batches of half the size; a sequence that fails
    alone is finished with an error, and the next ones get the full size again. With `shares` prompts that begin alike
    are prefilled behind one computation of their beginning.
    """

    def __init__(self, model: Any, batch_size: int, *, shares: bool = True) -> None:
        self._model, self._batch_size = model, batch_size
        self._prefix = SharedPrefix(model) if shares else None
        self._slots = batch_size
        self._waiting: list[Sequence] = []  # shortest prompt first
        self._admitting: list[Sequence] = []
        self._batch = DenseBatch(model)

    @property
    def unfinished(self) -> int:
        return len(self._waiting) + len(self._batch.unfinished)

    @property
    def free_slots(self) -> int:
        free_slots = self._slots - self.unfinished
        return free_slots if free_slots >= max(1, self._slots // SLACK) else 0

    def submit(self, sequences: list[Sequence]) -> None:
        self._waiting = sorted([*self._waiting, *sequences], key=lambda sequence: len(sequence.prompt))

    def advance(self) -> list[Sequence]:
        try:
            return self._prefill_or_step()
        except FAILURES as error:
            return self._retry_smaller(error)

    def close(self) -> None:
        self._waiting, self._batch = [], DenseBatch(self._model)

    def _prefill_or_step(self) -> list[Sequence]:
        """Prefill some prompts if any wait and slots are free, else decode one step."""
        self._admitting = self._next_group()
        if self._admitting or self._batch.slack * SLACK >= len(self._batch.sequences):
            self._batch.evict_finished()
        if not self._admitting:
            return self._batch.step()
        finished = self._batch.admit(self._admitting, self._prefix)
        self._waiting = self._waiting[len(self._admitting) :]
        self._admitting = []
        return finished

    def _next_group(self) -> list[Sequence]:
        free = max(0, self._slots - len(self._batch.unfinished))
        size = min(free, len(self._waiting))
        while size > 1 and self._prefill_tokens(self._waiting[:size]) > PREFILL_TOKENS:
            size -= 1
        return self._waiting[:size]

    def _prefill_tokens(self, sequences: list[Sequence]) -> int:
        shared = self._prefix.length(sequences) if self._prefix else 0
        return len(sequences) * (len(sequences[-1].prompt) - shared)

    def _retry_smaller(self, error: Exception) -> list[Sequence]:
        tried = [*self._batch.unfinished, *self._admitting]
        self._waiting = self._waiting[len(self._admitting) :]
        self._admitting, self._batch = [], DenseBatch(self._model)
        if self._prefix:
            self._prefix.forget()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(tried) == 1:
            self._slots = self._batch_size
            tried[0].error = f"The model failed on this request alone: {type(error).__name__}: {error}"
            return tried
        self._slots = len(tried) // 2
        logger.warning("%d requests start again, %d at a time, after: %s", len(tried), self._slots, error)
        for sequence in tried:
            sequence.restart()
        self.submit(tried)
        return []


class DenseBatch:
    """Sequences that decode together. B sequences, T columns: prompts padded on the left, then one column a step."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.sequences: list[Sequence] = []
        self._mask = torch.zeros(0, 0, dtype=torch.long, device=model.device)  # (B, T), 0 where padded
        self._cache = DynamicCache()  # a layer's keys and values: (B, heads, T, head_dim)

    @property
    def unfinished(self) -> list[Sequence]:
        return [sequence for sequence in self.sequences if not sequence.finish_reason]

    @property
    def slack(self) -> int:
        """The number of finished sequences that still take a slot."""
        return len(self.sequences) - len(self.unfinished)

    @torch.inference_mode()
    def admit(self, sequences: list[Sequence], prefix: SharedPrefix | None = None) -> list[Sequence]:
        """Prefill the prompts of `sequences`, append their first tokens and add them; return the finished ones."""
        width = max(len(sequence.prompt) for sequence in sequences)
        padding = [[0] * (width - len(sequence.prompt)) for sequence in sequences]
        mask = self._tensor([left + [1] * (width - len(left)) for left in padding])
        tokens = self._tensor([left + sequence.prompt for left, sequence in zip(padding, sequences, strict=True)])
        cache = prefix.columns(sequences, width) if prefix else DynamicCache()
        known = cache.get_seq_length()
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        logits = self._logits(tokens[:, known:], mask, positions[:, known:], cache)
        finished = append_next_tokens(sequences, logits)
        self._join(sequences, mask, cache)
        return finished

    @torch.inference_mode()
    def step(self) -> list[Sequence]:
        """Append one token to every unfinished sequence; return those that it finishes."""
        self._mask = torch.cat([self._mask, self._mask.new_ones(len(self.sequences), 1)], dim=1)
        tokens = self._tensor([[sequence.tokens[-1]] for sequence in self.sequences])
        positions = self._mask.sum(1, keepdim=True) - 1
        return append_next_tokens(self.sequences, self._logits(tokens, self._mask, positions, self._cache))

    @torch.inference_mode()
    def evict_finished(self) -> None:
        """Remove finished sequences, and the columns that only they needed."""
        remaining = [index for index, sequence in enumerate(self.sequences) if not sequence.finish_reason]
        if not remaining:
            self.sequences, self._mask, self._cache = [], self._mask[:0, :0], DynamicCache()
            return
        mask = self._mask[remaining]
        first = int(mask.any(dim=0).int().argmax())
        for layer in self._cache.layers:
            layer.keys = layer.keys[remaining, :, first:]
            layer.values = layer.values[remaining, :, first:]
        self.sequences, self._mask = [self.sequences[index] for index in remaining], mask[:, first:]

    def _join(self, sequences: list[Sequence], mask: torch.Tensor, cache: DynamicCache) -> None:
        if not self.sequences:
            self.sequences, self._mask, self._cache = list(sequences), mask, cache
            return
        width = max(self._mask.shape[1], mask.shape[1])
        old, new = width - self._mask.shape[1], width - mask.shape[1]  # columns of padding to add on the left
        self._mask = torch.cat([pad(self._mask, (old, 0)), pad(mask, (new, 0))])
        for ours, theirs in zip(self._cache.layers, cache.layers, strict=True):
            ours.keys = torch.cat([pad(ours.keys, (0, 0, old, 0)), pad(theirs.keys, (0, 0, new, 0))])
            ours.values = torch.cat([pad(ours.values, (0, 0, old, 0)), pad(theirs.values, (0, 0, new, 0))])
        self.sequences = [*self.sequences, *sequences]

    def _logits(
        self, tokens: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: DynamicCache
    ) -> torch.Tensor:
        """Return the logits (B, V) of each sequence's next token, and add the columns of `tokens` to `cache`."""
        output = self._model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1]
        return logits

    def _tensor(self, values: list[list[int]]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.long, device=self._model.device)
