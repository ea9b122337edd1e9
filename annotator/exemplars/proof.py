"""Proof that an answer satisfies every constraint of its prompt. The only place where that is decided.

Strict verdicts alone count, on the answer; a constraint about the reasoning is checked on the reasoning. A constraint
that no checker decides is proved by a person who ticks it, one by one. Stores nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.constraints import CHECKER_VERSION, ConstraintSpec, Decision, check_all
from annotator.datasets.models import Constraint, Prompt


@dataclass(frozen=True, slots=True)
class ProvedConstraint:
    """The decision on one constraint of the prompt."""

    constraint: Constraint
    decision: Decision

    @property
    def obeyed(self) -> bool | None:
        """The strict verdict; None where no checker decides."""
        return self.decision.strict.obeyed

    def to_json(self) -> dict[str, Any]:
        """Return {position, kind, strict, loose, evidence}, as repairs and exemplar proofs store it."""
        return {
            "position": self.constraint.position,
            "kind": self.constraint.kind,
            "strict": self.decision.strict.obeyed,
            "loose": self.decision.loose.obeyed,
            "evidence": {"strict": self.decision.strict.as_stored(), "loose": self.decision.loose.as_json()},
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """The decisions on all constraints of a prompt, in their order, under one checker version."""

    constraints: tuple[ProvedConstraint, ...]
    checker_version: str = CHECKER_VERSION

    @property
    def satisfied(self) -> int:
        """The number of constraints that are strict-true."""
        return sum(proved.obeyed is True for proved in self.constraints)

    @property
    def violated(self) -> tuple[int, ...]:
        """The positions of the violated constraints."""
        return self._positions(False)

    @property
    def undecided(self) -> tuple[int, ...]:
        """The positions of the constraints that no checker decides."""
        return self._positions(None)

    def holds(self, ticked: Collection[int] = ()) -> bool:
        """Whether every constraint is strict-true, or undecided and in `ticked`; False without any constraint."""
        return bool(self.constraints) and not self.violated and set(self.undecided) <= set(ticked)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the decisions as they are stored."""
        return [proved.to_json() for proved in self.constraints]

    def _positions(self, obeyed: bool | None) -> tuple[int, ...]:
        return tuple(proved.constraint.position for proved in self.constraints if proved.obeyed is obeyed)


def prove(prompt: Prompt, answer: str, reasoning: str = "") -> Proof:
    """Check `answer`, and where a constraint is about it the `reasoning`, against every constraint of `prompt`."""
    return prove_constraints(prompt, constraints_of(prompt), answer, reasoning)


def prove_constraints(prompt: Prompt, constraints: Sequence[Constraint], answer: str, reasoning: str = "") -> Proof:
    """Check as `prove` does, with the prompt's constraints at hand: no query."""
    texts = {Constraint.Scope.ANSWER: answer, Constraint.Scope.REASONING: reasoning}
    decided: dict[int, ProvedConstraint] = {}
    for scope, text in texts.items():
        rows = [row for row in constraints if row.scope == scope]
        specs = [ConstraintSpec(row.kind, row.kwargs) for row in rows]
        for row, decision in zip(rows, check_all(specs, text, prompt=prompt.text), strict=True):
            decided[row.position] = ProvedConstraint(row, decision)
    return Proof(tuple(decided[position] for position in sorted(decided)))


def constraints_of(prompt: Prompt) -> list[Constraint]:
    """Return the constraints of a prompt in their order."""
    return list(prompt.constraints.order_by("position"))
