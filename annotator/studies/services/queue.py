"""Hands each annotator the next case: their own held one, else the next with room for them. Never two over overlap.

Practice cases come before the first real one, each once to everybody; who has begun with real ones gets no more.

Every order is walked on from the annotator's last case and round to the start, so that a long study is not searched
from its beginning each time. Each step of the walk is one range of an index of Case.

Somebody at work may have the case after that kept `ahead`, so that its page is there before they ask for it.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.prepared import Prepared
from annotator.studies.errors import NotAMember, StudyClosed
from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.services.leases import assignments_of, extend, has_room, lease_end, lock_case


@transaction.atomic
def case_next(*, study: Study, annotator: User) -> Assignment | None:
    """The annotator's assignment to work on now, its lease renewed; None when the study has nothing left for them."""
    _take_turn(study, annotator)
    status = Assignment.Status
    held = _own(study, annotator)
    if held is not None:
        return extend(held, status.HELD)
    last = _last_case(study, annotator)
    practice = _next_practice(study, annotator) if last is None or last.practice_id else None
    case = practice or next(_locked_with_room(study, annotator, last), None) or _taken_back(study, annotator)
    return _hold(case, annotator, status.HELD) if case else None


@transaction.atomic
def case_ahead(*, study: Study, annotator: User) -> Assignment | None:
    """The assignment that `case_next` will give this annotator after the one they hold, kept for them from now on.

    None when they hold no case or practise, and when nothing is free: nobody else's is taken to be kept.
    """
    _take_turn(study, annotator)
    status = Assignment.Status
    last = _last_case(study, annotator)
    if last is None or last.practice_id or not _holds(study, annotator):
        return None
    kept = _own(study, annotator, held=False)
    if kept is not None:
        return extend(kept, status.AHEAD)
    case = next(_locked_with_room(study, annotator, last), None)
    return _hold(case, annotator, status.AHEAD) if case else None


def _take_turn(study: Study, annotator: User) -> None:
    """Lock the membership: two tabs of one person asking at once must not end with two cases."""
    if not _MEMBERSHIP(study.pk, annotator.pk):
        raise NotAMember(_("You do not belong to study %(study)r; ask its lead to add you.") % {"study": study.slug})
    if study.status == Study.Status.CLOSED:
        raise StudyClosed(
            _("Study %(study)r is closed and takes no more work; what you submitted counts, and drafts are kept.")
            % {"study": study.slug}
        )


def _holds(study: Study, annotator: User) -> bool:
    held = Assignment.objects.filter(annotator=annotator, status=Assignment.Status.HELD, case__study=study)
    return held.exists()


def _own(study: Study, annotator: User, *, held: bool = True) -> Assignment | None:
    """What this person holds, else has ahead. A case that others have filled since its lease ended is passed over."""
    statuses = [Assignment.Status.HELD] * held + [Assignment.Status.AHEAD]
    for case_id, status in _OPEN(study.pk, annotator.pk):
        if status not in statuses:
            continue
        case = lock_case(case_id)
        given = assignments_of(case_id)
        # Just before the lock was granted it may have been submitted in another tab, or been given to others.
        still = next((each for each in given if each.annotator_id == annotator.pk and each.status in statuses), None)
        if still is not None and (has_room(given, overlap=study.overlap, besides=annotator) or case.is_practice):
            return still
    return None


def _taken_back(study: Study, annotator: User) -> Case | None:
    """A case that is only kept ahead for others, who have not seen it: now it is nobody's."""
    cases = _free_cases(study.pk, annotator.pk, _now(), study.overlap, ahead=False).order_by(*_SHUFFLED)
    for case in cases.select_for_update(of=("self",), no_key=True, skip_locked=True)[:1]:
        if has_room(assignments_of(case.pk), overlap=study.overlap, besides=annotator, ahead=False):
            Assignment.objects.filter(case=case, status=Assignment.Status.AHEAD).delete()
            return case
    return None


class _Last(NamedTuple):
    """Where in the queue somebody was last."""

    hardness: int
    rank: int
    practice_id: int | None


def _last_case(study: Study, annotator: User) -> _Last | None:
    last = _LAST(study.pk, annotator.pk)
    return _Last(*last[0]) if last else None


