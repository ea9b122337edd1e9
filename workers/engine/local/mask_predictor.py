"""Mask predictor: fills one block of several sequences by a bidirectional model.

Owns the canvas (prompts, what is written, masked positions), padding, guidance, shifted predictions and the use of the
block cache. Knows nothing of requests or of when a sequence ends. B rows, T columns, L positions of the block, V tokens
in the vocabulary.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from annotator.sampling import Sampling
from workers.engine.local.block_cache import BlockCache
from workers.engine.local.decoding import FAILURES
from workers.engine.local.diffusion_unmasking import Unmasking, counts
from workers.engine.local.sequences import NO_FINITE_LOGITS

_PROBE = [1, 2, 3, 4]
_PADDING = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One sequence before a block: its prompt, the blocks that are written, and the positions masked behind the block.

    `may_not_end` forbids the tokens that end an answer at the first position of the block.
    """

    prompt: Sequence[int]
    written: Sequence[int]
    masked_behind: int
    sampling: Sampling
    number: int
    may_not_end: bool = False

    def generator(self, device: Any) -> torch.Generator:
        """A generator of this row and block alone: a block that starts again draws the same, in any batch."""
        return torch.Generator(device=device).manual_seed(self.sampling.seed + (self.number << 32))


@dataclass(slots=True)
class _Canvas:
    """The tensors of a batch: `tokens`, `mask`, `positions` and `prompts` (B, T); the block begins at column `start`.

    Rows are padded so that the block has the same columns in all: on the left for prompts, on the right where less is
    masked behind it.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    positions: torch.Tensor
    prompts: torch.Tensor
    start: int


class MaskPredictor:
    """A bidirectional model with its settings of decoding; `block_length` and `steps` are those of one block."""

    def __init__(
        self,
        model: Any,
        unmasking: Unmasking,
        *,
        block_length: int,
        steps: int = 0,
        cfg_scale: float = 0.0,
        shifted: bool = False,
        cached: bool = False,
    ) -> None:
        self._model, self._unmasking = model, unmasking
        self.block_length = block_length
        self._counts = counts(block_length, steps or block_length)
        self._cfg_scale, self._shifted, self._cached = cfg_scale, shifted, cached
        accepted = inspect.signature(model.forward).parameters
        self._takes_positions = "position_ids" in accepted
        self._takes_columns = "logits_to_keep" in accepted
        self.pads = self._ignores_padding()

    @torch.inference_mode()
    def fill(self, rows: Sequence[Row]) -> list[list[int]]:
        """Return the tokens of each row's next block. Raises ValueError where the logits of a row are not finite."""
        canvas = self._canvas(rows)
        block = canvas.tokens[:, canvas.start : canvas.start + self.block_length]  # a view
        masked = torch.ones_like(block, dtype=torch.bool)
        generators = [row.generator(block.device) for row in rows]
        cache = BlockCache() if self._cached else None
        for step in range(self.block_length):
            logits = self._logits(canvas, cache, first=step == 0)  # (B, L, V)
            for index, row in enumerate(rows):
                where = masked[index].nonzero().squeeze(1)  # (N,)
                if not len(where):
                    continue
                scores = logits[index, where].double()
                if not scores.amax(dim=-1).isfinite().all():
                    raise ValueError(NO_FINITE_LOGITS)
                if row.may_not_end and where[0] == 0:
                    scores[0, sorted(self._unmasking.stop_tokens)] = -torch.inf
                tokens, confidence = self._unmasking.predict(scores, row.sampling, generators[index])
                kept = self._unmasking.keep(confidence, self._counts[min(step, len(self._counts) - 1)])
                block[index, where[kept]] = tokens[kept]
                masked[index, where[kept]] = False
            if not masked.any():
                break
        filled: list[list[int]] = block.tolist()
        return filled

    def _canvas(self, rows: Sequence[Row]) -> _Canvas:
        device = self._model.device
        start = max(len(row.prompt) + len(row.written) for row in rows)
        behind = max(row.masked_behind for row in rows)
        width = start + self.block_length + behind
        mask_token = self._unmasking.mask_token
        tokens = torch.full((len(rows), width), mask_token, device=device)
        mask, prompts = torch.zeros_like(tokens), torch.zeros_like(tokens, dtype=torch.bool)
        for index, row in enumerate(rows):
            known = [*row.prompt, *row.written]
            left = start - len(known)
            tokens[index, left:start] = torch.tensor(known, device=device)
            mask[index, left : width - (behind - row.masked_behind)] = 1
            prompts[index, left : left + len(row.prompt)] = True
        return _Canvas(tokens, mask, (mask.cumsum(1) - 1).clamp(min=0), prompts, start)

    def _logits(self, canvas: _Canvas, cache: BlockCache | None, *, first: bool) -> torch.Tensor:
        """Return the logits (B, L, V) of the block's positions, guided away from those without the prompt."""
        if not self._cfg_scale:
            return self._forward(canvas.tokens, canvas.mask, canvas.positions, canvas.start, cache, first=first)
        without = canvas.tokens.masked_fill(canvas.prompts, self._unmasking.mask_token)
        tokens = torch.cat([canvas.tokens, without])
        mask, positions = canvas.mask.repeat(2, 1), canvas.positions.repeat(2, 1)
        logits, unguided = self._forward(tokens, mask, positions, canvas.start, cache, first=first).chunk(2)
        return unguided + (self._cfg_scale + 1) * (logits - unguided)

    def _forward(
        self,
        tokens: torch.Tensor,
        mask: torch.Tensor,
        positions: torch.Tensor,
        start: int,
        cache: BlockCache | None,
        *,
        first: bool,
    ) -> torch.Tensor:
        columns = slice(start - self._shifted, start + self.block_length)
        inputs: dict[str, Any] = {"attention_mask": mask}
        if self._takes_positions and self.pads:
            inputs["position_ids"] = positions
        if cache is not None:
            inputs |= {"past_key_values": cache, "use_cache": True}
        if cache is not None and not first:
            cache.replace(columns)
            inputs["position_ids"] = positions[:, columns]
            logits = self._model(input_ids=tokens[:, columns], **inputs).logits
        elif self._takes_columns:
            kept = torch.arange(columns.start, columns.stop, device=tokens.device)
            logits = self._model(input_ids=tokens, logits_to_keep=kept, **inputs).logits
        else:
            logits = self._model(input_ids=tokens, **inputs).logits[:, columns]
        block: torch.Tensor = logits[:, :-1] if self._shifted else logits
        return block

    @torch.inference_mode()
    def _ignores_padding(self) -> bool:
        """Whether padding changes no logits (V,). RoBERTa counts positions by itself: it gets one row at a time."""
        device = self._model.device
        tokens = torch.tensor([_PROBE], device=device)
        padded = torch.tensor([[0] * _PADDING + _PROBE + [0]], device=device)
        mask = torch.tensor([[0] * _PADDING + [1] * len(_PROBE) + [0]], device=device)
        inputs = {"position_ids": (mask.cumsum(1) - 1).clamp(min=0)} if self._takes_positions else {}
        try:
            alone = self._model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, 1].float()
            beside = self._model(input_ids=padded, attention_mask=mask, **inputs).logits[0, _PADDING + 1].float()
        except FAILURES:
            return False
        # Rounding differs by shape, most of all in bfloat16; attended padding changes logits far more than that.
        return bool((alone - beside).abs().max() < 0.05 * alone.std())
