"""Decisions of strategies in plain words: the choice, its author, its probability, its reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

from annotator.strategies import STRATEGIES
from annotator.web.labels import label_for, localized

_DEEPEST = 5  # decisions that led to one another


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """One decision: the sentence that says it, a note in the reader's language, and the facts it rests on."""

    sentence: str
    note: str
    facts: Sequence[tuple[str, str]]


def shown_decisions(decision: Mapping[str, Any] | None) -> Sequence[ShownDecision]:
    """The decision, and those that it led to, in order; [] for None."""
    return [
        ShownDecision(_sentence(row), localized(str(row.get("note") or "")), _facts(row)) for row in _chain(decision)
    ]


def last_choice(decision: Mapping[str, Any] | None) -> str:
    """Return the final choice of a decision, "" for None."""
    rows = _chain(decision)
    return str(rows[-1].get("chose", "")) if rows else ""


def chosen_name(chose: str) -> str:
    """The name of a strategy or of a step that was chosen; a step may end in a number: `revision 2`."""
    if chose in STRATEGIES:
        return label_for("strategy", chose)
    step, space, number = chose.rpartition(" ")
    return label_for("step", step) + space + number if number.isdecimal() else label_for("step", chose)


def _chain(decision: Any) -> Sequence[Mapping[str, Any]]:
    """The decision, then the one that it led to, and so on."""
    rows: list[Mapping[str, Any]] = []
    while isinstance(decision, Mapping) and len(rows) < _DEEPEST:
        rows.append(decision)
        decision = decision.get("then")
    return rows


def _sentence(decision: Mapping[str, Any]) -> str:
    values = {
        "by": label_for("decider", str(decision.get("by", ""))),
        "chose": chosen_name(str(decision.get("chose", ""))),
        "probability": _percent(decision.get("probability")),
        "threshold": _percent(decision.get("threshold")),
    }
    if decision.get("chose") not in STRATEGIES:
        return _("%(by)s decided: the text of the step “%(chose)s” was taken.") % values
    if values["probability"] and values["threshold"]:
        template = _(
            "%(by)s decided: the strategy “%(chose)s”. The probability of reasoning was %(probability)s; from "
            "%(threshold)s on it reasons."
        )
        return template % values
    return _("%(by)s decided: the strategy “%(chose)s”.") % values


def _percent(value: Any) -> str:
    return f"{floatformat(100 * value, 1)} %" if isinstance(value, (int, float)) else ""


def _facts(decision: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    facts = decision.get("facts")
    if not isinstance(facts, Mapping):
        return []
    return [
        (label_for("fact", str(name)), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in facts.items()
        if value != []
    ]
