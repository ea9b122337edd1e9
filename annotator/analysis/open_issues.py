"""Open issues of a study for its leads: unsettled flags and open disputes of verdicts. Reads only.

Practice cases are included: a checker that errs there errs everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from annotator import constraints as checkers
from annotator.studies.models import Flag, Study
from annotator.studies.selectors.blinded_annotations import open_disputes

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class FlaggedCase:
    """A case with an open flag of the annotator `pseudonym`."""

    case_id: int
    prompt: str
    reason: str
    pseudonym: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class DisputedVerdict:
    """A verdict that the annotator `pseudonym` disputes: `obeyed` is the strict verdict on the constraint `title`."""

    case_id: int
    prompt: str
    run_id: int
    position: int
    title: str
    kind: str
    obeyed: bool | None
    reason: str
    pseudonym: str


Issue = TypeVar("Issue", FlaggedCase, DisputedVerdict)


@dataclass(frozen=True, slots=True)
class IssueList(Generic[Issue]):
    """The newest MOST_SHOWN of `total` issues."""

    rows: Sequence[Issue]
    total: int


def flagged_cases(study: Study) -> IssueList[FlaggedCase]:
    """Return open flags, newest first. Three queries."""
    flags = Flag.objects.open().filter(assignment__case__study=study).order_by("-raised_at", "-pk")
    names = study.memberships.pseudonyms()
    prompt = "assignment__case__prompt__text"
    columns = ("assignment__case", prompt, "reason", "assignment__annotator", "raised_at")
    rows = [
        FlaggedCase(case_id, text, reason, names[annotator], raised_at)
        for case_id, text, reason, annotator, raised_at in flags.values_list(*columns)[:MOST_SHOWN]
    ]
    return IssueList(rows=rows, total=flags.count())


def disputed_verdicts(study: Study) -> IssueList[DisputedVerdict]:
    """Return open disputes, newest first. Three queries, none of which reads a generation's text."""
    disputes = open_disputes().filter(annotation__assignment__case__study=study)
    names = study.memberships.pseudonyms()
    rows = disputes.order_by("-pk").values_list(
        "annotation__assignment__case",
        "verdict__generation__prompt__text",
        "verdict__generation__run",
        "verdict__generation__position",
        "verdict__constraint__kind",
        "verdict__constraint__kwargs",
        "verdict__strict",
        "reason",
        "annotation__assignment__annotator",
    )
    return IssueList(rows=[_disputed(row, names) for row in rows[:MOST_SHOWN]], total=disputes.count())


def _disputed(row: tuple[Any, ...], names: Mapping[int, str]) -> DisputedVerdict:
    case_id, prompt, run_id, position, kind, kwargs, obeyed, reason, annotator = row
    return DisputedVerdict(
        case_id=case_id,
        prompt=prompt,
        run_id=run_id,
        position=position,
        title=checkers.title(kind, kwargs),
        kind=kind,
        obeyed=obeyed,
        reason=reason,
        pseudonym=names[annotator],
    )
