"""Who has which case open to decide it, and which case is next for whom. An opening keeps nobody out.

Asking for the next case is serial in a study: two adjudicators who ask at once are given two cases where two wait.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence, Case, Study
from annotator.studies.selectors.adjudication_queue import next_undecided
from annotator.studies.services.leases import lease_end


@transaction.atomic
def undecided_case_next(*, study: Study, adjudicator: User, after: Case | None = None) -> Case | None:
    """Open the case to decide now: behind `after`, which is left, and open with nobody else if there is such a one.

    None when no other case waits.
    """
    # Under READ COMMITTED only a statement after this lock was granted sees what the one before has opened.
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if after is not None:
        presence_end(case=after, adjudicator=adjudicator)
    case = next_undecided(study, reader=adjudicator, after=after)
    if case is not None:
        presence_renew(case=case, adjudicator=adjudicator)
    return case


@transaction.atomic
def presence_renew(*, case: Case, adjudicator: User) -> None:
    """The heartbeat of an open page; the first one opens the case. An opening that has ended begins anew."""
    now, until = timezone.now(), lease_end()
    mine = AdjudicatorPresence.objects.filter(case=case, adjudicator=adjudicator)
    if not mine.filter(open_until__gt=now).update(open_until=until):
        begun = {"opened_at": now, "open_until": until}
        AdjudicatorPresence.objects.update_or_create(case=case, adjudicator=adjudicator, defaults=begun)


def presence_end(*, case: Case, adjudicator: User) -> None:
    """They decided, or left. Ending it twice is ending it once."""
    AdjudicatorPresence.objects.filter(case=case, adjudicator=adjudicator).delete()
