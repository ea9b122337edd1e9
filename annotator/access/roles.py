"""Roles as data: the membership roles that allow each action on a study. Site leads may do all.

`docs/members.md` shows the same table to people, and a test compares the two.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from django.db.models import QuerySet
from django.http import Http404

from annotator.access.objects import Visitor
from annotator.studies.models import LEADING, Membership, Study

Action = Literal["open", "annotate", "read", "history", "decide", "curate", "pairs", "lead", "own"]
_Role = Membership.Role
RIGHTS: Mapping[Action, Sequence[Membership.Role]] = {
    "open": tuple(_Role),
    "annotate": tuple(role for role in _Role if role != _Role.READER),
    "read": (*LEADING, _Role.READER),
    "history": (*LEADING, _Role.ADJUDICATOR, _Role.READER),
    "decide": (*LEADING, _Role.ADJUDICATOR),
    "curate": (*LEADING, _Role.CURATOR),
    "pairs": (*LEADING, _Role.CURATOR, _Role.READER),
    "lead": LEADING,
    "own": (_Role.OWNER,),
}
"""The rights on a study. `open`: its page. `annotate`: cases, unless one knows the sides. `read`: results, agreement,
cases with labels, exports, snapshots. `history`: what happened to a case. `decide`: adjudication. `curate`: repairs,
exemplars, prompt sets. `pairs`: the export of training rows. `lead`: members, settings, runs. `own`: deletion, and who
leads."""


def may(user: Visitor, action: Action, study: Study) -> bool:
    """Whether `user` has this right of RIGHTS on the study."""
    return action in rights_on(study, user)


def rights_on(study: Study, user: Visitor) -> frozenset[Action]:
    """Return the rights of RIGHTS that `user` has on the study, in one query."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_staff:
        return frozenset(RIGHTS)
    role = Membership.objects.active().filter(study=study, user=user).values_list("role", flat=True).first()
    return frozenset(action for action, roles in RIGHTS.items() if role in roles)


def studies_where(user: Visitor, action: Action) -> QuerySet[Study]:
    """The studies on which `user` may do `action`, newest first."""
    if not user.is_authenticated or not user.is_active:
        return Study.objects.none()
    if user.is_staff:
        return Study.objects.all()
    membership = {"memberships__user": user.pk, "memberships__deactivated_at": None}
    return Study.objects.filter(**membership, memberships__role__in=RIGHTS[action])


def is_lead(user: Visitor) -> bool:
    """Whether `user` leads the site or any study."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_staff or Membership.objects.active().filter(user=user, role__in=LEADING).exists()


def require_site_lead(user: Visitor) -> None:
    """Raise Http404 unless `user` leads the site."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        raise Http404


def require_lead(user: Visitor) -> None:
    """Raise Http404 unless `user` leads the site or any study."""
    if not is_lead(user):
        raise Http404
