"""Template values of a generation's page: prompt, reasoning, answer, and the verdicts by scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.runs.selectors import calls_of, read_evidence
from annotator.studies.models.studies import SCOPES
from annotator.web.marks.evidence import answer_marks, constraint_span, prompt_marks
from annotator.web.marks.segments import Mark
from annotator.web.runs.call_screen import ShownCall, shown_calls
from annotator.web.runs.decision_words import ShownDecision, last_choice, shown_decisions

Span = tuple[int, int]
_REASONING_NOTES = {
    "summary": gettext_lazy("The reasoning is the provider’s summary; its tokens are those of the reasoning itself."),
    "omitted": gettext_lazy("The model reasoned, and its provider keeps the reasoning; the tokens are counted."),
    "redacted": gettext_lazy("The model reasoned, and its provider returned the reasoning encrypted."),
}


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A stored verdict with the evidence of its strict decision, by the names that the case page uses."""

    obeyed: bool | None  # strictly; None if unverifiable
    loose: bool | None
    note: str
    observed: str
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True)
class ConstraintRow:
    """A constraint with its verdict in each shown scope, None while there is none."""

    number: int
    title: str
    kind: str
    span: Span | None
    verdicts: Mapping[str, ShownVerdict | None]


@dataclass(frozen=True, slots=True)
class GenerationScreen:
    """The values of one page. `scopes` are the shown ones, in the order of `Verdict.Scope`."""

    generation: Generation
    scopes: Sequence[str]
    rows: Sequence[ConstraintRow]
    calls: Sequence[ShownCall]
    decisions: Sequence[ShownDecision]

    @property
    def reasoning_note(self) -> str:
        """One sentence about reasoning that was requested and did not come, or that the provider changed; else ""."""
        requested = any(row.thinking and row.thinking.get("enabled") for row in self.calls)
        if self.generation.reasoning_kind == "none":
            return _("Thinking was requested, and no reasoning came back.") if requested else ""
        return str(_REASONING_NOTES.get(self.generation.reasoning_kind, ""))

    @property
    def prompt_marks(self) -> Sequence[Mark]:
        return list(prompt_marks((row.number, row.span) for row in self.rows))

    @property
    def answer_marks(self) -> Sequence[Mark]:
        return self._marks(Verdict.Scope.ANSWER)

    @property
    def reasoning_marks(self) -> Sequence[Mark]:
        return self._marks(Verdict.Scope.REASONING)

    @property
    def completion_marks(self) -> Sequence[Mark]:
        return self._marks(Verdict.Scope.COMPLETION)

    def _marks(self, scope: str) -> Sequence[Mark]:
        decided = ((row.number, verdict) for row in self.rows if (verdict := row.verdicts.get(scope)))
        return list(answer_marks(decided))


def generation_screen(generation: Generation) -> GenerationScreen:
    """The screen of a generation with `prompt` and `run` joined and `verdicts__constraint` prefetched."""
    verdicts = {(row.constraint_id, row.scope): row for row in generation.verdicts.all()}
    constraints = generation.prompt.constraints.order_by("position")
    scopes = shown_scopes(verdicts.values())
    rows = [_row(constraint, scopes, verdicts) for constraint in constraints]
    calls = shown_calls(calls_of(generation), generation.run.sampling, last_choice(generation.decision))
    return GenerationScreen(generation, scopes, rows, calls, shown_decisions(generation.decision))


def shown_scopes(verdicts: Iterable[Verdict]) -> Sequence[str]:
    """The scopes that a table of these verdicts needs columns for: answer and completion always, reasoning if any."""
    present = {verdict.scope for verdict in verdicts} | set(SCOPES)
    return [scope for scope in Verdict.Scope.values if scope in present]


def _row(constraint: Constraint, scopes: Iterable[str], verdicts: Mapping[tuple[int, str], Verdict]) -> ConstraintRow:
    return ConstraintRow(
        number=constraint.position + 1,
        title=constraint.title,
        kind=constraint.kind,
        span=constraint_span(constraint),
        verdicts={scope: shown_verdict(verdicts.get((constraint.pk, scope))) for scope in scopes},
    )


def shown_verdict(verdict: Verdict | None) -> ShownVerdict | None:
    if verdict is None:
        return None
    evidence = read_evidence(verdict.evidence).strict
    return ShownVerdict(verdict.strict, verdict.loose, evidence.note, evidence.observed, evidence.spans)
