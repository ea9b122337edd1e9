"""The annotation queue: an annotator's held case, else the next one with a free slot.

Practice cases come before the first real one, each once to everybody; who has begun with real ones gets no more.

Every order is walked on from the annotator's last case and round to the start, so that a long study is not searched
from its beginning each time. Each step of the walk is one range of an index of Case.

Somebody at work may have the case after that `prefetched`, so that its page is there before they ask for it.
"""

import secrets
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.studies.errors import NotAMember, StudyClosed
from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.services.slots import assignments_of, extend, has_free_slot, lease_end, lock_case

_SHUFFLED = ("queue_rank", "pk")
_HARDEST_FIRST = ("-disagreeing_constraints", *_SHUFFLED)


@transaction.atomic
def case_next(*, study: Study, annotator: User) -> Assignment | None:
    """The annotator's assignment to work on now, its lease renewed; None when the study has nothing left for them."""
    _take_turn(study, annotator)
    status = Assignment.Status
    held = _own(study, annotator)
    if held is not None:
        return extend(held, status.HELD)
    last = _last_case(study, annotator)
    practice = _next_practice(study, annotator) if last is None or last.is_practice else None
    case = practice or next(_locked_with_free_slot(study, annotator, last), None) or _taken_back(study, annotator)
    return _hold(case, annotator, status.HELD) if case else None


@transaction.atomic
def case_prefetch(*, study: Study, annotator: User) -> Assignment | None:
    """The assignment that `case_next` will give this annotator after the one they hold, kept for them from now on.

    None when they hold no case or practise, and when nothing is free: nobody else's is taken to be kept.
    """
    _take_turn(study, annotator)
    status = Assignment.Status
    last = _last_case(study, annotator)
    if last is None or last.is_practice or not _holds(study, annotator):
        return None
    kept = _own(study, annotator, held=False)
    if kept is not None:
        return extend(kept, status.PREFETCHED)
    case = next(_locked_with_free_slot(study, annotator, last), None)
    return _hold(case, annotator, status.PREFETCHED) if case else None


def _take_turn(study: Study, annotator: User) -> None:
    """Lock the membership: two tabs of one person asking at once must not end with two cases."""
    membership = Membership.objects.select_for_update(no_key=True).filter(study=study, user=annotator)
    if membership.order_by("pk").first() is None:  # its own order would join the study, and lock that too
        raise NotAMember(_("You do not belong to study %(study)r; ask its lead to add you.") % {"study": study.slug})
    if study.status == Study.Status.CLOSED:
        raise StudyClosed(
            _("Study %(study)r is closed and takes no more work; what you submitted counts, and drafts are kept.")
            % {"study": study.slug}
        )


def _holds(study: Study, annotator: User) -> bool:
    return _assignments(study, annotator).filter(status=Assignment.Status.HELD).exists()


def _own(study: Study, annotator: User, *, held: bool = True) -> Assignment | None:
    """The annotator's held assignment, else their prefetched one; None if others completed the case after the lease
    ended.
    """
    statuses = [Assignment.Status.HELD] * held + [Assignment.Status.PREFETCHED]
    open_cases = (
        _assignments(study, annotator).filter(status__in=statuses).order_by("status", "pk")
    )  # held, then prefetched
    for case_id in open_cases.values_list("case", flat=True):
        case = lock_case(case_id)
        assignments = assignments_of(case_id)
        # Just before the lock was granted it may have been submitted in another tab, or been given to others.
        still = next(
            (each for each in assignments if each.annotator_id == annotator.pk and each.status in statuses), None
        )
        if still is not None and (
            has_free_slot(assignments, overlap=study.overlap, besides=annotator) or case.is_practice
        ):
            return still
    return None


def _taken_back(study: Study, annotator: User) -> Case | None:
    """Take over a case that is only prefetched for others, deleting their assignments."""
    cases = _free_cases(study, annotator, prefetched=False).order_by(*_SHUFFLED)
    for case in cases.select_for_update(no_key=True, skip_locked=True)[:1]:
        if has_free_slot(assignments_of(case.pk), overlap=study.overlap, besides=annotator, prefetched=False):
            Assignment.objects.filter(case=case, status=Assignment.Status.PREFETCHED).delete()
            return case
    return None


def _last_case(study: Study, annotator: User) -> Case | None:
    last = _assignments(study, annotator).select_related("case__practice").order_by("-pk").first()
    return last.case if last else None


def _assignments(study: Study, annotator: User) -> QuerySet[Assignment]:
    return Assignment.objects.filter(annotator=annotator, case__study=study)


def _next_practice(study: Study, annotator: User) -> Case | None:
    """The next practice case that this person was never given."""
    assignments = Assignment.objects.filter(case=OuterRef("pk"), annotator=annotator)
    cases = Case.objects.filter(~Exists(assignments), study=study, practice__isnull=False)
    return cases.order_by("practice", "pk").first()


def _hold(case: Case, annotator: User, status: Assignment.Status) -> Assignment:
    return Assignment.objects.create(
        case=case,
        annotator=annotator,
        status=status,
        lease_until=lease_end(),
        second_is_left=secrets.choice([True, False]),
    )


def _locked_with_free_slot(study: Study, annotator: User, last: Case | None) -> Iterator[Case]:
    """Cases that are locked and proved to have room.

    Rows that others have locked are passed over first, so that many annotators do not wait in line for one row; only
    when nothing else is left do we wait for them, because the one who holds the lock may leave a place.
    """
    full: list[int] = []
    for cases, waits in _searches(study, annotator, last):
        while case := cases.exclude(pk__in=full).select_for_update(no_key=True, skip_locked=not waits).first():
            if has_free_slot(assignments_of(case.pk), overlap=study.overlap, besides=annotator):
                yield case
            full.append(case.pk)


def _searches(study: Study, annotator: User, last: Case | None) -> Iterator[tuple[QuerySet[Case], bool]]:
    """Where to look, one range of an index after the other, and whether to wait there for rows that are locked."""
    free = _free_cases(study, annotator)
    hardest = study.order == Study.Order.HARDEST
    ordered = free.order_by(*_HARDEST_FIRST) if hardest else free.order_by(*_SHUFFLED)
    if study.order == Study.Order.AGREEMENT:
        yield ordered.filter(submissions=1), False
    if last is not None and not last.is_practice:
        if hardest:
            yield (
                ordered.filter(disagreeing_constraints=last.disagreeing_constraints, queue_rank__gt=last.queue_rank),
                False,
            )
            yield ordered.filter(disagreeing_constraints__lt=last.disagreeing_constraints), False
        else:
            yield ordered.filter(queue_rank__gt=last.queue_rank), False
    yield ordered, False
    yield ordered, True


def _free_cases(study: Study, annotator: User, *, prefetched: bool = True) -> QuerySet[Case]:
    """Incomplete cases with fewer taken slots than the overlap, as `has_free_slot` counts them, and new to this
    annotator.
    """
    status = Assignment.Status
    holding = [status.HELD, status.PREFETCHED] if prefetched else [status.HELD]
    takes_a_slot = Q(status=status.SUBMITTED) | Q(status__in=holding, lease_until__gt=timezone.now())
    of_the_case = Assignment.objects.filter(case=OuterRef("pk")).order_by()
    taken = of_the_case.filter(takes_a_slot).values("case").annotate(taken=Count("pk")).values("taken")
    return (
        Case.objects.filter(study=study, complete=False)
        .exclude(Exists(of_the_case.filter(annotator=annotator)))
        .alias(taken=Coalesce(Subquery(taken), 0))
        .filter(taken__lt=study.overlap)
    )
