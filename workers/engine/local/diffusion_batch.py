"""Diffusion batches: sequences that are written block by block by a mask predictor.

Sequences join and leave between blocks. Owns the batch, the end of sequences, and the retry at half size after an
error. Knows nothing of text, models or caches.
"""

import logging

import torch

from workers.engine.local.decoding import FAILURES
from workers.engine.local.mask_predictor import MaskPredictor, Row
from workers.engine.local.sequences import Sequence

logger = logging.getLogger(__name__)


class DiffusionBatch:
    """A decoder that fills one block of each sequence at a time.

    When the model fails, the block starts again with half of the sequences; a sequence that fails alone is finished
    with an error, and the next ones get the full size again. A model that reads padding decodes one sequence at a time.
    """

    def __init__(self, predictor: MaskPredictor, batch_size: int) -> None:
        self._predictor, self._batch_size = predictor, batch_size
        self._slots = batch_size
        self._sequences: list[Sequence] = []

    @property
    def unfinished(self) -> int:
        return len(self._sequences)

    @property
    def free_slots(self) -> int:
        return max(0, self._slots - len(self._sequences))

    def submit(self, sequences: list[Sequence]) -> None:
        self._sequences += sequences

    def advance(self) -> list[Sequence]:
        group = self._sequences[: self._slots if self._predictor.pads else 1]
        try:
            blocks = self._predictor.fill([self._row(sequence) for sequence in group])
        except FAILURES as error:
            if not self._retry_smaller(group, error):
                return []
        else:
            for sequence, block in zip(group, blocks, strict=True):
                sequence.tokens = _answer([*sequence.tokens, *block], sequence)
        finished = [sequence for sequence in group if sequence.finish_reason]
        self._sequences = [sequence for sequence in self._sequences if not sequence.finish_reason]
        return finished

    def close(self) -> None:
        self._sequences = []

    def _row(self, sequence: Sequence) -> Row:
        behind = rounded_up(sequence.sampling.max_new_tokens, self._predictor.block_length)
        behind -= len(sequence.tokens) + self._predictor.block_length
        number = len(sequence.tokens) // self._predictor.block_length
        may_not_end = sequence.may_not_stop
        return Row(sequence.prompt, sequence.tokens, behind, sequence.sampling, number, may_not_end)

    def _retry_smaller(self, group: list[Sequence], error: Exception) -> bool:
        """Halve the next batch; True where the one sequence of this one is finished with the error instead."""
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(group) == 1:
            self._slots = self._batch_size
            group[0].error = f"The model failed on this request alone: {type(error).__name__}: {error}"
            return True
        self._slots = len(group) // 2
        logger.warning("a block of %d requests starts again, %d at a time, after: %s", len(group), self._slots, error)
        return False


def rounded_up(max_new_tokens: int, block_length: int) -> int:
    """The positions of whole blocks that hold `max_new_tokens`."""
    return -(-max_new_tokens // block_length) * block_length


def _answer(tokens: list[int], sequence: Sequence) -> list[int]:
    """The tokens up to the first that ends the answer, and no more than the limit."""
    tokens = tokens[: sequence.sampling.max_new_tokens]
    ends = [index for index, token in enumerate(tokens) if token in sequence.stop_tokens]
    return tokens[: ends[0] + 1] if ends else tokens
