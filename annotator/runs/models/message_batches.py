"""Batches of requests at a provider, stored once they are sent: their answers outlive the worker."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from annotator.claims import Claimable
from annotator.runs.models.language_models import LanguageModel


class MessageBatch(Claimable):
    """A batch that a worker sent for a language model, with the `custom_id`s of its requests.

    It is claimed by the worker that waits for it, from the start. Once that worker stops or dies, the next one of the
    model claims it and reads the answers to what it would send, instead of sending it again.
    """

    language_model = models.ForeignKey(LanguageModel, on_delete=models.CASCADE, related_name="message_batches")
    batch_id = models.CharField(max_length=256)
    requests = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(Claimable.Meta):
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(fields=["language_model", "batch_id"], name="message_batch_once"),
        ]

    def __str__(self) -> str:
        return f"batch {self.batch_id} of {self.language_model_id}"
