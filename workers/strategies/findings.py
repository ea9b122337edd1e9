"""Findings of the checkers on a draft: the number of obeyed constraints, and a report for the model.

Part of the template of `verified_revision`: another wording needs a new version of its spec. Knows no model call.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from annotator.constraints import ConstraintSpec, Verdict, check_all
from annotator.constraints.excerpts import shortened
from workers.strategies.constraint_words import constraint_words
from workers.strategies.protocol import Item

BROKEN = "These constraints are broken:"
OBEYED = "These are obeyed, and must stay so:"
UNVERIFIABLE = "A program cannot check these; obey them all the same:"
_LONGEST_EVIDENCE = 300
_ELSEWHERE = Verdict(None, "not in the answer", "in the reasoning")


@dataclass(frozen=True, slots=True)
class Findings:
    """The strict verdicts on one draft, in the order of the item's constraints, each with the constraint's words."""

    rows: tuple[tuple[str, Verdict], ...]

    @property
    def counts(self) -> dict[str, int]:
        """The number of constraints that are obeyed, violated and unverifiable."""
        names = {"obeyed": True, "violated": False, "unverifiable": None}
        return {name: sum(verdict.obeyed is value for _, verdict in self.rows) for name, value in names.items()}

    def report(self) -> str:
        """Return the broken constraints with the evidence, then the obeyed and the unverifiable ones by their words."""
        return "\n\n".join(
            section
            for section in (
                _section(
                    BROKEN, (f"{words}: {_evidence(found)}" for words, found in self.rows if found.obeyed is False)
                ),
                _section(OBEYED, (words for words, found in self.rows if found.obeyed)),
                _section(UNVERIFIABLE, (words for words, found in self.rows if found.obeyed is None)),
            )
            if section
        )


def findings_on(draft: str, item: Item) -> Findings:
    """Check a draft of the answer against every constraint of the item; one on the reasoning is unverifiable in it."""
    on_answer = [constraint for constraint in item.constraints if constraint.scope == "answer"]
    specs = [ConstraintSpec(constraint.kind, constraint.kwargs) for constraint in on_answer]
    decisions = iter(check_all(specs, draft, prompt=item.prompt))
    verdicts = [
        next(decisions).strict if constraint.scope == "answer" else _ELSEWHERE for constraint in item.constraints
    ]
    return Findings(tuple(zip(constraint_words(item), verdicts, strict=True)))


def _section(heading: str, lines: Iterable[str]) -> str:
    listed = "\n".join(f"- {line}" for line in dict.fromkeys(lines))
    return f"{heading}\n{listed}" if listed else ""


def _evidence(verdict: Verdict) -> str:
    """Return the verdict's sentence: what was found, and what the constraint demands."""
    line = " ".join((verdict.note or f"found {verdict.observed}, required {verdict.required}").split())
    return line if len(line) <= _LONGEST_EVIDENCE else f"{shortened(line, _LONGEST_EVIDENCE - 1)}…"
