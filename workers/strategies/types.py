"""What a strategy is: a generator that yields asks, receives completions and returns an outcome.

Knows nothing of batches, jobs or models: a two-step strategy is as short as a one-step one.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from workers.engine import Completion, Message


@dataclass(frozen=True, slots=True)
class Ask:
    """One model call that a strategy wants made; how tokens are sampled is the run's business."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a strategy made of one prompt: the last completion and its two parts.

    `split_status` says how the parts were found: clean, missing_marker, repeated_marker, truncated or empty.
    """

    completion: str
    reasoning: str
    answer: str
    split_status: str
    finish_reason: str


class Strategy(Protocol):
    """How the answer is asked for. `template_version` changes whenever its wording does: it is part of identity."""

    @property
    def name(self) -> str: ...

    @property
    def template_version(self) -> str: ...

    def start(self, prompt_text: str) -> Generator[Ask, Completion, Outcome]:
        """Begin on one prompt. A completion that failed is never sent in: the driver fails the job instead."""
        ...
