"""Open issues of a study for its lead: unsettled flags and standing disputes of verdicts. Reads only.

A dispute counts while the newest revision of its annotation holds it and no person has decided its case since; a flag
until it is settled. Practice
cases are listed too: a checker that errs there errs everywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from annotator import constraints as checkers
from annotator.studies.models import Flag, Study
from annotator.studies.selectors.blinded_annotations import open_disputes

SHOWN = 50


@dataclass(frozen=True, slots=True)
class FlaggedCase:
    """A case that `pseudonym` wants to talk about."""

    case_id: int
    prompt: str
    reason: str
    pseudonym: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class DisputedVerdict:
    """A verdict that `pseudonym` calls wrong: `obeyed` is what the checker says of `title` on this generation."""

    case_id: int
    prompt: str
    run_id: int
    position: int
    title: str
    kind: str
    obeyed: bool | None
    reason: str
    pseudonym: str


Concern = TypeVar("Concern", FlaggedCase, DisputedVerdict)


@dataclass(frozen=True, slots=True)
class Concerns(Generic[Concern]):
    """The newest `SHOWN` of `total`."""

    rows: Sequence[Concern]
    total: int


def flagged_cases(study: Study) -> Concerns[FlaggedCase]:
    """Open flags, newest first. Three queries."""
    flags = Flag.objects.filter(assignment__case__study=study, settled_at__isnull=True).order_by("-raised_at", "-pk")
    names = study.memberships.pseudonyms()
    prompt = "assignment__case__prompt__text"
    columns = ("assignment__case", prompt, "reason", "assignment__annotator", "raised_at")
    rows = [
        FlaggedCase(case_id, text, reason, names[annotator], raised_at)
        for case_id, text, reason, annotator, raised_at in flags.values_list(*columns)[:SHOWN]
    ]
    return Concerns(rows=rows, total=flags.count())


def disputed_verdicts(study: Study) -> Concerns[DisputedVerdict]:
    """Open disputes, newest first. Three queries; none reads what the models wrote."""
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
    return Concerns(rows=[_disputed(row, names) for row in rows[:SHOWN]], total=disputes.count())


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
