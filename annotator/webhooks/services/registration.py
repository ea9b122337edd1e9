"""Registration of webhooks by leads: address, kinds, secret, and whether anything is sent."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.models import Study
from annotator.webhooks.addresses import checked_url
from annotator.webhooks.errors import WebhookError
from annotator.webhooks.kinds import PING, Kind
from annotator.webhooks.messages import ping_message
from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.signatures import digest_of, secret_of

MAX_WEBHOOKS = 20
"""The most webhooks of one study."""


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook with its secret, which is shown once and stored nowhere."""

    webhook: Webhook
    secret: str


def webhook_register(*, study: Study, url: str, kinds: Sequence[str], site: str, user: User) -> NewWebhook:
    """Register an address for the kinds of messages. `site` is the address under which `user` sees Cotrast.

    Raises WebhookError for an address that must not be asked, an unknown kind or none, and beyond MAX_WEBHOOKS.
    """
    chosen = _checked_kinds(kinds)
    checked = checked_url(url)  # waits for the resolver, and therefore in no transaction
    return _store(study=study, url=checked, kinds=chosen, site=site, user=user)


@transaction.atomic
def _store(*, study: Study, url: str, kinds: Sequence[str], site: str, user: User) -> NewWebhook:
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    if Webhook.objects.filter(study=study).count() >= MAX_WEBHOOKS:
        raise WebhookError(
            _("The study has %(n)d webhooks already; remove one that is not needed any more.") % {"n": MAX_WEBHOOKS}
        )
    secret_id = uuid.uuid4()
    secret = secret_of(secret_id)
    webhook = Webhook.objects.create(
        study=study,
        url=url,
        kinds=list(kinds),
        site=site.rstrip("/"),
        secret_id=secret_id,
        secret_digest=digest_of(secret),
        created_by=user,
    )
    _record("webhook.registered", webhook, user)
    return NewWebhook(webhook, secret)


@transaction.atomic
def webhook_remove(*, webhook: Webhook, user: User) -> None:
    """Remove a webhook with its deliveries, also those that wait. Idempotent."""
    # Deliveries first, as everybody who locks both: a process that stores what became of one.
    list(Delivery.objects.select_for_update().filter(webhook=webhook.pk).order_by("pk").values_list("pk", flat=True))
    locked = Webhook.objects.select_for_update().filter(pk=webhook.pk).first()
    if locked is not None:
        _record("webhook.removed", locked, user)
        locked.delete()


@transaction.atomic
def webhook_disable(*, webhook: Webhook, user: User) -> None:
    """Send nothing to the address until it is enabled again. Idempotent."""
    by_hand = {"disabled_at": timezone.now(), "disabled_reason": ""}
    if Webhook.objects.filter(pk=webhook.pk, disabled_at=None).update(**by_hand):
        _record("webhook.disabled", webhook, user)


@transaction.atomic
def webhook_enable(*, webhook: Webhook, user: User) -> None:
    """Send again: first the deliveries that waited when it was disabled. Idempotent."""
    disabled = Webhook.objects.filter(pk=webhook.pk, disabled_at__isnull=False)
    if disabled.update(disabled_at=None, disabled_reason="", failed_in_a_row=0):
        _record("webhook.enabled", webhook, user)


@transaction.atomic
def webhook_renew_secret(*, webhook: Webhook, user: User) -> NewWebhook:
    """Replace the secret; every message from now on is signed with the new one, also those that wait."""
    locked = Webhook.objects.select_for_update().get(pk=webhook.pk)
    locked.secret_id = uuid.uuid4()
    secret = secret_of(locked.secret_id)
    locked.secret_digest = digest_of(secret)
    locked.save(update_fields=["secret_id", "secret_digest"])
    _record("webhook.secret_renewed", locked, user)
    return NewWebhook(locked, secret)


def webhook_ping(*, webhook: Webhook) -> Delivery:
    """Queue a test message, which is signed and tried again as all others."""
    return Delivery.objects.create(webhook=webhook, kind=PING, body=ping_message(webhook, timezone.now()))


def _checked_kinds(kinds: Sequence[str]) -> list[str]:
    for kind in kinds:
        if kind not in Kind.values:
            raise WebhookError(
                _("Kind %(kind)r is unknown; choose some of %(known)s.")
                % {"kind": str(kind)[:80], "known": ", ".join(Kind.values)}
            )
    if not kinds:
        raise WebhookError(_("No kind of message is chosen; choose one or more."))
    return [kind for kind in Kind.values if kind in kinds]


def _record(kind: str, webhook: Webhook, user: User) -> None:
    """Append the event; the address itself may hold a key of the receiver, and stays out of the record."""
    payload = {"study": webhook.study.slug, "host": urlsplit(webhook.url).hostname or ""}
    event_append(kind, webhook, payload, actor=user, study=webhook.study_id)
