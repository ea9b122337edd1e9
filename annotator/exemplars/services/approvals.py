"""Approval and withdrawal of exemplars, and new proofs after a change of the checkers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.canonical import fingerprint
from annotator.constraints import CHECKER_VERSION
from annotator.events.services import event_append
from annotator.exemplars.errors import NotProvedError, RepairError, StaleApprovalError
from annotator.exemplars.models import Candidate, Exemplar, ExemplarProof, Repair
from annotator.exemplars.proof import Proof, prove
from annotator.exemplars.services.candidates import checked_reason, lock_candidate, refuse_rejected


@dataclass(frozen=True, slots=True)
class Reproved:
    """The outcome for one exemplar under the current checkers.

    `failing` has the (position, kind) of each constraint that is violated, or undecided and unticked. `frozen_sets`
    names the frozen prompt sets that contain it: a fallen exemplar stays in those.
    """

    exemplar: Exemplar
    holds: bool
    failing: Sequence[tuple[int, str]]
    frozen_sets: Sequence[str]


@transaction.atomic
def exemplar_approve(*, repair: Repair, user: User, ticked: Collection[int] = (), checker_version: str) -> Exemplar:
    """Approve a stored attempt as the exemplar of its candidate, in the name of `user`.

    `ticked` has the positions of the constraints that no checker decides and that `user` decided one by one;
    `checker_version` is the one whose verdicts they saw. The attempt is proved anew. Raises NotProvedError for anything
    but strict-true verdicts and ticks and for a blank answer, StaleApprovalError if the checkers changed since, and
    RepairError for an unfinished attempt, a rejected candidate and one that has an exemplar.
    """
    _check_person(user)
    _check_seen(repair, checker_version)
    candidate = lock_candidate(repair.candidate_id)
    stored = Repair.objects.get(pk=repair.pk)
    _check_approvable(candidate, stored)
    proof = prove(candidate.case.prompt, stored.answer, stored.reasoning)
    _check_proved(stored, proof, ticked)
    content = {"prompt": candidate.case.prompt.text, "reasoning": stored.reasoning, "answer": stored.answer}
    exemplar = Exemplar.objects.create(
        repair=stored,
        candidate=candidate,
        prompt=candidate.case.prompt,
        reasoning=stored.reasoning,
        answer=stored.answer,
        content_hash=fingerprint("exemplar-1", content),
        ticked=sorted(set(ticked)),
        approved_by=user,
    )
    _proof_store(exemplar, proof, holds=True)
    payload = {"candidate": candidate.pk, "repair": stored.pk, "ticked": exemplar.ticked}
    event_append("exemplar.approved", exemplar, payload, actor=user, study=candidate.case.study_id, publish=True)
    return exemplar


@transaction.atomic
def exemplar_withdraw(*, exemplar: Exemplar, reason: str, user: User) -> Exemplar:
    """Withdraw an exemplar with a reason: no new prompt set takes it, and its candidate can be repaired again."""
    words = checked_reason(reason)
    lock_candidate(exemplar.candidate_id)
    stored = Exemplar.objects.get(pk=exemplar.pk)
    return stored if stored.withdrawn_at is not None else _withdrawn(stored, words, user)


def exemplars_reprove() -> list[Reproved]:
    """Prove every exemplar without a proof by the current checkers, oldest first; withdraw those that fall.

    Each is its own transaction, so that a stopped run loses nothing and can be started again.
    """
    unproved = Exemplar.objects.filter(withdrawn_at=None).exclude(proofs__checker_version=CHECKER_VERSION)
    ids = list(unproved.order_by("pk").values_list("pk", "candidate_id"))
    return [found for pk, candidate_id in ids if (found := _reproved(pk, candidate_id)) is not None]


@transaction.atomic
def _reproved(exemplar_id: int, candidate_id: int) -> Reproved | None:
    """Prove one exemplar anew; None if another process did, or somebody withdrew it meanwhile."""
    lock_candidate(candidate_id)
    exemplar = Exemplar.objects.select_related("prompt").get(pk=exemplar_id)
    known = exemplar.proofs.filter(checker_version=CHECKER_VERSION).exists()
    if known or exemplar.withdrawn_at is not None:
        return None
    proof = prove(exemplar.prompt, exemplar.answer, exemplar.reasoning)
    holds = proof.holds(exemplar.ticked)
    _proof_store(exemplar, proof, holds=holds)
    failing = [] if holds else _failing(proof, exemplar.ticked)
    study = exemplar.candidate.case.study_id
    event_append("exemplar.reproved", exemplar, {"checker_version": CHECKER_VERSION, "holds": holds}, study=study)
    if not holds:
        named = ", ".join(f"{position + 1} ({kind})" for position, kind in failing)
        reason = _("Not proved by checkers %(version)s: constraints %(named)s.")
        _withdrawn(exemplar, (reason % {"version": CHECKER_VERSION, "named": named})[:400], None)
    frozen = exemplar.memberships.filter(prompt_set__frozen_at__isnull=False).select_related("prompt_set")
    return Reproved(exemplar, holds, failing, [str(member.prompt_set) for member in frozen])


def _withdrawn(exemplar: Exemplar, reason: str, user: User | None) -> Exemplar:
    exemplar.withdrawn_by, exemplar.withdrawn_at, exemplar.withdrawn_reason = user, timezone.now(), reason
    exemplar.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
    payload = {"candidate": exemplar.candidate_id, "reason": reason}
    event_append("exemplar.withdrawn", exemplar, payload, actor=user, study=exemplar.candidate.case.study_id)
    return exemplar


def _proof_store(exemplar: Exemplar, proof: Proof, *, holds: bool) -> None:
    ExemplarProof.objects.create(
        exemplar=exemplar, checker_version=proof.checker_version, verdicts=proof.to_json(), holds=holds
    )


def _check_person(user: User) -> None:
    if not (user.is_authenticated and user.is_active):
        raise RepairError(_("An exemplar needs the name of a person who approves it; log in first."))


def _check_seen(repair: Repair, checker_version: str) -> None:
    if checker_version != CHECKER_VERSION:
        raise StaleApprovalError(
            _(
                "The checkers changed since you saw the verdicts (%(seen)s, now %(now)s); "
                "look at the verdicts of repair %(repair)d again, and approve it if they still hold."
            )
            % {"seen": checker_version or "-", "now": CHECKER_VERSION, "repair": repair.pk}
        )


def _check_approvable(candidate: Candidate, repair: Repair) -> None:
    if repair.status != Repair.Status.DONE:
        raise RepairError(
            _("Repair %(repair)d is not done, so that there is nothing to approve; wait for it or take another.")
            % {"repair": repair.pk}
        )
    refuse_rejected(candidate)
    if not repair.answer.strip():
        raise NotProvedError(
            _("Repair %(repair)d has no answer, so that there is nothing to prove; edit it, or take another.")
            % {"repair": repair.pk}
        )
    earlier = Exemplar.objects.filter(repair=repair).first()
    current = Exemplar.objects.filter(candidate=candidate, withdrawn_at=None).first()
    if current is not None:
        raise RepairError(
            _("Candidate %(candidate)d has exemplar %(exemplar)d already; withdraw that to approve another attempt.")
            % {"candidate": candidate.pk, "exemplar": current.pk}
        )
    if earlier is not None:
        raise RepairError(
            _("Repair %(repair)d was exemplar %(exemplar)d, which was withdrawn; submit its text as a new edit.")
            % {"repair": repair.pk, "exemplar": earlier.pk}
        )


def _check_proved(repair: Repair, proof: Proof, ticked: Collection[int]) -> None:
    if set(ticked) - {proved.constraint.position for proved in proof.constraints}:
        raise NotProvedError(
            _("Repair %(repair)d: a tick is on no constraint of its prompt; look at its verdicts, and tick again.")
            % {"repair": repair.pk}
        )
    if decided := sorted(set(ticked) - set(proof.undecided)):
        raise NotProvedError(
            _("Repair %(repair)d: constraints %(named)s cannot be ticked, because a checker decides them.")
            % {"repair": repair.pk, "named": ", ".join(str(position + 1) for position in decided)}
        )
    if proof.holds(ticked):
        return
    failing = _failing(proof, ticked)
    named = ", ".join(f"{position + 1} ({kind})" for position, kind in failing)
    if proof.violated:
        message = _("Repair %(repair)d does not satisfy constraints %(named)s; repair it until every verdict holds.")
    elif failing:
        message = _("Repair %(repair)d: no checker decides constraints %(named)s; read and tick them one by one.")
    else:
        message = _("Repair %(repair)d answers a prompt without constraints, so that nothing proves it; take another.")
    raise NotProvedError(message % {"repair": repair.pk, "named": named})


def _failing(proof: Proof, ticked: Collection[int]) -> list[tuple[int, str]]:
    """The violated constraints; where none is, those that are undecided and unticked."""
    positions = set(proof.violated) or set(proof.undecided) - set(ticked)
    constraints = [proved.constraint for proved in proof.constraints]
    return [(row.position, row.kind) for row in constraints if row.position in positions]
