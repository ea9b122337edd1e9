"""Decoder protocol, and the loop that keeps a decoder full.

Owns the time at which requests are pulled. Knows nothing of models, text or strategies.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol

from workers.engine.local.sequences import Sequence

FAILURES = (RuntimeError, MemoryError, IndexError, ValueError)
"""Errors that a model raises for one bad sequence or for lack of memory (torch: a RuntimeError)."""


class Decoder(Protocol):
    """A batch that decodes sequences step by step."""

    @property
    def unfinished(self) -> int:
        """The number of submitted sequences that are not finished."""
        ...

    @property
    def free_slots(self) -> int:
        """The number of sequences to submit now; 0 also while it is cheaper to wait for more free slots."""
        ...

    def submit(self, sequences: list[Sequence]) -> None:
        """Add at most `free_slots` unfinished sequences."""
        ...

    def advance(self) -> list[Sequence]:
        """Do one step of work; return the sequences that it finishes. Raises EngineError when all have failed."""
        ...

    def close(self) -> None:
        """Stop working and drop the unfinished sequences."""
        ...


def decode(sequences: Iterable[Sequence], decoder: Decoder) -> Iterator[Sequence]:
    """Yield every sequence once it is finished, in completion order.

    `sequences` is pulled only when slots are free. The pull reaches up through the driver to the job source, which
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
