"""Errors of webhooks; each message is a sentence for people."""


class WebhookError(ValueError):
    """Raised for a webhook that cannot be registered or changed."""
