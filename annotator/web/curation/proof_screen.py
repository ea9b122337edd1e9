"""Template values of a proof: a row per constraint with verdict, evidence, mechanical edit and tick."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.datasets.models import Constraint
from annotator.exemplars.proof import Proof, ProvedConstraint
from annotator.web.marks.evidence import answer_marks, constraint_span, prompt_marks
from annotator.web.marks.segments import Mark
from annotator.web.runs.generation_screen import ShownVerdict

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ShownSuggestion:
    """A mechanical edit that is offered for a constraint, and the numbers of the constraints that it would break."""

    label: str
    satisfies: bool
    breaks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A constraint with its verdict on the edit. `ticked` is None where a checker decides."""

    number: int
    position: int
    title: str
    kind: str
    span: Span | None
    scope: str
    verdict: ShownVerdict
    suggestion: ShownSuggestion | None = None
    ticked: bool | None = None

    @property
    def key(self) -> str:
        """The digit that uses its suggestion or its tick, "" after the ninth."""
        return str(self.number) if self.number < 10 else ""


@dataclass(frozen=True, slots=True)
class ProofScreen:
    """The proof of one text, under the checker version that made it."""

    rows: Sequence[ProofRow]
    checker_version: str
    whole: bool

    @property
    def proved(self) -> int:
        """The number of constraints that are strict-true, or undecided and ticked."""
        return sum(row.verdict.obeyed is True or row.ticked is True for row in self.rows)

    @property
    def total(self) -> int:
        return len(self.rows)

    @property
    def missing(self) -> str:
        """One sentence on what an approval still needs; "" for a whole proof."""
        if not self.rows:
            return _("The prompt states no constraint, so nothing can be proved.")
        violated = [row.number for row in self.rows if row.verdict.obeyed is False]
        unticked = [row.number for row in self.rows if row.ticked is False]
        return " ".join(filter(None, (_violated(violated), _unticked(unticked))))

    @property
    def prompt_marks(self) -> Sequence[Mark]:
        return list(prompt_marks((row.number, row.span) for row in self.rows))

    @property
    def answer_marks(self) -> Sequence[Mark]:
        return self._marks(Constraint.Scope.ANSWER)

    @property
    def reasoning_marks(self) -> Sequence[Mark]:
        return self._marks(Constraint.Scope.REASONING)

    def _marks(self, scope: str) -> Sequence[Mark]:
        return list(answer_marks((row.number, row.verdict) for row in self.rows if row.scope == scope))


def proof_screen(
    proof: Proof, *, ticked: Collection[int] = (), suggestions: Mapping[int, ShownSuggestion] | None = None
) -> ProofScreen:
    """The screen of a proof; `suggestions` are by the position of their constraint."""
    offered = suggestions or {}
    rows = [_row(proved, ticked, offered.get(proved.constraint.position)) for proved in proof.constraints]
    return ProofScreen(rows, proof.checker_version, proof.holds(ticked))


def _row(proved: ProvedConstraint, ticked: Collection[int], suggestion: ShownSuggestion | None) -> ProofRow:
    constraint, strict = proved.constraint, proved.decision.strict
    return ProofRow(
        number=constraint.position + 1,
        position=constraint.position,
        title=constraint.title,
        kind=constraint.kind,
        span=constraint_span(constraint),
        scope=constraint.scope,
        verdict=ShownVerdict(strict.obeyed, proved.decision.loose.obeyed, strict.note, strict.observed, strict.spans),
        suggestion=suggestion,
        ticked=constraint.position in ticked if strict.obeyed is None else None,
    )


def _violated(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    words = ngettext("Constraint %(numbers)s is violated.", "Constraints %(numbers)s are violated.", len(numbers))
    return words % {"numbers": _listed(numbers)}


def _unticked(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    words = ngettext(
        "No checker decides constraint %(numbers)s: read the answer and tick it.",
        "No checker decides constraints %(numbers)s: read the answer and tick each.",
        len(numbers),
    )
    return words % {"numbers": _listed(numbers)}


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
