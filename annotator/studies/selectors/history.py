"""The history of one case in time order: assignments, choices, annotations, revisions, decisions.

Every event was stored when it happened; here they are only read. People appear under their pseudonyms.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db.models import Exists, OuterRef

from annotator.events.selectors import events_about
from annotator.runs.models import Verdict
from annotator.studies.models import (
    Adjudication,
    Annotation,
    Assignment,
    Case,
    Dispute,
    Flag,
    FlagMessage,
    Membership,
    Rework,
    Study,
)
from annotator.studies.selectors.blinded_annotations import MarkedSpan, case_texts, letters_of, united_evidence

Kind = Literal[
    "paired", "assigned", "chosen", "annotated", "disputed", "skipped", "unskipped", "flagged", "replied", "settled",
    "sent_back", "decided",
]  # fmt: skip
Row = Case | Assignment | Annotation | Dispute | Flag | FlagMessage | Rework | Adjudication


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a case, and the `row` that records it.

    `pseudonym` is "" for an automatic decision and for a user who is no member. `letter` is the annotator's in the
    adjudication. `chosen` is the role of the answer that a blind choice preferred, or "same". `text` is the reason of a
    skip: an assignment itself keeps that of its last one alone. `left_out` marks an annotation that counts nowhere,
    because its author was left out.
    """

    at: datetime
    kind: Kind
    row: Row
    pseudonym: str = ""
    letter: str = ""
    chosen: str = ""
    text: str = ""
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
    joined = (
        "annotations__codebook",
        "annotations__patterns",
        "annotations__disputes__verdict__constraint",
        "flag__messages",
    )
    assignments: list[Any] = list(
        Assignment.objects.filter(case=case)
        .exclude(status=Assignment.Status.PREFETCHED)
        .annotate(has_reworks=_reworks())
        .prefetch_related(*joined)
        .order_by("pk")
    )
    submitted = [row.pk for row in assignments if row.status == Assignment.Status.SUBMITTED]
    letters = letters_of(case.pk, submitted)
    skips = _skips(assignments)
    for assignment in assignments:
        pseudonym, letter = pseudonyms.get(assignment.annotator_id, ""), letters.get(assignment.pk, "")
        yield Event(assignment.created_at, "assigned", assignment, pseudonym, letter)
        yield from _by_annotator(assignment, case, pseudonym, letter, texts)
        for at, kind, text in skips.get(assignment.pk, ()):
            yield Event(at, kind, assignment, pseudonym, letter, text=text)
        yield from _about_flag(assignment, pseudonyms, letter)
    people = {row.annotator_id: letters.get(row.pk, "") for row in assignments if row.has_reworks}
    for rework in Rework.objects.filter(case=case).select_related("member") if people else ():
        of_the_member = (pseudonyms.get(rework.member.user_id, ""), people.get(rework.member.user_id, ""))
        yield Event(rework.requested_at, "sent_back", rework, *of_the_member)
    decisions = Adjudication.objects.filter(case=case).select_related("author").prefetch_related("patterns")
    for decision in decisions.order_by("revision"):
        evidence = united_evidence({"": decision.spans}, texts)
        pseudonym = pseudonyms.get(decision.author_id, "") if decision.author_id else ""
        yield Event(decision.decided_at, "decided", decision, pseudonym, evidence=evidence)


def _by_annotator(
    assignment: Assignment, case: Case, pseudonym: str, letter: str, texts: Mapping[str, str]
) -> Iterator[Event]:
    """The choices, annotations and disputes of one annotator."""
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


def _about_flag(assignment: Assignment, pseudonyms: Mapping[int, str], letter: str) -> Iterator[Event]:
    flag = getattr(assignment, "flag", None)
    if flag is None:
        return
    yield Event(flag.raised_at, "flagged", flag, pseudonyms.get(assignment.annotator_id, ""), letter)
    for message in flag.messages.all():
        own = letter if message.author_id == assignment.annotator_id else ""
        yield Event(message.written_at, "replied", message, pseudonyms.get(message.author_id, ""), own)
    if flag.settled_at:
        yield Event(flag.settled_at, "settled", flag)


def _reworks() -> Exists:
    return Exists(Rework.objects.filter(case=OuterRef("case"), member__user=OuterRef("annotator")).order_by())


def _skips(assignments: Sequence[Assignment]) -> Mapping[int, Sequence[tuple[datetime, Kind, str]]]:
    """assignment id -> (time, kind, reason) of its skips, and of those that were taken back, oldest first."""
    subjects = {f"{row._meta.label_lower}:{row.pk}": row.pk for row in assignments if row.skipped_at}
    skips: dict[int, list[tuple[datetime, Kind, str]]] = {}
    for event in events_about(subjects, _SKIP_EVENTS) if subjects else ():
        kind = _SKIP_EVENTS[event.kind]
        skips.setdefault(subjects[event.subject], []).append((event.created_at, kind, event.payload["reason"]))
    for row in assignments:
        if row.skipped_at and row.pk not in skips:  # skipped before skips had events
            skips[row.pk] = [(row.skipped_at, "skipped", row.skip_reason)]
    return skips


_SKIP_EVENTS: Mapping[str, Kind] = {"assignment.skipped": "skipped", "assignment.unskipped": "unskipped"}


def _preferred_role(assignment: Assignment, study: Study) -> str:
    if assignment.blind_choice == Assignment.Side.SAME:
        return "same"
    chose_second = (assignment.blind_choice == Assignment.Side.LEFT) == assignment.second_is_left
    return study.second_role if chose_second else study.first_role
