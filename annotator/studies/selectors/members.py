"""Members of a study by role, one member's counts, and the memberships of an account. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, Max, Q, QuerySet

from annotator.studies.models import LEADING, Assignment, Membership, Study, counted_cases, held_now


@dataclass(frozen=True, slots=True)
class MemberCounts:
    """Cases of a member by the status of their assignment, held by a lease; and when they last did something.

    Practice cases and hidden checks are not counted.
    """

    submitted: int
    skipped: int
    held: int
    last_active: datetime | None


def member_counts(membership: Membership) -> MemberCounts:
    """Count in one query."""
    status = Assignment.Status
    own = Assignment.objects.filter(annotator=membership.user, case__study=membership.study)
    counts = own.filter(counted_cases("case__")).aggregate(
        submitted=Count("pk", filter=Q(status=status.SUBMITTED)),
        skipped=Count("pk", filter=Q(status=status.SKIPPED)),
        held=Count("pk", filter=held_now()),
        last_active=Max("touched_at"),
    )
    return MemberCounts(**counts)


def memberships_of(user: User) -> Sequence[Membership]:
    """The memberships of an account, with their studies, newest first."""
    return list(Membership.objects.filter(user=user).select_related("study").order_by("-pk"))


def with_memberships(users: QuerySet[User]) -> QuerySet[User]:
    """Annotate accounts with `active_memberships`: in how many studies they are active members."""
    active = Count("memberships", filter=Q(memberships__deactivated_at=None))
    return users.annotate(active_memberships=active)


def leads_study(study: Study, user: User) -> bool:
    """Whether `user` leads the study, as its active member or as a site lead."""
    return user.is_staff or Membership.objects.active().filter(study=study, user=user, role__in=LEADING).exists()


def owner_of(study: Study) -> Membership | None:
    """The member who owns the study; None while it has had no lead yet."""
    return Membership.objects.filter(study=study, role=Membership.Role.OWNER).select_related("user").order_by().first()


def owns_study(study: Study, user: User) -> bool:
    """Whether `user` owns the study, as its owner or as a site lead."""
    owner = owner_of(study)
    return user.is_staff or (owner is not None and owner.user_id == user.pk)
