"""The effect on each constraint of a case, the outcome of all, and labels against them. Pure."""

from collections.abc import Iterable
from typing import Literal

Effect = Literal["both", "neither", "gained", "lost", "unverifiable"]


def effect(first: bool | None, second: bool | None) -> Effect:
    """Compare one constraint's verdicts on the two generations: `gained` is obeyed in the second alone.

    None means unverifiable.
    """
    if first is None or second is None:
        return "unverifiable"
    if first == second:
        return "both" if first else "neither"
    return "gained" if second else "lost"


def outcome(effects: Iterable[Effect]) -> Literal["helped", "hurt", "tie"]:
    """Return `helped` if more constraints were gained than lost, `hurt` if fewer, else `tie`.

    One gained and one lost make a tie too, which is why the effects are stored beside the outcome.
    """
    balance = sum((change == "gained") - (change == "lost") for change in effects)
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
