"""Adjudicators' presence on cases, and their next undecided case. A presence locks nothing.

Requests for the next case are serialized per study: two adjudicators at once get two cases where two wait.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence, Case, Study
from annotator.studies.selectors.adjudication_queue import next_undecided
from annotator.studies.services.slots import lease_end


@transaction.atomic
def undecided_case_next(*, study: Study, adjudicator: User, after: Case | None = None) -> Case | None:
    """Return the next undecided case after `after`, one that nobody else has open if there is one, and open it.

    The presence at `after` ends. None if no other case is undecided.
    """
    # Under READ COMMITTED only a statement after this lock was granted sees the presence that the one before has begun.
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if after is not None:
        presence_end(case=after, adjudicator=adjudicator)
    case = next_undecided(study, reader=adjudicator, after=after)
    if case is not None:
        presence_renew(case=case, adjudicator=adjudicator)
    return case


@transaction.atomic
def presence_renew(*, case: Case, adjudicator: User) -> None:
    """Renew the presence of an open page, or begin one where there is none or it has expired."""
    now, until = timezone.now(), lease_end()
    mine = AdjudicatorPresence.objects.filter(case=case, adjudicator=adjudicator)
    if not mine.filter(open_until__gt=now).update(open_until=until):
        # One statement: `update_or_create` fails where another tab of the same person ends the presence between its
        # insertion, which meets the row, and its second reading, which does not.
        AdjudicatorPresence.objects.bulk_create(
            [AdjudicatorPresence(case=case, adjudicator=adjudicator, opened_at=now, open_until=until)],
            update_conflicts=True,
            unique_fields=["case", "adjudicator"],
            update_fields=["opened_at", "open_until"],
        )


def presence_end(*, case: Case, adjudicator: User) -> None:
    """End the presence: the adjudicator decided, or left the page. Idempotent."""
    AdjudicatorPresence.objects.filter(case=case, adjudicator=adjudicator).delete()
