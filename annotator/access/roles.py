"""Roles as data: the membership roles that allow each action on a study. Site leads may do all."""

from collections.abc import Mapping, Sequence
from typing import Literal

from django.db.models import QuerySet
from django.http import Http404

from annotator.access.objects import Visitor
from annotator.studies.models import Membership, Study

Action = Literal["open", "decide", "curate", "lead"]
_Role = Membership.Role
_ROLES: Mapping[Action, Sequence[Membership.Role]] = {
    "open": tuple(_Role),
    "decide": (_Role.LEAD, _Role.ADJUDICATOR),
    "curate": (_Role.LEAD, _Role.CURATOR),
    "lead": (_Role.LEAD,),
}


def may(user: Visitor, action: Action, study: Study) -> bool:
    """Whether `user` may open the study, decide its cases and read all annotations, repair its answers, or lead it."""
    return studies_where(user, action).filter(pk=study.pk).exists()


def studies_where(user: Visitor, action: Action) -> QuerySet[Study]:
    """The studies on which `user` may do `action`, newest first."""
    if not user.is_authenticated or not user.is_active:
        return Study.objects.none()
    if user.is_staff:
        return Study.objects.all()
    membership = {"memberships__user": user.pk, "memberships__deactivated_at": None}
    return Study.objects.filter(**membership, memberships__role__in=_ROLES[action])


def is_lead(user: Visitor) -> bool:
    """Whether `user` leads the site or any study."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_staff or Membership.objects.active().filter(user=user, role=_Role.LEAD).exists()


def require_site_lead(user: Visitor) -> None:
    """Raise Http404 unless `user` leads the site."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        raise Http404


def require_lead(user: Visitor) -> None:
    """Raise Http404 unless `user` leads the site or any study."""
    if not is_lead(user):
        raise Http404
