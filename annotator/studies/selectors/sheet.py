"""The values of a case page for one assignment. Blindness is enforced here and nowhere else.

Before the blind choice of a blind study a sheet has nothing that reveals which run a side is of: no reasoning, token
counts, split status, position, role, outcome or effect, and no row id of a generation; the answers are masked
(`blind_text`). While the study hides the verdicts (`Study.verdicts_shown`) it has none, and nothing derived from one.
Callers pass a sheet to the screen and never the assignment or the case. Its verdicts are those on the answers, since
other scopes would reveal the reasoning; a constraint on the reasoning has its verdict once the sides are revealed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation
from annotator.studies.blind_text import blind_text
from annotator.studies.models import Annotation, Assignment, Case, Draft, Flag, Pattern, Rework, Study
from annotator.studies.selectors.codebook_versions import expected_patterns, patterns_of
from annotator.studies.selectors.members import leads_study
from annotator.studies.selectors.progress import my_progress
from annotator.studies.selectors.reworks import rework_of
from annotator.studies.selectors.sheet_verdicts import (
    NOT_JUDGED,
    SheetVerdict,
    Span,
    masked_as_the_answers,
    sheet_verdicts,
)


@dataclass(frozen=True, slots=True)
class SheetConstraint:
    """A constraint with both verdicts: `number` from 1, `span` in the prompt.

    `effect` is "" until the sides are revealed and the verdicts shown; verdicts that are not shown are not `judged`.
    """

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
    """The answer on one side, `name` left or right.

    Until revealed, every field but `name` and `answer` is empty, and `answer` is masked.

    `position`, first or second, is that of its run in the study; `role` is the study's name of that run.
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
    """The expected annotation of a practice case, and whether the annotator's matches it."""

    label: str
    patterns: tuple[str, ...]
    feedback: str
    same_label: bool
    same_patterns: bool


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """The parts of one case that its annotator may see now. `revision` is their newest annotation's, 0 for none.

    `rework` is the open request to judge the case anew. `skip_reason` is that of their last skip.

    `no_answer` says that an answer is empty or was cut off, of which no verdict tells. `metadata` of the prompt is for
    leads, once the sides are revealed: what a source says of a prompt may tell whose answer is whose.
    """

    study: Study
    case_id: int
    status: str
    skip_reason: str
    revealed: bool
    verdicts_shown: bool
    blind_choice: str
    prompt_key: str
    prompt_text: str
    known_defects: Sequence[Mapping[str, Any]]
    metadata: Mapping[str, Any]
    constraints: tuple[SheetConstraint, ...]
    left: SheetSide
    right: SheetSide
    outcome: str
    no_answer: bool
    patterns: tuple[Pattern, ...]
    annotation: Annotation | None
    revision: int
    draft: Draft | None
    flag: Flag | None
    rework: Rework | None
    practising: bool
    expected: SheetExpected | None
    done: int
    total: int

    @property
    def in_queue(self) -> bool:
        """Whether the case can be skipped and the next one prefetched: open, not practice, in an open study."""
        waits = self.status in (Assignment.Status.HELD, Assignment.Status.PREFETCHED) and not self.practising
        return waits and self.study.status == Study.Status.OPEN

    @property
    def place(self) -> int:
        """The case's number in "case `place` of `total`": an open case counts as the next after those done."""
        return self.done if self.status == Assignment.Status.SUBMITTED else min(self.done + 1, self.total)


def is_revealed(assignment: Assignment) -> bool:
    """Whether the sides may be named to the annotator of this assignment."""
    return bool(assignment.blind_choice) or not assignment.case.study.blind


def sees_verdicts(assignment: Assignment) -> bool:
    """Whether the annotator of this assignment may see now what the checkers decided."""
    shown = assignment.case.study.verdicts_shown
    if shown == Study.VerdictsShown.AFTER_BLIND:
        return is_revealed(assignment)
    if shown == Study.VerdictsShown.AFTER_LABEL:
        return assignment.status == Assignment.Status.SUBMITTED
    return shown == Study.VerdictsShown.FROM_START


