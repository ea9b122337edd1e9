"""Access to members, accounts and tokens.

Everybody opens their own tokens, leads those of their members. The lead of one study ends no token of a site lead, nor
of somebody who leads a study that they do not lead: anybody can be made a member. Site leads open every account.
"""

from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404

from annotator.access.objects import Visitor, one_or_404
from annotator.access.studies import studies_led_by, study_led_by, study_owned_by
from annotator.accounts.models import ApiToken
from annotator.studies.models import Membership


def member_led_by(user: Visitor, slug: str, member_id: int) -> Membership:
    """Return a member of a study, for those who lead it."""
    members = Membership.objects.select_related("study", "user")
    return one_or_404(members, pk=member_id, study=study_led_by(user, slug).pk)


def member_owned_by(user: Visitor, slug: str, member_id: int) -> Membership:
    """Return a member of a study, for its owner."""
    members = Membership.objects.select_related("study", "user")
    return one_or_404(members, pk=member_id, study=study_owned_by(user, slug).pk)


def may_revoke(user: Visitor, owner: User) -> bool:
    """Whether a lead of `owner` may see and end their tokens."""
    if user.is_staff or owner.is_staff:
        return bool(user.is_staff)
    return not studies_led_by(owner).exclude(pk__in=studies_led_by(user).order_by().values("pk")).exists()


def member_token(user: Visitor, slug: str, member_id: int, public_id: UUID) -> ApiToken:
    """Return a token of a member, for those who lead their study."""
    owner = member_led_by(user, slug, member_id).user
    if not may_revoke(user, owner):
        raise Http404
    return _token(owner, public_id)


def own_token(user: User, public_id: UUID) -> ApiToken:
    """Return a token of the visitor's own."""
    return _token(user, public_id)


def accounts_led_by(user: Visitor) -> QuerySet[User]:
    """Every account, for site leads; 404 for anybody else."""
    if not (user.is_authenticated and user.is_active and user.is_staff):
        raise Http404
    return User.objects.all()


def account_for(user: Visitor, user_id: int) -> User:
    """Return an account, for site leads."""
    return one_or_404(accounts_led_by(user), pk=user_id)


def account_token(user: Visitor, user_id: int, public_id: UUID) -> ApiToken:
    """Return a token of any account, for site leads."""
    return _token(account_for(user, user_id), public_id)


def _token(owner: User, public_id: UUID) -> ApiToken:
    token: ApiToken = one_or_404(ApiToken.objects.select_related("user"), user=owner.pk, public_id=public_id)
    return token
