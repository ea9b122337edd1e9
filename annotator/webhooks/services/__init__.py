"""Changes of webhooks and their deliveries."""

from annotator.webhooks.services.registration import (
    NewWebhook,
    webhook_disable,
    webhook_enable,
    webhook_ping,
    webhook_register,
    webhook_remove,
    webhook_renew_secret,
)
from annotator.webhooks.services.retries import delivery_repeat

__all__ = [
    "NewWebhook",
    "delivery_repeat",
    "webhook_disable",
    "webhook_enable",
    "webhook_ping",
    "webhook_register",
    "webhook_remove",
    "webhook_renew_secret",
]