def case_sheet(assignment: Assignment) -> CaseSheet:
    """Build the sheet, in a constant number of queries beside those of `access.assignment_to_read`."""
    case, study = assignment.case, assignment.case.study
    revealed, verdicts_shown = is_revealed(assignment), sees_verdicts(assignment)
    shown = {"second_is_left": assignment.second_is_left, "revealed": revealed}
    left, right = sheet_sides(case, **shown)
    progress = my_progress(study, assignment.annotator_id)
    # A prefetched page is shown after the held case is done, so that counts as done on it.
    done = progress.done + (assignment.status == Assignment.Status.PREFETCHED)
    annotation = _newest_annotation(assignment)
    return CaseSheet(
        study=study,
        case_id=case.pk,
        status=assignment.status,
        skip_reason=assignment.skip_reason,
        revealed=revealed,
        verdicts_shown=verdicts_shown,
        blind_choice=assignment.blind_choice,
        prompt_key=case.prompt.key,
        prompt_text=case.prompt.text,
        known_defects=case.prompt.known_defects,
        metadata=_metadata(assignment),
        constraints=sheet_constraints(case, **shown, verdicts_shown=verdicts_shown),
        left=left,
        right=right,
        outcome=case.outcome if revealed and verdicts_shown else "",
        no_answer=revealed and case.outcome == Case.Outcome.NO_ANSWER,
        patterns=patterns_of(study.codebook_id),
        annotation=annotation,
        revision=annotation.revision if annotation else 0,
        draft=getattr(assignment, "draft", None),
        flag=getattr(assignment, "flag", None),
        rework=rework_of(assignment),
        practising=case.is_practice,
        expected=sheet_expected(assignment, annotation),
        done=done,
        total=progress.total,
    )


def _metadata(assignment: Assignment) -> Mapping[str, Any]:
    """The metadata of the prompt for a lead who knows the sides, {} for everybody else."""
    metadata: Mapping[str, Any] = assignment.case.prompt.metadata
    if not metadata or not is_revealed(assignment):
        return {}
    return metadata if leads_study(assignment.case.study, assignment.annotator) else {}


def sheet_expected(assignment: Assignment, annotation: Annotation | None) -> SheetExpected | None:
    """Compare `annotation`, a submitted one of a practice case, with the expected one; None before the submission.

    Patterns that the present codebook does not have are left out; if none is expected, any patterns match.
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
    """Return (left, right) as the annotator of this assignment may see them now."""
    revealed = is_revealed(assignment)
    return sheet_sides(assignment.case, second_is_left=assignment.second_is_left, revealed=revealed)


def sheet_sides(case: Case, *, second_is_left: bool, revealed: bool) -> tuple[SheetSide, SheetSide]:
    """Return (left, right), with roles and reasoning only where `revealed`."""
    left, right = (case.second, case.first) if second_is_left else (case.first, case.second)
    if not revealed:
        prompt = case.prompt.text
        shown = [blind_text(generation.answer, prompt).text for generation in (left, right)]
        return SheetSide(name="left", answer=shown[0]), SheetSide(name="right", answer=shown[1])
    return _side("left", case, left), _side("right", case, right)


def sheet_constraints(
    case: Case, *, second_is_left: bool, revealed: bool, verdicts_shown: bool = True
) -> tuple[SheetConstraint, ...]:
    """Return the prompt's constraints in order, each with the verdicts on the left and the right answer where shown."""
    left_id, right_id = case.first_id, case.second_id
    if second_is_left:
        left_id, right_id = right_id, left_id
    constraints = list(case.prompt.constraints.order_by("position"))
    verdicts = sheet_verdicts(constraints, [left_id, right_id], revealed=revealed) if verdicts_shown else {}
    if not revealed:
        verdicts = masked_as_the_answers(verdicts, case)
    effects: Sequence[str] = case.contrast if revealed and verdicts_shown else ()
    return tuple(
        SheetConstraint(
            number=constraint.position + 1,
            kind=constraint.kind,
            kwargs=constraint.kwargs,
            title=constraint.title,
            span=_prompt_span(constraint),
            left=verdicts.get((left_id, constraint.pk), NOT_JUDGED),
            right=verdicts.get((right_id, constraint.pk), NOT_JUDGED),
            effect=effects[index] if index < len(effects) else "",
        )
        for index, constraint in enumerate(constraints)
    )


def _newest_annotation(assignment: Assignment) -> Annotation | None:
    """The newest annotation. An open assignment has none, which spares the query for every page of the queue."""
    if assignment.status in (Assignment.Status.HELD, Assignment.Status.PREFETCHED):
        return None
    return assignment.annotations.prefetch_related("patterns").order_by("-revision").first()


def _side(name: str, case: Case, generation: Generation) -> SheetSide:
    second = generation.pk == case.second_id
    return SheetSide(
        name=name,
        answer=generation.answer,
        position="second" if second else "first",
        role=case.study.second_role if second else case.study.first_role,
        reasoning=generation.reasoning,
        reasoning_tokens=generation.reasoning_tokens,
        answer_tokens=generation.answer_tokens,
        split_status=generation.split_status,
        finish_reason=generation.finish_reason,
    )


def _prompt_span(constraint: Constraint) -> Span | None:
    if constraint.span_start is None or constraint.span_end is None:
        return None
    return constraint.span_start, constraint.span_end
