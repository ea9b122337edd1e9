"""Language models: the weights that answer, and the queue of their workers."""

from typing import Any, ClassVar

from django.db import models

from annotator.backends import BACKENDS
from annotator.datasets.models import valid_name


class LanguageModel(models.Model):
    """Backend + name + revision + options that change the text. People type its `slug`, which also names the queue.

    `serving` holds settings that change no text: device, batch size, base URL, concurrency. They are no part of the
    model's identity and can be changed without generating anything again. `terms` has the licence and the terms of
    use of its texts, copied from the catalogue (`annotator.runs.catalogue`) when it was registered; {} if unknown.
    """

    slug = models.CharField(max_length=64, unique=True, validators=[valid_name])
    backend = models.CharField(max_length=32)
    name = models.CharField(max_length=256)
    revision = models.CharField(max_length=128, blank=True)
    options = models.JSONField(default=dict)
    serving = models.JSONField(default=dict)
    terms = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.slug

    def identity(self) -> dict[str, Any]:
        """Return the fields that decide a model's text, as fingerprints hash them."""
        return {name: getattr(self, name) for name in ("backend", "name", "revision", "options")}

    @property
    def offers(self) -> frozenset[str]:
        """Abilities of the backend with these options: names of `annotator.backends.ABILITIES`."""
        return BACKENDS[self.backend].offered(self.options, self.name) if self.backend in BACKENDS else frozenset()

    @property
    def takes_sampling(self) -> bool:
        """Whether it takes a temperature; where not, every request is sampled as its provider likes."""
        return self.backend not in BACKENDS or BACKENDS[self.backend].takes_sampling(self.options, self.name)

    @property
    def queue(self) -> str:
        """The name of the queue that workers for this model consume."""
        return f"generate.{self.slug}"
