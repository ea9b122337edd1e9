"""Effects of a case's constraints, the outcome they add up to, and labels that they contradict. Pure."""

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


def contradicts_effects(label: str, effects: Iterable[str | None]) -> bool:
    """Whether every effect that a person judged speaks against their label of the whole case.

    Labels and effects are those of `Annotation.Label`. An effect that is not judged ("" or None) or cannot be told
    speaks against nothing. Effects both ways may well add up to no difference.
    """
    judged = {effect for effect in effects if effect} - {"cant_tell"}
    if not judged or label not in ("helped", "hurt", "no_difference"):
        return False
    return label not in judged and not (label == "no_difference" and judged == {"helped", "hurt"})
