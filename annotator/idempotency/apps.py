"""App configuration of idempotency keys."""

from django.apps import AppConfig


class IdempotencyConfig(AppConfig):
    name = "annotator.idempotency"
