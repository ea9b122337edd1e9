"""Webhooks of tests, as rows: their address is not checked, as it is when a lead registers it."""

from collections.abc import Sequence
from uuid import uuid4

from annotator.studies.models import Study
from annotator.webhooks.kinds import Kind
from annotator.webhooks.models import Webhook
from annotator.webhooks.signatures import digest_of, secret_of


def make_webhook(study: Study, url: str = "https://example.org/hook", kinds: Sequence[str] = Kind.values) -> Webhook:
    """Create a webhook of `kinds`, by default of all."""
    secret_id = uuid4()
    return Webhook.objects.create(
        study=study,
        url=url,
        kinds=list(kinds),
        site="https://cotrast.example",
        secret_id=secret_id,
        secret_digest=digest_of(secret_of(secret_id)),
    )
