"""Language models: which weights answer, and the queue of their workers."""

from typing import Any, ClassVar

from django.db import models

from annotator.datasets.models import valid_name


class LanguageModel(models.Model):
    """Backend + name + revision + options that change the text. `slug` is what people type and names the queue.

    `serving` is how it is run: device, batch size, base URL, concurrency. It changes no text and is no part of the
    model's identity, so that it can be changed without generating anything again.
    """

    slug = models.CharField(max_length=64, unique=True, validators=[valid_name])
    backend = models.CharField(max_length=32)
    name = models.CharField(max_length=256)
    revision = models.CharField(max_length=128, blank=True)
    options = models.JSONField(default=dict)
    serving = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def identity(self) -> dict[str, Any]:
        """The parts of a model that decide its text, as fingerprints hash them."""
        return {name: getattr(self, name) for name in ("backend", "name", "revision", "options")}

    @property
    def queue(self) -> str:
        """The queue that a worker for this model consumes."""
        return f"generate.{self.slug}"
