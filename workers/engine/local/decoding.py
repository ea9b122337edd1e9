"""The decoder protocol, and the loop that keeps a decoder full.

Owns when requests are pulled. Knows nothing of models, text or strategies.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from workers.engine.local.sequences import Sequence

FAILURES = (RuntimeError, MemoryError, IndexError, ValueError)
"""What a model raises for one bad sequence or for want of memory; torch's out-of-memory errors are RuntimeErrors."""


class Decoder(Protocol):
    """Sequences in, finished sequences out, step by step."""

    @property
    def unfinished(self) -> int:
        """How many submitted sequences are not finished."""
        ...

    @property
    def free_slots(self) -> int:
        """How many sequences to submit now; 0 also while waiting for more room is cheaper than filling a little."""
        ...

    def submit(self, sequences: list[Sequence]) -> None:
        """Take in at most `room` unfinished sequences."""
        ...

    def advance(self) -> list[Sequence]:
        """Do one step of work; returns the sequences that it finishes. Raises `EngineError` when all have failed."""
        ...

    def close(self) -> None:
        """Stop working; what is unfinished is lost."""
        ...


def decode(sequences: Iterable[Sequence], decoder: Decoder) -> Iterator[Sequence]:
    """Yield every sequence once it is finished, in completion order.

    `sequences` is pulled only as the decoder has room. The pull reaches up through the driver to the job source, which
    claims rows in the database: see the drawing in docs/design/generation.md.
    """
    source = iter(sequences)
    try:
        while True:
            arrived = list(islice(source, decoder.free_slots))
            yield from (sequence for sequence in arrived if sequence.finish_reason)
            decoder.submit([sequence for sequence in arrived if not sequence.finish_reason])
            if not arrived and not decoder.unfinished:
                return
            if decoder.unfinished:
                yield from decoder.advance()
    finally:
        decoder.close()
