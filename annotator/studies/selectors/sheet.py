"""The values of a case page for one assignment. Blindness is enforced here and nowhere else.

Before the blind choice of a blind study a sheet holds nothing that tells which run a side is of: no reasoning, token
counts, split status, position, role, outcome or effect, and no row id of a generation. Callers pass a sheet to the
screen and never the assignment or the case. Its verdicts are always those on the answers, for other scopes would tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator import constraints as checkers
from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.runs.selectors import read_evidence
from annotator.studies.models import Annotation, Assignment, Case, Draft, Flag, Pattern, Study
from annotator.studies.selectors.codebook_versions import expected_patterns, patterns_of
from annotator.studies.selectors.progress import my_progress

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """A strict verdict on one answer with its evidence; `loose` beside it. None means unverifiable.

    `judged` is false where there is no verdict at all: then there is nothing to call wrong.
    """

    obeyed: bool | None
    loose: bool | None
    observed: str
    note: str
    spans: tuple[Span, ...]
    judged: bool = True


@dataclass(frozen=True, slots=True)
class SheetConstraint:
    """One chip: `number` is 1-based, `span` is where the prompt states it, `effect` is "" until the sides are named."""

    number: int
    kind: str
    kwargs: Mapping[str, Any]
    title: str
    span: Span | None
    left: SheetVerdict
    right: SheetVerdict
    effect: str


@dataclass(frozen=True, slots=True)
class SheetSide:
    """One answer. Until the sides are named every field but `name` and `answer` is empty.

    `position` is first or second, the place of its run in the study; `role` is what the study calls that run.
    """

    name: str
    answer: str
    position: str = ""
    role: str = ""
    reasoning: str = ""
    reasoning_tokens: int | None = None
    answer_tokens: int | None = None
    split_status: str = ""
    finish_reason: str = ""


@dataclass(frozen=True, slots=True)
class SheetExpected:
    """What the lead expects of a practice case, and whether it was said: there only after the annotation."""

    label: str
    patterns: tuple[str, ...]
    feedback: str
    same_label: bool
    same_patterns: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """What one annotator may see of one case now. `revision` is the newest of their annotations, 0 for none."""

    study: Study
    case_id: int
    status: str
    revealed: bool
    blind_choice: str
    prompt_key: str
    prompt_text: str
    constraints: tuple[SheetConstraint, ...]
    left: SheetSide
    right: SheetSide
    outcome: str
    patterns: tuple[Pattern, ...]
    annotation: Annotation | None
    revision: int
    draft: Draft | None
    flag: Flag | None
    practising: bool
    expected: SheetExpected | None
    done: int
    total: int

    @property
    def in_queue(self) -> bool:
        """Whether the queue's next case follows this one, which can be skipped: neither practice nor one seen again."""
        waits = self.status in (Assignment.Status.HELD, Assignment.Status.PREFETCHED) and not self.practising
        return waits and self.study.status == Study.Status.OPEN

    @property
    def place(self) -> int:
        """ "Case `place` of `total`": the one in hand counts as the next after those done."""
        return self.done if self.status == Assignment.Status.SUBMITTED else min(self.done + 1, self.total)


def is_revealed(assignment: Assignment) -> bool:
    """Whether the sides may be named to the annotator of this assignment."""
    return bool(assignment.blind_choice) or not assignment.case.study.blind


def case_sheet(assignment: Assignment) -> CaseSheet:
    """All that the case page shows, in a constant number of queries beside those of `assignment_to_read`."""
    case, study = assignment.case, assignment.case.study
    revealed = is_revealed(assignment)
    shown = {"second_is_left": assignment.second_is_left, "revealed": revealed}
    left, right = sheet_sides(case, **shown)
    progress = my_progress(study, assignment.annotator)
    # A prefetched page is shown once the case that is in hand now is done.
    done = progress.done + (assignment.status == Assignment.Status.PREFETCHED)
    annotation = _newest_annotation(assignment)
    return CaseSheet(
        study=study,
        case_id=case.pk,
        status=assignment.status,
        revealed=revealed,
        blind_choice=assignment.blind_choice,
        prompt_key=case.prompt.key,
        prompt_text=case.prompt.text,
        constraints=sheet_constraints(case, **shown),
        left=left,
        right=right,
        outcome=case.outcome if revealed else "",
        patterns=patterns_of(study.codebook_id),
        annotation=annotation,
        revision=annotation.revision if annotation else 0,
        draft=getattr(assignment, "draft", None),
        flag=getattr(assignment, "flag", None),
        practising=case.is_practice,
        expected=sheet_expected(assignment, annotation),
        done=done,
        total=progress.total,
    )


