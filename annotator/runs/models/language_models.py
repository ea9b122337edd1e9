"""Language models: which weights answer, and the queue of their workers."""

from typing import ClassVar

from django.db import models

from annotator.corpus.models import valid_name


class LanguageModel(models.Model):
    """Backend + name + revision + options. `slug` is what people type and what the worker's queue is called after."""

    slug = models.CharField(max_length=64, unique=True, validators=[valid_name])
    backend = models.CharField(max_length=32)
    name = models.CharField(max_length=256)
    revision = models.CharField(max_length=128, blank=True)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def queue(self) -> str:
        """The queue that a worker for this model consumes."""
        return f"generate.{self.slug}"
