"""Secrets of webhooks and signatures of messages, by the Standard Webhooks specification.

A secret is derived from SECRET_KEY and a random id, and stored nowhere: a copy of the database signs nothing. A new id
makes a new secret. Where SECRET_KEY has changed, every secret has, and the digest in the row says so.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac
from standardwebhooks import Webhook as Signer

from annotator.webhooks.models import Delivery, Webhook

_PURPOSE = "annotator.webhooks.secret"


def secret_of(secret_id: UUID) -> str:
    """Return the secret in the form that the libraries of receivers take: `whsec_` and base64."""
    digest = salted_hmac(_PURPOSE, str(secret_id), algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def digest_of(secret: str) -> str:
    """Return the digest of a secret, by which it is recognised and from which it cannot be computed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_is_unchanged(webhook: Webhook) -> bool:
    """Whether the webhook's secret is still the one that its lead was shown."""
    return constant_time_compare(webhook.secret_digest, digest_of(secret_of(webhook.secret_id)))


def signed_headers(delivery: Delivery, now: datetime) -> Mapping[str, str]:
    """Return the headers of one attempt at `now`; the id is the same in every attempt."""
    message_id = delivery.header_id
    signature = Signer(secret_of(delivery.webhook.secret_id)).sign(message_id, now.astimezone(UTC), delivery.body)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Cotrast-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
