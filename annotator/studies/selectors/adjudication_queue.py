"""The adjudication queue: undecided cases in the order in which they are offered. Reads only.

Those with an open flag or a disputed verdict come first, then the others; each half by number. The others are read by
key from an index that holds undecided cases alone, so that a page costs the same in a study of any size.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from annotator.studies.models import Case, Dispute, Flag, Study
from annotator.studies.selectors.adjudicator_presence import opened_by_others
from annotator.studies.selectors.blinded_annotations import open_disputes
from annotator.studies.selectors.gold import with_gold_label

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
    return list(islice(_behind(_waiting(study), after, limit), limit))


def waiting_cases(study: Study) -> QuerySet[Any]:
    """All that wait, to be paged by number: each with its `gold` label, and whether it is `flagged` and `disputed`."""
    described: QuerySet[Any] = with_gold_label(_waiting(study).select_related("prompt")).annotate(
        flagged=Exists(_flags(assignment__case=OuterRef("pk"))),
        disputed=Exists(_disputes(annotation__assignment__case=OuterRef("pk"))),
    )
    return described


def undecided_count(study: Study) -> int:
    """How many cases wait."""
    return _waiting(study).count()


def other_waits(case: Case) -> bool:
    """Whether another case of its study waits."""
    return _waiting(case.study).exclude(pk=case.pk).exists()


def next_undecided(study: Study, *, reader: User, after: Case | None = None) -> Case | None:
    """The waiting case behind `after` in the order, or else the first of all; None when no other one waits.

    Those that other adjudicators have open come last.
    """
    waiting = _waiting(study) if after is None else _waiting(study).exclude(pk=after.pk)
    open_elsewhere = Exists(opened_by_others(reader).filter(case=OuterRef("pk")))
    starts = (0,) if after is None else (_place(after), 0)
    for cases in (waiting.filter(~open_elsewhere), waiting.filter(open_elsewhere)):
        for start in starts:
            for found in _behind(cases, start, 1):
                return found.case
    return None


def open_flags(study: Study) -> QuerySet[Flag]:
    """The flags of a study that nobody has settled, oldest first."""
    return _flags(assignment__case__study=study).select_related("assignment__case__prompt").order_by("pk")


def _waiting(study: Study) -> QuerySet[Case]:
    return Case.objects.filter(study=study, undecided=True)


def _place(case: Case) -> int:
    urgent = _flags(assignment__case=case).exists() or _disputes(annotation__assignment__case=case).exists()
    return case.pk if urgent else case.pk + _BEHIND_THE_URGENT


def _behind(waiting: QuerySet[Case], after: int, limit: int) -> Iterator[Waiting]:
    flagged = set(_flags(assignment__case__in=waiting).values_list("assignment__case", flat=True))
    disputed = set(
        _disputes(annotation__assignment__case__in=waiting).values_list("annotation__assignment__case", flat=True)
    )
    urgent = flagged | disputed
    first = sorted(pk for pk in urgent if pk > after)[:limit]
    for case in _described(waiting.filter(pk__in=first), limit):
        yield Waiting(case, case.pk, not case.gold, case.pk in flagged, case.pk in disputed)
    others = waiting.filter(pk__gt=max(0, after - _BEHIND_THE_URGENT)).exclude(pk__in=urgent)
    for case in _described(others, limit):
        yield Waiting(case, case.pk + _BEHIND_THE_URGENT, not case.gold, flagged=False, disputed=False)


def _described(cases: QuerySet[Case], limit: int) -> Iterable[Any]:
    """The first of these cases with their prompts, each with its newest `gold` label, which is "" where withdrawn."""
    return with_gold_label(cases.select_related("prompt")).order_by("pk")[:limit]


def _flags(**of: Any) -> QuerySet[Flag]:
    return Flag.objects.filter(settled_at=None, **of)


def _disputes(**of: Any) -> QuerySet[Dispute]:
    return open_disputes().filter(**of).order_by()
