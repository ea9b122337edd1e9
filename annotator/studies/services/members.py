"""Members of a study: added, deactivated, reactivated.

A study that has a lead never loses its only one. A deactivated membership opens nothing, and everything that its user
annotated stays. Whether that counts is the lead's choice, stored with a reason; `recounts` applies it to the cases.
"""

import secrets
from dataclasses import asdict, dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import MemberRefused, StudyRefused
from annotator.studies.models import AdjudicatorPresence, Membership, Study
from annotator.studies.services.recounts import assignments_recount, open_assignments_release
from annotator.text_cleaning import replace_unstorable

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A changed membership: how many cases went back to the queue, were judged, reopened, and changed their gold."""

    membership: Membership
    released: int
    judged: int
    reopened: int
    gold_changed: int


@transaction.atomic
def member_add(*, study: Study, user: User, role: str) -> Membership:
    """Add `user` to `study`, or change the role of a member, who keeps the pseudonym.

    The only lead stays one, since nobody else could restore the role. Raises StudyRefused, also for a member who was
    deactivated.
    """
    if role not in Membership.Role.values:
        raise StudyRefused(
            _("Role %(role)r is unknown; known roles: %(known)s.")
            % {"role": role, "known": ", ".join(Membership.Role.values)}
        )
    _lock(study)
    if role != Membership.Role.LEAD:
        refuse_only_lead(study, user)
    present = study.memberships.select_for_update(no_key=True).order_by("pk").filter(user=user).first()
    if present is not None and present.deactivated_at is not None:
        raise StudyRefused(
            _("%(name)s was deactivated in study %(study)r; reactivate them on their page among its members.")
            % {"name": user.get_username(), "study": study.slug}
        )
    # Random, since a number would tell who joined when.
    pseudonym = f"{secrets.choice(_COLOURS)}-{secrets.token_hex(3)}"
    membership, _made = Membership.objects.update_or_create(
        study=study, user=user, defaults={"role": role}, create_defaults={"role": role, "pseudonym": pseudonym}
    )
    if role != Membership.Role.ANNOTATOR and membership.unblinded_at is None:
        membership.unblinded_at = timezone.now()
        membership.save(update_fields=["unblinded_at"])
    return membership


@transaction.atomic
def member_deactivate(
    *, membership: Membership, by: User, reason: str, left_out: bool = False, hand_out_again: bool = False
) -> MemberChange:
    """Close the study to a member at once, and give the cases that they have open back to the queue.

    With `left_out` their annotations count in no figure, gold or export; their places in incomplete cases are free for
    others then. With `hand_out_again` so are those in complete cases, whose gold by the rule is withdrawn until others
    have judged them. Called again, it changes the reason and both choices. Raises MemberRefused without a reason, and
    for the only lead.
    """
    words = _checked_reason(reason)
    refuse_only_lead(membership.study, membership.user)
    locked = _locked(membership)
    locked.deactivated_at = locked.deactivated_at or timezone.now()
    locked.deactivation_reason, locked.left_out = words, left_out
    locked.save(update_fields=["deactivated_at", "deactivation_reason", "left_out"])
    AdjudicatorPresence.objects.filter(case__study=locked.study_id, adjudicator=locked.user_id).delete()
    released = open_assignments_release(study=locked.study, annotator=locked.user)
    recount = assignments_recount(
        study=locked.study, annotator=locked.user, left_out=left_out, slot_reopened=hand_out_again
    )
    return _recorded("membership.deactivated", MemberChange(locked, released, **asdict(recount)), by)


@transaction.atomic
def member_reactivate(*, membership: Membership, by: User) -> MemberChange:
    """Open the study to a deactivated member again: their annotations count, and take their slots. Idempotent."""
    locked = _locked(membership)
    if locked.deactivated_at is None:
        return MemberChange(locked, 0, 0, 0, 0)
    locked.deactivated_at, locked.deactivation_reason, locked.left_out = None, "", False
    locked.save(update_fields=["deactivated_at", "deactivation_reason", "left_out"])
    recount = assignments_recount(study=locked.study, annotator=locked.user, left_out=False, slot_reopened=False)
    return _recorded("membership.reactivated", MemberChange(locked, 0, **asdict(recount)), by)


def refuse_only_lead(study: Study, user: User) -> None:
    """Raise MemberRefused where `user` is the only active lead of the study. Its leads stay locked.

    The leads are read anew once they are locked: of two leads who remove each other the second finds one lead left.
    """
    _lock(study)
    leads = study.memberships.filter(role=Membership.Role.LEAD).order_by("pk")
    list(leads.select_for_update(no_key=True).values_list("pk", flat=True))
    active = list(leads.active().filter(user__is_active=True).values_list("user_id", flat=True))
    if active == [user.pk]:
        raise MemberRefused(
            _("%(name)s is the only lead of study %(study)r; make somebody else a lead first.")
            % {"name": user.get_username(), "study": study.slug}
        )


def _lock(study: Study) -> None:
    """Lock the study's row before its members', as a deletion locks them. Raises StudyRefused where it is gone."""
    if not Study.objects.select_for_update(no_key=True).filter(pk=study.pk).exists():
        raise StudyRefused(_("Study %(study)r was deleted; go back to your studies.") % {"study": study.slug})


def _locked(membership: Membership) -> Membership:
    rows = Membership.objects.select_for_update(no_key=True, of=("self",)).select_related("study", "user")
    return rows.order_by("pk").get(pk=membership.pk)


def _checked_reason(reason: str) -> str:
    words = replace_unstorable(" ".join(reason.split()))
    if not words:
        raise MemberRefused(_("Say in a few words why the member leaves; the reason is kept, shown and exported."))
    if len(words) > MAX_REASON:
        raise MemberRefused(
            _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"field": _("The reason"), "n": len(words), "most": MAX_REASON}
        )
    return words


def _recorded(kind: str, change: MemberChange, by: User) -> MemberChange:
    membership = change.membership
    event_append(
        kind,
        membership,
        {
            "study": membership.study.slug,
            "member": membership.pseudonym,
            "by": by.get_username(),
            "reason": membership.deactivation_reason,
            "left_out": membership.left_out,
            "released": change.released,
            "judged": change.judged,
            "reopened": change.reopened,
            "gold_changed": change.gold_changed,
        },
    )
    return change


_COLOURS = ("amber", "azure", "coral", "indigo", "jade", "ochre", "olive", "pearl", "plum", "russet", "teal", "umber")
