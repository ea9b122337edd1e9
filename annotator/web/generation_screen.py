"""What a generation's page shows: its prompt, both parts of the completion, and the verdicts of every scope."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator import constraints as checkers
from annotator.corpus.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.runs.selectors import CallWithMessages, calls_of
from annotator.web.evidence import answer_marks, constraint_span, prompt_marks
from annotator.web.segments import Mark

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A stored verdict with the evidence of its strict reading, in the words that the case page uses."""

    obeyed: bool | None
    loose: bool | None
    note: str
    observed: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class ConstraintRow:
    """One constraint with its verdict in each scope, None where there is none yet."""

    number: int
    title: str
    kind: str
    span: Span | None
    answer: ShownVerdict | None
    completion: ShownVerdict | None
    reasoning: ShownVerdict | None


@dataclass(frozen=True, slots=True)
class GenerationScreen:
    """The values of one page."""

    generation: Generation
    rows: Sequence[ConstraintRow]
    calls: Sequence[CallWithMessages]

    @property
    def prompt_marks(self) -> Sequence[Mark]:
        return list(prompt_marks((row.number, row.span) for row in self.rows))

    @property
    def answer_marks(self) -> Sequence[Mark]:
        return list(answer_marks((row.number, row.answer) for row in self.rows if row.answer))

    @property
    def reasoning_marks(self) -> Sequence[Mark]:
        return list(answer_marks((row.number, row.reasoning) for row in self.rows if row.reasoning))

    @property
    def completion_marks(self) -> Sequence[Mark]:
        return list(answer_marks((row.number, row.completion) for row in self.rows if row.completion))


def generation_screen(generation: Generation) -> GenerationScreen:
    """Expects `prompt` joined and `verdicts__constraint` prefetched."""
    found = {(row.constraint_id, row.scope): row for row in generation.verdicts.all()}
    constraints = generation.prompt.constraints.order_by("position")
    return GenerationScreen(generation, [_row(constraint, found) for constraint in constraints], calls_of(generation))


def _row(constraint: Constraint, found: Mapping[tuple[int, str], Verdict]) -> ConstraintRow:
    return ConstraintRow(
        number=constraint.position + 1,
        title=checkers.title(constraint.kind, constraint.kwargs),
        kind=constraint.kind,
        span=constraint_span(constraint),
        answer=_shown(found.get((constraint.pk, Verdict.Scope.ANSWER))),
        completion=_shown(found.get((constraint.pk, Verdict.Scope.COMPLETION))),
        reasoning=_shown(found.get((constraint.pk, Verdict.Scope.REASONING))),
    )


def _shown(verdict: Verdict | None) -> ShownVerdict | None:
    if verdict is None:
        return None
    strict: Mapping[str, Any] = verdict.evidence.get("strict", {})
    return ShownVerdict(
        obeyed=verdict.strict,
        loose=verdict.loose,
        note=checkers.stored_text(strict, "note"),
        observed=checkers.stored_text(strict, "observed"),
        spans=[(start, end) for start, end in strict.get("spans", ())],
    )
