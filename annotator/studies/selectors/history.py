"""The history of one case in time order: assignments, choices, annotations, revisions, decisions.

Everything here was appended when it happened and is only read. People appear under their pseudonyms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from annotator.runs.models import Verdict
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Dispute, Flag, Membership, Study
from annotator.studies.selectors.blinded_annotations import MarkedSpan, case_texts, letters_of, united_evidence

Kind = Literal["paired", "given", "chosen", "annotated", "disputed", "skipped", "flagged", "settled", "decided"]
Row = Case | Assignment | Annotation | Dispute | Flag | Adjudication


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case; `row` is what was stored of it.

    `who` is a pseudonym, "" for a rule and for who is not in the study. `letter` stood for the annotator where the
    case was decided without names. `chosen` is the role of the answer that a blind choice preferred, or "same".
    """

    at: datetime
    kind: Kind
    row: Row
    who: str = ""
    letter: str = ""
    chosen: str = ""
    evidence: tuple[MarkedSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """One case's events, oldest first, and the verdicts on both its generations; whether it is for practice.

    `telling` says whether what annotators did is among the events.
    """

    case: Case
    practice: bool
    events: tuple[Event, ...]
    verdicts: tuple[Verdict, ...]
    telling: bool


def case_history(case: Case, *, telling: bool = True) -> History:
    """In a constant number of queries; `access.case_to_adjudicate` joins what it needs of the case.

    Without `telling` nothing is told of what annotators did: its reader may be the next one to judge the case.
    """
    verdicts = Verdict.objects.filter(generation__in=[case.first_id, case.second_id]).select_related("constraint")
    return History(
        case=case,
        practice=case.is_practice,
        events=tuple(sorted(_events(case, telling=telling), key=lambda event: event.at)),
        telling=telling,
        verdicts=tuple(verdicts.order_by("constraint__position", "generation", "scope")),
    )


def _events(case: Case, *, telling: bool) -> Iterator[Event]:
    yield Event(case.created_at, "paired", case)
    if not telling:
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
    submitted = [each.pk for each in assignments if each.status == Assignment.Status.SUBMITTED]
    letters = letters_of(case.pk, submitted)
    for each in assignments:
        who, letter = pseudonyms.get(each.annotator_id, ""), letters.get(each.pk, "")
        yield Event(each.created_at, "given", each, who, letter)
        yield from _by_annotator(each, case, who, letter, texts)
    decisions = Adjudication.objects.filter(case=case).select_related("author").prefetch_related("patterns")
    for decision in decisions.order_by("revision"):
        evidence = united_evidence({"": decision.spans}, texts)
        who = pseudonyms.get(decision.author_id, "") if decision.author_id else ""
        yield Event(decision.decided_at, "decided", decision, who, evidence=evidence)


def _by_annotator(
    assignment: Assignment, case: Case, who: str, letter: str, texts: Mapping[str, str]
) -> Iterator[Event]:
    """What one annotator did with the case. A skip ends an assignment, so it was the last touch."""
    if assignment.revealed_at:
        yield Event(assignment.revealed_at, "chosen", assignment, who, letter, _chosen(assignment, case.study))
    for annotation in assignment.annotations.all():
        evidence = united_evidence({letter: annotation.spans}, texts)
        yield Event(annotation.submitted_at, "annotated", annotation, who, letter, evidence=evidence)
        for dispute in annotation.disputes.all():
            yield Event(annotation.submitted_at, "disputed", dispute, who, letter)
    if assignment.status == Assignment.Status.SKIPPED:
        yield Event(assignment.touched_at, "skipped", assignment, who, letter)
    flag = getattr(assignment, "flag", None)
    if flag is not None:
        yield Event(flag.raised_at, "flagged", flag, who, letter)
        if flag.settled_at:
            yield Event(flag.settled_at, "settled", flag)


def _chosen(assignment: Assignment, study: Study) -> str:
    if assignment.blind_choice == Assignment.Side.SAME:
        return "same"
    chose_second = (assignment.blind_choice == Assignment.Side.LEFT) == assignment.second_is_left
    return study.second_role if chose_second else study.first_role