def sheet_expected(assignment: Assignment, annotation: Annotation | None) -> SheetExpected | None:
    """The answer of a practice case, once its annotator has given theirs: `annotation`.

    Patterns count as far as the codebook has them, and where none is expected anything may be given.
    """
    case = assignment.case
    if not case.is_practice or assignment.status != Assignment.Status.SUBMITTED or annotation is None:
        return None
    expected = expected_patterns(case.practice, case.study.codebook_id)
    known = {pattern.slug for pattern in patterns_of(case.study.codebook_id)}
    chosen = {pattern.slug for pattern in annotation.patterns.all()} & known
    return SheetExpected(
        label=case.practice.label,
        patterns=tuple(pattern.name for pattern in expected.patterns),
        feedback=case.practice.feedback,
        same_label=annotation.label == case.practice.label,
        same_patterns=not expected.patterns or chosen == {pattern.slug for pattern in expected.patterns},
    )


def assignment_sides(assignment: Assignment) -> tuple[SheetSide, SheetSide]:
    """(left, right) as the annotator of this assignment may see them now."""
    revealed = is_revealed(assignment)
    return sheet_sides(assignment.case, second_is_left=assignment.second_is_left, revealed=revealed)


def sheet_sides(case: Case, *, second_is_left: bool, revealed: bool) -> tuple[SheetSide, SheetSide]:
    """(left, right), with the roles and the reasoning only where the sides are `revealed`."""
    study = case.study
    first = ("first", study.first_role, case.first)
    second = ("second", study.second_role, case.second)
    left, right = (second, first) if second_is_left else (first, second)
    return _side("left", *left, revealed=revealed), _side("right", *right, revealed=revealed)


def sheet_constraints(case: Case, *, second_is_left: bool, revealed: bool) -> tuple[SheetConstraint, ...]:
    """The prompt's constraints in order, each with the verdicts on the left and on the right answer."""
    left_id, right_id = case.first_id, case.second_id
    if second_is_left:
        left_id, right_id = right_id, left_id
    verdicts = _verdicts(left_id, right_id)
    effects: Sequence[str] = case.contrast if revealed else ()
    return tuple(
        SheetConstraint(
            number=constraint.position + 1,
            kind=constraint.kind,
            kwargs=constraint.kwargs,
            title=checkers.title(constraint.kind, constraint.kwargs),
            span=_prompt_span(constraint),
            left=verdicts.get((left_id, constraint.pk), _NOT_JUDGED),
            right=verdicts.get((right_id, constraint.pk), _NOT_JUDGED),
            effect=effects[index] if index < len(effects) else "",
        )
        for index, constraint in enumerate(case.prompt.constraints.order_by("position"))
    )


def _newest_annotation(assignment: Assignment) -> Annotation | None:
    """None for an open assignment, without asking: that is every page on the way through the queue."""
    if assignment.status in (Assignment.Status.HELD, Assignment.Status.PREFETCHED):
        return None
    return assignment.annotations.prefetch_related("patterns").order_by("-revision").first()


_NOT_JUDGED = SheetVerdict(obeyed=None, loose=None, observed="", note="not checked", spans=(), judged=False)


def _side(name: str, position: str, role: str, generation: Generation, *, revealed: bool) -> SheetSide:
    if not revealed:
        return SheetSide(name=name, answer=generation.answer)
    return SheetSide(
        name=name,
        answer=generation.answer,
        position=position,
        role=role,
        reasoning=generation.reasoning,
        reasoning_tokens=generation.reasoning_tokens,
        answer_tokens=generation.answer_tokens,
        split_status=generation.split_status,
        finish_reason=generation.finish_reason,
    )


def _verdicts(left: int, right: int) -> dict[tuple[int, int], SheetVerdict]:
    """(generation id, constraint id) -> its verdict on the answer, of these two generations."""
    verdicts = Verdict.objects.filter(generation__in=[left, right], scope=Verdict.Scope.ANSWER).order_by("pk")
    return {
        (verdict.generation_id, verdict.constraint_id): _sheet_verdict(verdict.strict, verdict.loose, verdict.evidence)
        for verdict in verdicts
    }


def _sheet_verdict(strict: bool | None, loose: bool | None, stored: Mapping[str, Any]) -> SheetVerdict:
    found = read_evidence(stored).strict
    return SheetVerdict(obeyed=strict, loose=loose, observed=found.observed, note=found.note, spans=found.spans)


def _prompt_span(constraint: Constraint) -> Span | None:
    if constraint.span_start is None or constraint.span_end is None:
        return None
    return constraint.span_start, constraint.span_end
