"""Trained routers with their reports."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from annotator.datasets.models import valid_name


class Router(models.Model):
    """One version of a trained router; it never changes.

    `artifact` is the frozen router (`annotator.strategies.text_router`) as JSON, numbers and terms alone; its hash is
    `content_hash`, by which runs name it in their parameters. `training` says on which studies and labels it was
    trained, `report` how it fares on held-out prompts (`annotator.routing.reports`), and `card` both in Markdown.
    """

    class Features(models.TextChoices):
        TFIDF = "tfidf"
        WORDLLAMA = "wordllama"
        MINILM = "minilm"
        FINETUNED = "finetuned"

    class Labels(models.TextChoices):
        VERDICTS = "verdicts"
        GOLD = "gold"

    name = models.CharField(max_length=64, validators=[valid_name])
    version = models.PositiveIntegerField()
    features = models.CharField(max_length=16, choices=Features)
    labels = models.CharField(max_length=16, choices=Labels)
    artifact = models.JSONField()
    content_hash = models.CharField(max_length=96, db_index=True)
    training = models.JSONField()
    report = models.JSONField()
    card = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="routers"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="router_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
