"""Access to webhooks and their deliveries, for those who lead the study."""

from annotator.access.objects import Visitor, one_or_404
from annotator.access.studies import study_led_by
from annotator.webhooks.models import Delivery, Webhook


def webhook_for(user: Visitor, slug: str, webhook_id: int) -> Webhook:
    """Return a webhook with its study, for those who lead that."""
    webhooks = Webhook.objects.select_related("study", "created_by")
    return one_or_404(webhooks, pk=webhook_id, study=study_led_by(user, slug).pk)


def delivery_for(user: Visitor, slug: str, webhook_id: int, delivery_id: int) -> Delivery:
    """Return a delivery with its webhook, for those who lead the study."""
    webhook = webhook_for(user, slug, webhook_id)
    return one_or_404(Delivery.objects.select_related("webhook"), pk=delivery_id, webhook=webhook.pk)
