"""Counts of the results of finished runs, stored since counting 100,000 generations takes seconds."""

from django.db import models
from django.utils import timezone

from annotator.runs.models.runs import Run


class RunResultCounts(models.Model):
    """The `ResultCounts` of a run that is done, as JSON. A run without a row is counted when it is read.

    They follow from generations and verdicts: `manage.py count_results` counts them anew. Whatever may change either in
    a finished run deletes the row first (`annotator.runs.services.result_counts`).
    """

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="result_counts")
    content = models.JSONField()
    counted_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"result counts of run {self.run_id}"
