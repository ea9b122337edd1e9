"""Deliveries made from the outbox of events, in one transaction with the removal of its entries."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from django.db import transaction

from annotator.events.models import Event, OutboxEntry
from annotator.events.services import event_append
from annotator.studies.models import Study
from annotator.webhooks.kinds import Kind, kinds_of
from annotator.webhooks.messages import message
from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.selectors.subjects import completed_cases, studies_of_events

_ENTRIES_AT_ONCE = 500


def outbox_empty() -> int:
    """Make the deliveries of the events in the outbox, up to 500; return how many events it took.

    Several processes share the entries. One that dies before its transaction ends leaves them all.
    """
    if not OutboxEntry.objects.exists():  # on SQLite, a transaction would take the only write lock each second
        return 0
    with transaction.atomic():
        entries = list(OutboxEntry.objects.select_for_update(skip_locked=True).order_by("pk")[:_ENTRIES_AT_ONCE])
        events = list(Event.objects.filter(pk__in=[entry.pk for entry in entries]).order_by("pk"))
        studies = studies_of_events(events)
        webhooks = _locked_webhooks({study for of_event in studies.values() for study in of_event})
        Delivery.objects.bulk_create(_deliveries(events, studies, webhooks), ignore_conflicts=True)
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
        for study_id, rows in webhooks.items():
            _complete(study_id, rows)
    return len(entries)


def _locked_webhooks(study_ids: Collection[int]) -> Mapping[int, Sequence[Webhook]]:
    """Lock the studies that have webhooks, then those that are enabled, so that none is removed; study id -> these."""
    with_webhooks = Webhook.objects.filter(study__in=study_ids).order_by().values("study")
    studies = Study.objects.select_for_update(no_key=True).filter(pk__in=with_webhooks).order_by("pk")
    found: dict[int, list[Webhook]] = {study.pk: [] for study in studies}
    enabled = Webhook.objects.select_for_update(no_key=True, of=("self",)).filter(study__in=found, disabled_at=None)
    for webhook in enabled.select_related("study").order_by("pk"):
        found[webhook.study_id].append(webhook)
    return found


def _deliveries(
    events: Sequence[Event], studies: Mapping[int, Collection[int]], webhooks: Mapping[int, Sequence[Webhook]]
) -> Iterator[Delivery]:
    for event in events:
        kinds = kinds_of(event.kind, event.payload)
        for webhook in (row for study in studies[event.pk] for row in webhooks.get(study, ())):
            if webhook.created_at > event.created_at:
                continue
            for kind in kinds:
                if kind in webhook.kinds:
                    yield Delivery(webhook=webhook, event=event, kind=kind, body=message(kind, event, webhook))


def _complete(study_id: int, webhooks: Sequence[Webhook]) -> None:
    """Append that the study is complete, once for each number of cases with which it is. Its row is locked.

    The last two cases may be labelled in two transactions that do not see each other; whoever reads the outbox sees
    both.
    """
    if not any(Kind.STUDY_COMPLETED in webhook.kinds for webhook in webhooks):
        return
    study = Study.objects.get(pk=study_id)
    cases = completed_cases(study)
    earlier = Event.objects.filter(kind=Kind.STUDY_COMPLETED, subject=f"studies.study:{study_id}").last()
    if cases and (earlier is None or earlier.payload["cases"] != cases):
        payload = {"study": study.slug, "cases": cases}
        event_append(Kind.STUDY_COMPLETED, study, payload, study=study_id, publish=True)
