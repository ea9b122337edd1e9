"""Members of a study: added, given another role, deactivated, reactivated; and its owner.

The first lead of a study is its owner, who alone makes and changes leads, and stays one until they hand the study over.
A deactivated membership opens nothing, and everything that its user
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
from annotator.studies.models import ASSIGNABLE_ROLES, AdjudicatorPresence, Membership, Study
from annotator.studies.selectors.members import owner_of, owns_study
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
def member_add(*, study: Study, user: User, role: str, by: User | None = None) -> Membership:
    """Add `user` to `study`, or change the role of a member, who keeps the pseudonym.

    The first lead of a study becomes its owner. A new reader gives their open cases back to the queue. `by` is who does
    it, None on the command line. Raises StudyRefused, also for a member who was deactivated, and for the owner.
    """
    _refuse_unknown_role(role)
    _lock(study)
    present = study.memberships.select_for_update(no_key=True).order_by("pk").filter(user=user).first()
    before = present.role if present is not None else ""
    if present is not None and present.deactivated_at is not None:
        raise StudyRefused(
            _("%(name)s was deactivated in study %(study)r; reactivate them on their page among its members.")
            % {"name": user.get_username(), "study": study.slug}
        )
    refuse_owner(study, user)
    if Membership.Role.LEAD in (before, role):
        _refuse_unless_owner(study, user, by, steps_down=role != Membership.Role.LEAD)
    if role == Membership.Role.LEAD and owner_of(study) is None:
        role = Membership.Role.OWNER
    membership = _stored(study, user, role, before, by)
    if role == Membership.Role.READER:
        open_assignments_release(study=study, annotator=user)
    return membership


@transaction.atomic
def owner_add(*, study: Study, user: User) -> Membership:
    """Make the creator of a new study its first member and owner: nobody else is there who could allow it."""
    return _stored(study, user, Membership.Role.OWNER, before="", by=user)


def _stored(study: Study, user: User, role: str, before: str, by: User | None) -> Membership:
    """Store the role, and the event where it is another one than `before`."""
    # Random, since a number would tell who joined when.
    pseudonym = f"{secrets.choice(_COLOURS)}-{secrets.token_hex(3)}"
    membership, _made = Membership.objects.update_or_create(
        study=study, user=user, defaults={"role": role}, create_defaults={"role": role, "pseudonym": pseudonym}
    )
    _note_unblinded(membership)
    if before != role:
        kind = "membership.role_changed" if before else "membership.added"
        payload = {"study": study.slug, "member": membership.pseudonym, "role": role, "before": before}
        event_append(kind, membership, payload, actor=by, study=study.pk)
    return membership


@transaction.atomic
def study_hand_over(*, membership: Membership, by: User) -> Membership:
    """Make a member the owner of their study; the owner until now stays a lead. Idempotent.

    Raises MemberRefused for anybody but the owner or a site lead, and for a member who cannot open the study.
    """
    _lock(membership.study)
    locked = _locked(membership)
    names = {"name": locked.user.get_username(), "study": locked.study.slug}
    if not owns_study(locked.study, by):
        raise MemberRefused(_("Only its owner hands study %(study)r over; open its page again.") % names)
    if locked.deactivated_at is not None or not locked.user.is_active:
        raise MemberRefused(_("%(name)s does not open study %(study)r now; hand it over to an active member.") % names)
    if locked.role == Membership.Role.OWNER:
        return locked
    locked.study.memberships.filter(role=Membership.Role.OWNER).update(role=Membership.Role.LEAD)
    locked.role = Membership.Role.OWNER
    locked.save(update_fields=["role"])
    _note_unblinded(locked)
    event_append("study.handed_over", locked.study, {"member": locked.pseudonym}, actor=by, study=locked.study_id)
    return locked


@transaction.atomic
def member_deactivate(
    *, membership: Membership, by: User, reason: str, left_out: bool = False, hand_out_again: bool = False
) -> MemberChange:
    """Close the study to a member at once, and give the cases that they have open back to the queue.

    With `left_out` their annotations count in no figure, gold or export; their places in incomplete cases are free for
    others then. With `hand_out_again` so are those in complete cases, whose gold by the rule is withdrawn until others
    have judged them. Called again, it changes the reason and both choices. Raises MemberRefused without a reason, for
    the owner, and for a lead unless they leave themselves or the owner does it.
    """
    words = _checked_reason(reason)
    _lock(membership.study)
    refuse_owner(membership.study, membership.user)
    locked = _locked(membership)
    if locked.role == Membership.Role.LEAD:
        _refuse_unless_owner(locked.study, locked.user, by, steps_down=True)
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
    """Open the study to a deactivated member again: their annotations count, and take their slots. Idempotent.

    Raises MemberRefused for a lead, unless the owner does it.
    """
    _lock(membership.study)
    locked = _locked(membership)
    if locked.deactivated_at is None:
        return MemberChange(locked, 0, 0, 0, 0)
    if locked.role == Membership.Role.LEAD:
        _refuse_unless_owner(locked.study, locked.user, by, steps_down=False)
    locked.deactivated_at, locked.deactivation_reason, locked.left_out = None, "", False
    locked.save(update_fields=["deactivated_at", "deactivation_reason", "left_out"])
    recount = assignments_recount(study=locked.study, annotator=locked.user, left_out=False, slot_reopened=False)
    return _recorded("membership.reactivated", MemberChange(locked, 0, **asdict(recount)), by)


def refuse_owner(study: Study, user: User) -> None:
    """Raise MemberRefused where `user` owns the study. Its row stays locked, so that nobody hands it over meanwhile."""
    _lock(study)
    owner = owner_of(study)
    if owner is not None and owner.user_id == user.pk:
        raise MemberRefused(
            _("%(name)s owns study %(study)r; hand it over to another member first, on the page of that member.")
            % {"name": user.get_username(), "study": study.slug}
        )


def _refuse_unless_owner(study: Study, user: User, by: User | None, *, steps_down: bool) -> None:
    """Raise MemberRefused where somebody but the owner makes `user` a lead or changes one; a lead may step down."""
    if by is None or owns_study(study, by) or (steps_down and by.pk == user.pk):
        return
    owner = owner_of(study)
    raise MemberRefused(
        _("Only its owner makes and changes the leads of study %(study)r; ask %(owner)s.")
        % {"study": study.slug, "owner": owner.user.get_username() if owner else _("a site lead")}
    )


def _refuse_unknown_role(role: str) -> None:
    known = [value for value, _label in ASSIGNABLE_ROLES]
    if role not in known:
        raise StudyRefused(
            _("Role %(role)r is unknown; known roles: %(known)s.") % {"role": role, "known": ", ".join(known)}
        )


def _note_unblinded(membership: Membership) -> None:
    """Store when a member first had a role that reads whose answer is whose."""
    if membership.role != Membership.Role.ANNOTATOR and membership.unblinded_at is None:
        membership.unblinded_at = timezone.now()
        membership.save(update_fields=["unblinded_at"])


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
            "reason": membership.deactivation_reason,
            "left_out": membership.left_out,
            "released": change.released,
            "judged": change.judged,
            "reopened": change.reopened,
            "gold_changed": change.gold_changed,
        },
        actor=by,
        study=membership.study_id,
    )
    return change


_COLOURS = ("amber", "azure", "coral", "indigo", "jade", "ochre", "olive", "pearl", "plum", "russet", "teal", "umber")
