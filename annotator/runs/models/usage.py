"""Tokens that model calls used for a run."""

from typing import ClassVar

from django.db import models

from annotator.runs.models.language_models import LanguageModel
from annotator.runs.models.runs import Run


class RunUsage(models.Model):
    """The tokens that one worker's calls to one language model used for a run.

    Calls of generations, of judge replies about them and of repairs of them count, in the transaction that stores them;
    what was reused or loaded from a recording does not. A call that was made again counts twice, since it was paid
    twice, so that the total may exceed the sum of the stored calls. Each worker has rows of its own: workers that
    finish rows of one run do not wait for each other.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="usage", db_index=False)
    language_model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="usage")
    worker = models.CharField(max_length=128, blank=True)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "language_model", "worker"], name="run_usage_once"),
        ]

    def __str__(self) -> str:
        return f"usage of run {self.run_id} by {self.worker}"
