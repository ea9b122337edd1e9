"""The interface of a trained router, whatever it is made of, and of its training. Pure."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from annotator.routing.labelled_prompts import LabelledPrompt


class Decider(Protocol):
    """A trained router: a calibrated probability that reasoning helps, and the threshold from which on it reasons."""

    @property
    def threshold(self) -> float: ...

    @property
    def hash(self) -> str: ...

    def probabilities(self, prompts: Sequence[str]) -> list[float]: ...

    def to_json(self) -> dict[str, Any]: ...


Trainer = Callable[[Sequence[LabelledPrompt]], Decider]
"""Trains on the prompts. Raises RoutingError where one of the two classes has too few of them."""
