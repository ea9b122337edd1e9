"""The annotation queue: a case sent back, else the held one, else the next one with a free slot.

Practice cases come before the first real one, each once for every annotator; after a real case no more of them come.

Hidden checks are mixed in at the study's rate (`studies.check_places`), each once for every annotator, beside the
overlap. They are assigned, prefetched and taken back like every other case, so that nothing tells them apart.

The search starts after the annotator's last case in the study's order and wraps round, so that a long study is not
searched from its beginning each time. Each step of the search is one range of an index of Case.

While an annotator works on a case, the next one can be assigned to them as `prefetched`, so that the browser loads its
page early.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.studies.check_places import CheckPlaces
from annotator.studies.errors import NotAMember, NotBlind, StudyClosed
from annotator.studies.models import Assignment, Case, Membership, Rework, Study
from annotator.studies.selectors.unblinded import knows_sides, not_blind_sentence, with_possible_sources
from annotator.studies.services.slots import (
    assignments_of,
    has_free_slot,
    lease_end,
    lock_case,
    reader_sentence,
    renew_lease,
)

_SHUFFLED = ("queue_rank", "pk")
_HARDEST_FIRST = ("-disagreeing_constraints", *_SHUFFLED)


@transaction.atomic
def case_next(*, study: Study, annotator: User) -> Assignment | None:
    """Return the annotator's held assignment with its lease renewed, else a new one; None if no case is left for them.

    An annotation that was sent back to them comes before both. Raises NotAMember, NotBlind and StudyClosed.
    """
    membership = lock_membership(study, annotator)
    sent_back = _sent_back(membership) if membership.has_rework else None
    if sent_back is not None:
        return sent_back
    status = Assignment.Status
    held = _open_assignment(study, annotator)
    if held is not None:
        return renew_lease(held, status.HELD)
    recent = _recent_cases(study, annotator)
    practice = _next_practice(study, annotator) if not recent or recent[0].is_practice else None
    case = practice or _new_case(study, annotator, recent) or _taken_over(study, annotator)
    return _assign(case, annotator, status.HELD) if case else None


@transaction.atomic
def case_prefetch(*, study: Study, annotator: User) -> Assignment | None:
    """Prefetch the assignment that `case_next` will return to this annotator after their held one.

    None if they hold no case, hold a practice case, or no case is free: a case that is prefetched for somebody else is
    not taken over for this. Raises NotAMember, NotBlind and StudyClosed.
    """
    lock_membership(study, annotator)
    status = Assignment.Status
    recent = _recent_cases(study, annotator)
    if not recent or recent[0].is_practice or not _has_held(study, annotator):
        return None
    prefetched_before = _open_assignment(study, annotator, held=False)
    if prefetched_before is not None:
        return renew_lease(prefetched_before, status.PREFETCHED)
    case = _new_case(study, annotator, recent)
    return _assign(case, annotator, status.PREFETCHED) if case else None


def lock_membership(study: Study, annotator: User) -> Any:
    """Lock the membership of an open study, so that two tabs of one annotator do not get two cases at once.

    It is annotated with `has_rework`, in the same statement: whether a case is sent back to this annotator. Raises
    NotAMember, NotBlind and StudyClosed.
    """
    sent_back = Exists(Rework.objects.filter(member=OuterRef("pk"), closed_at=None).order_by())
    own: QuerySet[Any] = Membership.objects.select_for_update(no_key=True).filter(study=study, user=annotator)
    if study.blind:
        own = with_possible_sources(own)
    # The default order would join the study, and lock that too.
    membership: Any = own.annotate(has_rework=sent_back).order_by("pk").first()
    if membership is None:
        raise NotAMember(_("You do not belong to study %(study)r; ask its lead to add you.") % {"study": study.slug})
    if membership.deactivated_at is not None:
        raise NotAMember(
            _("Your membership in study %(study)r was deactivated; ask its lead, what you annotated and typed is kept.")
            % {"study": study.slug}
        )
    if membership.role == Membership.Role.READER:
        raise NotAMember(reader_sentence(study))
    if study.blind and (annotator.is_staff or membership.may_know_sides) and knows_sides(study, annotator):
        raise NotBlind(not_blind_sentence(study))
    if study.status == Study.Status.CLOSED:
        raise StudyClosed(
            _("Study %(study)r is closed and takes no more work; what you submitted counts, and drafts are kept.")
            % {"study": study.slug}
        )
    return membership


def _sent_back(member: Membership) -> Assignment | None:
    """The member's submitted assignment that was sent back to them first of all that are."""
    open_reworks = {"case__reworks__member": member, "case__reworks__closed_at": None}
    submitted = Assignment.objects.filter(annotator=member.user_id, status=Assignment.Status.SUBMITTED, **open_reworks)
    return submitted.order_by("case__reworks__pk").first()


def _has_held(study: Study, annotator: User) -> bool:
    return _assignments(study, annotator).filter(status=Assignment.Status.HELD).exists()


