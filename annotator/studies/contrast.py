"""Effect of each constraint of a case, and the outcome that the effects add up to. Pure."""

from collections.abc import Iterable
from typing import Literal

Effect = Literal["both", "neither", "gained", "lost", "unverifiable"]


def effect(first: bool | None, second: bool | None) -> Effect:
    """How one constraint fares in the second generation, seen from the first. None means unverifiable."""
    if first is None or second is None:
        return "unverifiable"
    if first == second:
        return "both" if first else "neither"
    return "gained" if second else "lost"


def outcome(effects: Iterable[Effect]) -> Literal["helped", "hurt", "tie"]:
    """The study's outcome by count of satisfied constraints: a swap is a tie, which is why the effects are kept."""
    balance = sum((each == "gained") - (each == "lost") for each in effects)
    if balance == 0:
        return "tie"
    return "helped" if balance > 0 else "hurt"
