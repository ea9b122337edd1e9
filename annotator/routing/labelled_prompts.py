"""Prompts with the label that a router learns from: whether reasoning helped. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from annotator.strategies.exemplars import comparable_text

Ties = Literal["no", "left_out"]
"""What a tie is: a reason not to reason, which costs tokens, or no reason at all, so that it is left out."""


@dataclass(frozen=True, slots=True)
class LabelledPrompt:
    """One prompt answered twice: `first` and `second` are the shares of its constraints that each answer obeys.

    `label` says how the second compares: helped, hurt or tie. `model` and `dataset` are names to hold out by, and
    tokens are those of each completion, None where they are not known.
    """

    key: str
    text: str
    kinds: tuple[str, ...]
    dataset: str
    model: str
    first: float
    second: float
    label: Literal["helped", "hurt", "tie"]
    first_tokens: int | None = None
    second_tokens: int | None = None

    @property
    def group(self) -> str:
        """The text as prompts are compared: equal prompts are never split between training and test."""
        return comparable_text(self.text)

    @property
    def helps(self) -> bool:
        return self.label == "helped"


def counted_labels(prompts: Sequence[LabelledPrompt]) -> dict[str, int]:
    """Return how many prompts have each label."""
    return {label: sum(prompt.label == label for prompt in prompts) for label in ("helped", "hurt", "tie")}


def without_ties(prompts: Sequence[LabelledPrompt], ties: Ties) -> list[LabelledPrompt]:
    """Return the prompts to learn from: all of them where a tie says not to reason."""
    return [prompt for prompt in prompts if ties == "no" or prompt.label != "tie"]