def _of(study: int, annotator: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(annotator=annotator, case__study=study)


_MEMBERSHIP = Prepared(
    lambda study, annotator: (
        Membership.objects.select_for_update(no_key=True)
        .filter(study=study, user=annotator)
        .order_by()
        .values_list("pk")
    )
)
_OPEN = Prepared(
    lambda study, annotator: (
        _of(study, annotator)
        .filter(status__in=[Assignment.Status.HELD, Assignment.Status.AHEAD])
        .order_by("-status", "pk")  # "held" before "ahead"
        .values_list("case", "status")
    )
)
_LAST = Prepared(
    lambda study, annotator: (
        _of(study, annotator).order_by("-pk").values_list("case__hardness", "case__rank", "case__practice")[:1]
    )
)


def _next_practice(study: Study, annotator: User) -> Case | None:
    """The next practice case that this person was never given."""
    given = Assignment.objects.filter(case=OuterRef("pk"), annotator=annotator)
    cases = Case.objects.filter(~Exists(given), study=study, practice__isnull=False)
    return cases.order_by("practice", "pk").first()


def _hold(case: Case, annotator: User, status: Assignment.Status) -> Assignment:
    return Assignment.objects.create(
        case=case,
        annotator=annotator,
        status=status,
        lease_until=lease_end(),
        second_is_left=secrets.choice([True, False]),
    )


def _locked_with_room(study: Study, annotator: User, last: _Last | None) -> Iterator[Case]:
    """Cases that are locked and proved to have room.

    Rows that others have locked are passed over first, so that many annotators do not wait in line for one row; only
    when nothing else is left do we wait for them, because the one who holds the lock may leave a place.
    """
    full: list[int] = []
    for first_of, bounds in _searches(study, last):
        while found := first_of(study.pk, annotator.pk, _now(), study.overlap, *bounds, *full):
            case = found[0]
            if has_room(assignments_of(case.pk), overlap=study.overlap, besides=annotator):
                yield case
            full.append(case.pk)


def _searches(study: Study, last: _Last | None) -> Iterator[tuple[Prepared[Case], tuple[int, ...]]]:
    """Where to look, one place after the other, and the place of the annotator's last case if that bounds it."""
    hardest = study.order == Study.Order.HARDEST
    if study.order == Study.Order.AGREEMENT:
        yield _SUBMITTED_TIMES, (1,)
    if last is not None and not last.practice_id:
        if hardest:
            yield _AS_HARD, (last.hardness, last.rank)
            yield _LESS_HARD, (last.hardness,)
        else:
            yield _BEHIND, (last.rank,)
    yield (_HARDEST if hardest else _FIRST), ()
    yield (_HARDEST_LOCKED if hardest else _FIRST_LOCKED), ()


def _free_cases(study: int, annotator: int, now: object, overlap: int, *, ahead: bool = True) -> QuerySet[Case]:
    """Unfilled cases that have a place and that this person has never been given."""
    status = Assignment.Status
    holding = status.HELD, status.AHEAD if ahead else status.HELD
    given = (annotator, status.SUBMITTED, *holding, now, overlap)
    place = RawSQL(_HAS_A_PLACE, given, BooleanField())  # noqa: S611 - the statement is fixed, and these are bound
    return Case.objects.filter(place, study=study, filled=False).only("study")


def _now() -> object:
    """This moment, as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(timezone.now())


# By hand: Django needs longer to build the same from expressions than the databases need to answer it, and this is
# asked with every click on "next". Places are counted as `has_room` counts them.
_HAS_A_PLACE = """
    NOT EXISTS (SELECT 1 FROM studies_assignment mine WHERE mine.case_id = studies_case.id AND mine.annotator_id = %s)
    AND (
        SELECT COUNT(*) FROM studies_assignment given
        WHERE given.case_id = studies_case.id
            AND (given.status = %s OR (given.status IN (%s, %s) AND given.lease_until > %s))
    ) < %s
"""
_SHUFFLED = ("rank", "pk")
_BY_HARDNESS = ("-hardness", *_SHUFFLED)


def _search(*lookups: str, order: Sequence[str] = _SHUFFLED, locked: bool = False) -> Prepared[Case]:
    """The first free case for which these hold, besides those of `full`; locked, or waited for if it is `locked`."""

    def first(study: int, annotator: int, now: object, overlap: int, *bounds_and_full: int) -> QuerySet[Case]:
        bounds, full = bounds_and_full[: len(lookups)], bounds_and_full[len(lookups) :]
        cases = _free_cases(study, annotator, now, overlap).filter(**dict(zip(lookups, bounds, strict=True)))
        free = cases.exclude(pk__in=full) if full else cases
        return free.order_by(*order).select_for_update(of=("self",), no_key=True, skip_locked=not locked)[:1]

    return Prepared(first)


_BEHIND = _search("rank__gt")
_FIRST = _search()
_FIRST_LOCKED = _search(locked=True)
_AS_HARD = _search("hardness", "rank__gt", order=_BY_HARDNESS)
_LESS_HARD = _search("hardness__lt", order=_BY_HARDNESS)
_HARDEST = _search(order=_BY_HARDNESS)
_HARDEST_LOCKED = _search(order=_BY_HARDNESS, locked=True)
_SUBMITTED_TIMES = _search("submissions")