def _open_assignment(study: Study, annotator: User, *, held: bool = True) -> Assignment | None:
    """The annotator's held assignment, else their prefetched one.

    None if others took every slot of the case after the lease had ended.
    """
    statuses = [Assignment.Status.HELD] * held + [Assignment.Status.PREFETCHED]
    # By status: held before prefetched.
    open_cases = _assignments(study, annotator).filter(status__in=statuses).order_by("status", "pk")
    for case_id in open_cases.values_list("case", flat=True):
        case = lock_case(case_id)
        assignments = assignments_of(case_id)
        # Before the lock was granted it may have been submitted in another tab, or taken over for others.
        current = next(
            (row for row in assignments if row.annotator_id == annotator.pk and row.status in statuses), None
        )
        if current is not None and (
            has_free_slot(assignments, overlap=study.overlap, besides=annotator) or not case.is_counted
        ):
            return current
    return None


def _taken_over(study: Study, annotator: User) -> Case | None:
    """Take over a case that is only prefetched for others, deleting their assignments."""
    cases = _free_cases(study, annotator, prefetched=False).order_by(*_SHUFFLED)
    for case in cases.select_for_update(no_key=True, skip_locked=True)[:1]:
        if has_free_slot(assignments_of(case.pk), overlap=study.overlap, besides=annotator, prefetched=False):
            Assignment.objects.filter(case=case, status=Assignment.Status.PREFETCHED).delete()
            return case
    return None


def _new_case(study: Study, annotator: User, recent: Sequence[Case]) -> Case | None:
    """A check if one is due, else the next case with a free slot after their last one, locked."""
    check = _due_check(study, annotator) if study.check_every else None
    if check is not None:
        return check
    # A check's place in the queue says nothing of how far the annotator is.
    last = next((case for case in recent if not case.is_check), None)
    return next(_locked_with_free_slot(study, annotator, last), None)


def _due_check(study: Study, annotator: User) -> Case | None:
    """A check that is new to the annotator, locked, if their next case is to be one."""
    place = _assignments(study, annotator).filter(case__practice=None).count()
    if place not in CheckPlaces(study.pk, annotator.pk, study.check_every):
        return None
    assigned = Assignment.objects.filter(case=OuterRef("pk"), annotator=annotator)
    checks = Case.objects.filter(~Exists(assigned), study=study).exclude(known_label="")
    return checks.order_by("?").select_for_update(no_key=True, of=("self",)).first()


def _recent_cases(study: Study, annotator: User) -> Sequence[Case]:
    """Their last three cases, newest first: with one check in each block, one of three in turn is none."""
    cases = Case.objects.filter(study=study, assignments__annotator=annotator).select_related("practice")
    return list(cases.order_by("-assignments__pk")[:3])


def _assignments(study: Study, annotator: User) -> QuerySet[Assignment]:
    return Assignment.objects.filter(annotator=annotator, case__study=study)


def _next_practice(study: Study, annotator: User) -> Case | None:
    """The next practice case that was never assigned to this annotator."""
    assignments = Assignment.objects.filter(case=OuterRef("pk"), annotator=annotator)
    cases = Case.objects.filter(~Exists(assignments), study=study, practice__isnull=False)
    return cases.order_by("practice", "pk").first()


def _assign(case: Case, annotator: User, status: Assignment.Status) -> Assignment:
    return Assignment.objects.create(
        case=case,
        annotator=annotator,
        status=status,
        lease_until=lease_end(),
        second_is_left=secrets.choice([True, False]),
    )


def _locked_with_free_slot(study: Study, annotator: User, last: Case | None) -> Iterator[Case]:
    """Yield cases, each locked and with a slot that is free by a count after the lock.

    Rows that other transactions have locked are skipped first, so that many annotators do not wait in line for one row;
    only when nothing else is left are they waited for, because the other transaction may leave a slot.
    """
    full: list[int] = []
    for cases, waits in _searches(study, annotator, last):
        while case := cases.exclude(pk__in=full).select_for_update(no_key=True, skip_locked=not waits).first():
            if has_free_slot(assignments_of(case.pk), overlap=study.overlap, besides=annotator):
                yield case
            full.append(case.pk)


def _searches(study: Study, annotator: User, last: Case | None) -> Iterator[tuple[QuerySet[Case], bool]]:
    """Yield (cases in order, whether to wait for locked rows): one range of an index after the other."""
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
    """Incomplete cases that are new to this annotator and have a free slot, counted as in `has_free_slot`."""
    status = Assignment.Status
    leased = [status.HELD, status.PREFETCHED] if prefetched else [status.HELD]
    submitted = Q(status=status.SUBMITTED, left_out=False, slot_reopened=False)
    takes_a_slot = submitted | Q(status__in=leased, lease_until__gt=timezone.now())
    of_the_case = Assignment.objects.filter(case=OuterRef("pk")).order_by()
    taken = of_the_case.filter(takes_a_slot).values("case").annotate(taken=Count("pk")).values("taken")
    return (
        Case.objects.filter(study=study, complete=False)
        .exclude(Exists(of_the_case.filter(annotator=annotator)))
        .alias(taken=Coalesce(Subquery(taken), 0))
        .filter(taken__lt=study.overlap)
    )
