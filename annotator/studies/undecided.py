"""The cases that wait for an adjudicator, in the order in which they are decided. Reads only.

Those with an open flag or a disputed verdict come first, then the others; each half by number. The others are read by
key from an index that holds undecided cases alone, so that a page costs the same in a study of any size.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotator.studies.gold import with_gold_label
from annotator.studies.models import Case, Dispute, Flag, Study
from annotator.studies.opinions import open_disputes

_BEHIND_THE_URGENT = 2**40


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case, why it waits, and its `place` in the order, which is unique in the study."""

    case: Case
    place: int
    differ: bool
    flagged: bool
    disputed: bool


def undecided_cases(study: Study, *, after: int = 0, limit: int = 50) -> Sequence[Waiting]:
    """At most `limit` of the waiting cases whose place is behind `after`, in order, with their prompts."""
    return list(islice(_behind(study, after, limit), limit))


def waiting_cases(study: Study) -> QuerySet[Any]:
    """All that wait, to be paged by number: each with its `gold` label, and whether it is `flagged` and `disputed`."""
    waiting = Case.objects.filter(study=study, undecided=True).select_related("prompt")
    told: QuerySet[Any] = with_gold_label(waiting).annotate(
        flagged=Exists(_flags(assignment__case=OuterRef("pk"))),
        disputed=Exists(_disputes(annotation__assignment__case=OuterRef("pk"))),
    )
    return told


def undecided_count(study: Study) -> int:
    """How many cases wait."""
    return Case.objects.filter(study=study, undecided=True).count()


def next_undecided(study: Study, *, after: Case) -> Case | None:
    """The waiting case behind `after` in the order, or else the first of all; None when no other one waits."""
    urgent = _flags(assignment__case=after).exists() or _disputes(annotation__assignment__case=after).exists()
    for start in (after.pk if urgent else after.pk + _BEHIND_THE_URGENT, 0):
        for waiting in undecided_cases(study, after=start, limit=2):
            if waiting.case != after:
                return waiting.case
    return None


def open_flags(study: Study) -> QuerySet[Flag]:
    """The flags of a study that nobody has settled, oldest first."""
    return _flags(assignment__case__study=study).select_related("assignment__case__prompt").order_by("pk")


def _behind(study: Study, after: int, limit: int) -> Iterator[Waiting]:
    waiting = Case.objects.filter(study=study, undecided=True)
    flagged = set(_flags(assignment__case__in=waiting).values_list("assignment__case", flat=True))
    disputed = set(
        _disputes(annotation__assignment__case__in=waiting).values_list("annotation__assignment__case", flat=True)
    )
    urgent = flagged | disputed
    first = sorted(pk for pk in urgent if pk > after)[:limit]
    for case in _told(waiting.filter(pk__in=first), limit):
        yield Waiting(case, case.pk, not case.gold, case.pk in flagged, case.pk in disputed)
    others = waiting.filter(pk__gt=max(0, after - _BEHIND_THE_URGENT)).exclude(pk__in=urgent)
    for case in _told(others, limit):
        yield Waiting(case, case.pk + _BEHIND_THE_URGENT, not case.gold, flagged=False, disputed=False)


def _told(cases: QuerySet[Case], limit: int) -> Iterable[Any]:
    """The first of these cases with their prompts, each with its newest `gold` label, which is "" where withdrawn."""
    return with_gold_label(cases.select_related("prompt")).order_by("pk")[:limit]


def _flags(**of: Any) -> QuerySet[Flag]:
    return Flag.objects.filter(settled_at=None, **of)


def _disputes(**of: Any) -> QuerySet[Dispute]:
    return open_disputes().filter(**of).order_by()
