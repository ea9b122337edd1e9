"""Strategies: how an answer is asked for, one file each. No Django, no torch."""

from workers.strategies.base import Base
from workers.strategies.cot import ChainOfThought
from workers.strategies.driving import Call, Job, Result, drive
from workers.strategies.types import Ask, Outcome, Strategy

__all__ = ["Ask", "Call", "Job", "Outcome", "Result", "Strategy", "drive", "strategy", "strategy_names"]

_STRATEGIES: dict[str, Strategy] = {known.name: known for known in (Base(), ChainOfThought())}


def strategy(name: str) -> Strategy:
    """The strategy called `name`; `ValueError` with one sentence if there is none."""
    if name not in _STRATEGIES:
        raise ValueError(f"Unknown strategy {name!r}; known strategies: {', '.join(_STRATEGIES)}.")
    return _STRATEGIES[name]


def strategy_names() -> list[str]:
    """All strategies, in the order in which screens list them."""
    return list(_STRATEGIES)
