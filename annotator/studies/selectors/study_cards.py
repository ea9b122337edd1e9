"""The list of a user's studies, with their role, their queue and what waits for them. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from annotator.studies.models import Membership, Study
from annotator.studies.selectors.queue_state import QueueState, queue_state
from annotator.studies.selectors.waiting import OwnWaiting, Waiting, own_waiting_of, waiting_of


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study in a user's list, with their role in it, and what waits for them there.

    `role` is "" and `own` None for a site lead who is no member. `queue` is None for whoever gets no cases in it,
    `waiting` for those who do not decide its cases.
    """

    study: Study
    role: str
    queue: QueueState | None
    own: OwnWaiting | None
    waiting: Waiting | None
    leads: bool

    @property
    def to_do(self) -> bool:
        return bool(self.queue and self.queue.works)


def study_cards(
    user: User, studies: QuerySet[Study], *, decided: QuerySet[Study], led: QuerySet[Study]
) -> Sequence[StudyCard]:
    """Return these studies, each with the role, the queue and the waiting work of `user`.

    `decided` are those whose cases they may decide, `led` those that they lead.
    """
    rows = list(studies.select_related("first_run__dataset", "first_run__language_model"))
    memberships = {row.study_id: row for row in Membership.objects.active().filter(user=user).order_by()}
    own = own_waiting_of(user, [study for study in rows if study.pk in memberships])
    decided_ids = {study.pk for study in decided}
    waiting = waiting_of([study for study in rows if study.pk in decided_ids])
    led_ids = {study.pk for study in led}
    return [
        StudyCard(
            study=study,
            role=memberships[study.pk].role if study.pk in memberships else "",
            queue=_queue(study, user, memberships.get(study.pk)),
            own=own.get(study.pk),
            waiting=waiting.get(study.pk),
            leads=study.pk in led_ids,
        )
        for study in rows
    ]


def _queue(study: Study, user: User, membership: Membership | None) -> QueueState | None:
    if membership is None or membership.role == Membership.Role.READER:
        return None
    if study.blind and (user.is_staff or membership.unblinded_at is not None):
        return None
    return queue_state(study, user)
