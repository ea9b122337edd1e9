"""A strategy whose parameters are of every type that a form can draw, for tests of the form and of the commands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import pytest

from annotator.options import OptionsError
from annotator.strategies import STRATEGIES, StrategySpec


@dataclass(frozen=True)
class Tuned:
    """Parameters of every type: numbers with a range, a text, a switch, a list, an object and one without a value."""

    RANGES: ClassVar[Mapping[str, tuple[float, float]]] = {"rounds": (1, 9), "threshold": (0, 1)}

    rounds: int = 3
    threshold: float = 0.5
    opening: str = "THINK:"
    as_turns: bool = True
    names: list[str] = field(default_factory=list)
    router: Mapping[str, Any] = field(default_factory=dict)
    budget: int | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in self.RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise OptionsError(f"tuned: {name} must be from {low} to {high}, not {getattr(self, name)}.")


TUNED = StrategySpec(name="tuned", version="1", reasons=True, split="markers", parameters=Tuned)
TOOLED = StrategySpec(name="tooled", version="1", reasons=True, split="none", needs=("tools",))


def add_strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register `tuned`, which has parameters, and `tooled`, which needs tools."""
    for spec in (TUNED, TOOLED):
        monkeypatch.setitem(cast("dict[str, StrategySpec]", STRATEGIES), spec.name, spec)
