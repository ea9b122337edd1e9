"""The adjudication queue: undecided cases in the order in which they are offered. Reads only.

Urgent cases, with an open flag or a disputed verdict, come first, then the others; both by id. The others are read by
key from an index of undecided cases alone, so that a page costs the same in a study of any size.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from annotator.studies.models import Case, Dispute, Flag, Study
from annotator.studies.selectors.adjudicator_presence import opened_by_others
from annotator.studies.selectors.blinded_annotations import open_disputes
from annotator.studies.selectors.differences import NO_DIFFERENCE, Difference, differences
from annotator.studies.selectors.gold import with_gold_label
from annotator.studies.selectors.reworks import open_reworks, sent_back_cases

_NOT_URGENT = 2**40  # added to a case's id for its place, so that urgent cases come first


@dataclass(frozen=True, slots=True)
class UndecidedCase:
    """An undecided case, the reasons why it waits, and its `place` in the order, unique in the study.

    `difference` says what its annotators differ in; `sent_back`, that one of them has been asked to revise.
    """

    case: Case
    place: int
    differ: bool
    flagged: bool
    disputed: bool
    difference: Difference = NO_DIFFERENCE
    sent_back: bool = False


def undecided_cases(study: Study, *, after: int = 0, limit: int = 50) -> Sequence[UndecidedCase]:
    """Return at most `limit` undecided cases whose place is greater than `after`, in order, with their prompts."""
    rows = list(islice(_in_order(_undecided(study), after, limit), limit))
    ids = [row.case.pk for row in rows]
    by_case, sent_back = differences(ids), sent_back_cases(ids)
    return [
        replace(row, difference=by_case.get(row.case.pk, NO_DIFFERENCE), sent_back=row.case.pk in sent_back)
        for row in rows
    ]


def waiting_cases(study: Study) -> QuerySet[Any]:
    """All undecided cases, annotated with their `gold` label and whether they are `flagged` and `disputed`."""
    described: QuerySet[Any] = with_gold_label(_undecided(study).select_related("prompt")).annotate(
        flagged=Exists(_flags(assignment__case=OuterRef("pk"))),
        disputed=Exists(_disputes(annotation__assignment__case=OuterRef("pk"))),
    )
    return described


def undecided_count(study: Study) -> int:
    """Count the undecided cases."""
    return _undecided(study).count()


def other_waits(case: Case) -> bool:
    """Whether another case of the study is undecided."""
    return _undecided(case.study).exclude(pk=case.pk).exists()


def next_undecided(study: Study, *, reader: User, after: Case | None = None) -> Case | None:
    """Return the undecided case after `after` in the order, else the first of all; None if no other one is undecided.

    Cases that other adjudicators have open come last, and so do those that are sent back to an annotator.
    """
    waiting = _undecided(study) if after is None else _undecided(study).exclude(pk=after.pk)
    postponed = Exists(opened_by_others(reader).filter(case=OuterRef("pk"))) | Exists(
        open_reworks([study]).filter(case=OuterRef("pk")).order_by()
    )
    starts = (0,) if after is None else (_place(after), 0)
    for cases in (waiting.filter(~postponed), waiting.filter(postponed)):
        for start in starts:
            for undecided in _in_order(cases, start, 1):
                return undecided.case
    return None


def open_flags(study: Study) -> QuerySet[Flag]:
    """The unsettled flags of a study, oldest first."""
    flags = _flags(assignment__case__study=study).select_related("assignment__case__prompt")
    return flags.prefetch_related("messages").order_by("pk")


def _undecided(study: Study) -> QuerySet[Case]:
    return Case.objects.filter(study=study, undecided=True)


def _place(case: Case) -> int:
    urgent = _flags(assignment__case=case).exists() or _disputes(annotation__assignment__case=case).exists()
    return case.pk if urgent else case.pk + _NOT_URGENT


def _in_order(waiting: QuerySet[Case], after: int, limit: int) -> Iterator[UndecidedCase]:
    flagged = set(_flags(assignment__case__in=waiting).values_list("assignment__case", flat=True))
    disputed = set(
        _disputes(annotation__assignment__case__in=waiting).values_list("annotation__assignment__case", flat=True)
    )
    urgent = flagged | disputed
    first = sorted(pk for pk in urgent if pk > after)[:limit]
    for case in _described(waiting.filter(pk__in=first), limit):
        yield UndecidedCase(case, case.pk, not case.gold, case.pk in flagged, case.pk in disputed)
    others = waiting.filter(pk__gt=max(0, after - _NOT_URGENT)).exclude(pk__in=urgent)
    for case in _described(others, limit):
        yield UndecidedCase(case, case.pk + _NOT_URGENT, not case.gold, flagged=False, disputed=False)


def _described(cases: QuerySet[Case], limit: int) -> Iterable[Any]:
    """The first of these cases by id, with their prompts and `gold` labels, "" where gold was withdrawn."""
    return with_gold_label(cases.select_related("prompt")).order_by("pk")[:limit]


def _flags(**of: Any) -> QuerySet[Flag]:
    return Flag.objects.open().filter(**of)


def _disputes(**of: Any) -> QuerySet[Dispute]:
    return open_disputes().filter(**of).order_by()
