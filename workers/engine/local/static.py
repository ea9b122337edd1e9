"""Static batches by transformers' own `generate`: slower, and correct for every model.

Owns the fallback for models whose state is more than keys and values (Mamba, RWKV, hybrids), and the test of that
state. A batch decodes until its longest sequence ends. Knows nothing of text or strategies.
"""

import logging
from typing import Any

import torch
from transformers import DynamicCache, GenerationConfig, LogitsProcessor, StoppingCriteria

from workers.engine.local.decoding import FAILURES
from workers.engine.local.sequences import Sequence, append_next_tokens

logger = logging.getLogger(__name__)

_PROBE = [1, 2, 3, 4]
_PADDING = 3


def keeps_keys_and_values(model: Any) -> bool:
    """Whether the model's whole state after a prompt is one key and one value a token and layer, in a `DynamicCache`.

    False for models that declare another state; the others are called with a short prompt, as `continuous_batching`
    calls them, and the cache is examined.
    """
    if getattr(model, "_is_stateful", False):
        return False
    cache = DynamicCache()
    tokens = torch.tensor([_PROBE], device=model.device)
    try:
        with torch.inference_mode():
            model(
                input_ids=tokens,
                attention_mask=torch.ones_like(tokens),
                position_ids=torch.arange(len(_PROBE), device=model.device).unsqueeze(0),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        lengths = [(layer.keys.shape[-2], layer.values.shape[-2]) for layer in cache.layers]
    except (*FAILURES, TypeError, AttributeError) as error:
        logger.info("%s takes no plain cache: %s", type(model).__name__, error)
        return False
    return bool(lengths) and set(lengths) == {(len(_PROBE), len(_PROBE))}


class StaticBatch:
    """A decoder with static batches. Greedy and sampled sequences share one, each with its own seed.

    When the model fails, the batch is split into halves; a sequence that fails alone is finished with an error. A model
    that reads padding as text decodes one sequence at a time (RWKV: its batches are wrong without padding, too).
    """

    def __init__(self, model: Any, batch_size: int) -> None:
        self._model, self._batch_size = model, batch_size
        self._groups: list[list[Sequence]] = []  # each to be one batch
        self._masks_padding: bool | None = None
        # No decoder applies a model's own sampling defaults, such as a repetition penalty.
        self._model.generation_config = GenerationConfig()

    @property
    def unfinished(self) -> int:
        return sum(map(len, self._groups))

    @property
    def free_slots(self) -> int:
        return 0 if self._groups else self._batch_size

    def submit(self, sequences: list[Sequence]) -> None:
        if not sequences:
            return
        if self._masks_padding is None:
            self._masks_padding = _masks_padding(self._model)
        ordered = sorted(sequences, key=lambda sequence: len(sequence.prompt))
        if self._masks_padding:
            self._groups.append(ordered)
        else:
            self._groups += [[sequence] for sequence in ordered]

    def advance(self) -> list[Sequence]:
        group = self._groups.pop(0)
        try:
            self._generate(group)
        except FAILURES as error:
            if len(group) > 1:
                self._split(group, error)
                return []
            group[0].error = f"The model failed on this request alone: {type(error).__name__}: {error}"
        return group

    def close(self) -> None:
        self._groups = []

    def _split(self, group: list[Sequence], error: Exception) -> None:
        logger.warning("%d requests start again in two halves, after: %s", len(group), error)
        for sequence in group:
            sequence.restart()
        half = len(group) // 2
        self._groups[:0] = [group[:half], group[half:]]

    @torch.inference_mode()
    def _generate(self, group: list[Sequence]) -> None:
        width = max(len(sequence.prompt) for sequence in group)
        padding = [[0] * (width - len(sequence.prompt)) for sequence in group]
        tokens = [left + sequence.prompt for left, sequence in zip(padding, group, strict=True)]
        mask = [left + [1] * (width - len(left)) for left in padding]
        self._model.generate(
            torch.tensor(tokens, device=self._model.device),  # (B, T)
            attention_mask=torch.tensor(mask, device=self._model.device),
            generation_config=GenerationConfig(
                max_new_tokens=max(sequence.sampling.max_new_tokens for sequence in group),
                do_sample=False,
                pad_token_id=0,
            ),
            logits_processor=[_NextTokens(group)],
            stopping_criteria=[_Finished(group)],
        )


class _NextTokens(LogitsProcessor):  # type: ignore[misc]  # transformers is untyped
    """Chooses each sequence's next token as the other decoders do, and masks all others for `generate`."""

    def __init__(self, sequences: list[Sequence]) -> None:
        self._sequences = sequences

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        append_next_tokens(self._sequences, scores)
        chosen = torch.tensor([[sequence.tokens[-1]] for sequence in self._sequences], device=scores.device)
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen, 0.0)


class _Finished(StoppingCriteria):  # type: ignore[misc]  # transformers is untyped
    def __init__(self, sequences: list[Sequence]) -> None:
        self._sequences = sequences

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.tensor([bool(sequence.finish_reason) for sequence in self._sequences], device=input_ids.device)


@torch.inference_mode()
def _masks_padding(model: Any) -> bool:
    """Whether padding on the left of a prompt leaves its next-token logits (V,) unchanged."""
    tokens = torch.tensor([_PROBE], device=model.device)
    padded = torch.tensor([[0] * _PADDING + _PROBE], device=model.device)
    mask = torch.tensor([[0] * _PADDING + [1] * len(_PROBE)], device=model.device)
    alone = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0, -1].float()
    with_padding = model(input_ids=padded, attention_mask=mask).logits[0, -1].float()
    # Rounding differs by shape, most of all in bfloat16; attended padding changes logits far more than that.
    return bool((alone - with_padding).abs().max() < 0.05 * alone.std())
