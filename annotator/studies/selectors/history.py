"""The history of one case in time order: assignments, choices, annotations, revisions, decisions.

Every event was stored when it happened; here they are only read. People appear under their pseudonyms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from annotator.runs.models import Verdict
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Dispute, Flag, Membership, Study
from annotator.studies.selectors.blinded_annotations import MarkedSpan, case_texts, letters_of, united_evidence

Kind = Literal["paired", "assigned", "chosen", "annotated", "disputed", "skipped", "flagged", "settled", "decided"]
Row = Case | Assignment | Annotation | Dispute | Flag | Adjudication


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a case, and the `row` that records it.

    `pseudonym` is "" for an automatic decision and for a user who is no member. `letter` is the annotator's in the
    adjudication. `chosen` is the role of the answer that a blind choice preferred, or "same". `left_out`
    marks an annotation that counts nowhere, because its author was left out.
    """

    at: datetime
    kind: Kind
    row: Row
    pseudonym: str = ""
    letter: str = ""
    chosen: str = ""
    left_out: bool = False
    evidence: tuple[MarkedSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """The events of a case, oldest first, and the verdicts on both of its generations.

    Without `with_annotations` the events of annotators and adjudicators are left out.
    """

    case: Case
    practice: bool
    events: tuple[Event, ...]
    verdicts: tuple[Verdict, ...]
    with_annotations: bool


def case_history(case: Case, *, with_annotations: bool = True) -> History:
    """Read the history in a constant number of queries; `access.case_to_adjudicate` joins what it needs of the case.

    Leave `with_annotations` out for a reader who may be the next to annotate the case.
    """
    verdicts = Verdict.objects.filter(generation__in=[case.first_id, case.second_id]).select_related("constraint")
    return History(
        case=case,
        practice=case.is_practice,
        events=tuple(sorted(_events(case, with_annotations=with_annotations), key=lambda event: event.at)),
        with_annotations=with_annotations,
        verdicts=tuple(verdicts.order_by("constraint__position", "generation", "scope")),
    )


def _events(case: Case, *, with_annotations: bool) -> Iterator[Event]:
    yield Event(case.created_at, "paired", case)
    if not with_annotations:
        return
    texts = case_texts(case)
    pseudonyms = Membership.objects.filter(study=case.study_id).pseudonyms()
    joined = ("annotations__codebook", "annotations__patterns", "annotations__disputes__verdict__constraint", "flag")
    assignments = list(
        Assignment.objects.filter(case=case)
        .exclude(status=Assignment.Status.PREFETCHED)
        .prefetch_related(*joined)
        .order_by("pk")
    )
    submitted = [row.pk for row in assignments if row.status == Assignment.Status.SUBMITTED]
    letters = letters_of(case.pk, submitted)
    for assignment in assignments:
        pseudonym, letter = pseudonyms.get(assignment.annotator_id, ""), letters.get(assignment.pk, "")
        yield Event(assignment.created_at, "assigned", assignment, pseudonym, letter)
        yield from _by_annotator(assignment, case, pseudonym, letter, texts)
    decisions = Adjudication.objects.filter(case=case).select_related("author").prefetch_related("patterns")
    for decision in decisions.order_by("revision"):
        evidence = united_evidence({"": decision.spans}, texts)
        pseudonym = pseudonyms.get(decision.author_id, "") if decision.author_id else ""
        yield Event(decision.decided_at, "decided", decision, pseudonym, evidence=evidence)


def _by_annotator(
    assignment: Assignment, case: Case, pseudonym: str, letter: str, texts: Mapping[str, str]
) -> Iterator[Event]:
    """The events of one annotator. A skip is the last change of an assignment, so `touched_at` is its time."""
    if assignment.revealed_at:
        yield Event(
            assignment.revealed_at, "chosen", assignment, pseudonym, letter, _preferred_role(assignment, case.study)
        )
    for annotation in assignment.annotations.all():
        evidence = united_evidence({letter: annotation.spans}, texts)
        yield Event(
            annotation.submitted_at,
            "annotated",
            annotation,
            pseudonym,
            letter,
            left_out=assignment.left_out,
            evidence=evidence,
        )
        for dispute in annotation.disputes.all():
            yield Event(annotation.submitted_at, "disputed", dispute, pseudonym, letter)
    if assignment.status == Assignment.Status.SKIPPED:
        yield Event(assignment.touched_at, "skipped", assignment, pseudonym, letter)
    flag = getattr(assignment, "flag", None)
    if flag is not None:
        yield Event(flag.raised_at, "flagged", flag, pseudonym, letter)
        if flag.settled_at:
            yield Event(flag.settled_at, "settled", flag)


def _preferred_role(assignment: Assignment, study: Study) -> str:
    if assignment.blind_choice == Assignment.Side.SAME:
        return "same"
    chose_second = (assignment.blind_choice == Assignment.Side.LEFT) == assignment.second_is_left
    return study.second_role if chose_second else study.first_role
