"""Runs: one dataset, language model, strategy and set of sampling parameters."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotator.datasets.models import Dataset
from annotator.runs.models.language_models import LanguageModel
from annotator.strategies import uses_checkers


class Run(models.Model):
    """Dataset x language model x strategy with parameters x sampling.

    `parameters` is the canonical JSON object of the strategy's parameters. Objects of higher floors, such as exemplars,
    are copied into it as values. `left_out` has the keys of the prompts that got no generation for their known
    defects, in the dataset's order. The fingerprint prevents a second run of the same.

    `repeat_of` is the first of several sampled runs that differ in their seed alone. `source` describes the file of a
    run whose outputs were made elsewhere: its name, hash, format, split rule and terms; it is null for a run of ours.
    The sampling of such a run is unknown, {}.

    `failed` is a run that ended without a single answer; `paused` one whose waiting prompts no worker begins until it
    is resumed. `archived_at` is set while the run is archived: it stands in
    no list and takes no new work. `copy_for` is 0 for the first run of its content; a lead who may not open that one
    gets a run of their own, with the id of their account here, and its generations are reused.

    `budget_usd` and `budget_tokens` limit what the run and its repeats together may use; null is no limit. While it is
    `over_budget` no call is begun for it, neither by itself nor by judges or repairs.
    """

    class Status(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        DONE = "done"
        CANCELLED = "cancelled"
        FAILED = "failed"

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="runs")
    language_model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="runs")
    strategy = models.CharField(max_length=32)
    strategy_version = models.CharField(max_length=32)
    parameters = models.JSONField(default=dict)
    sampling = models.JSONField()
    left_out = models.JSONField(default=list)
    repeat_of = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="repeats")
    source = models.JSONField(null=True)
    fingerprint = models.CharField(max_length=96)
    status = models.CharField(max_length=16, choices=Status, default=Status.RUNNING)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="runs")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True)
    copy_for = models.PositiveBigIntegerField(default=0)
    budget_usd = models.FloatField(null=True)
    budget_tokens = models.BigIntegerField(null=True)
    over_budget = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fingerprint", "language_model", "dataset", "copy_for"], name="run_once"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.dataset}, {self.language_model}, {self.strategy}"

    @property
    def uses_checkers(self) -> bool:
        """Whether its model was shown what the checkers found: an upper bound, never a fair comparison."""
        return uses_checkers(self.strategy)
