"""Attention traces: the attention of recorded answers to the constraints of their prompts."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from annotator.claims import Claimable
from annotator.runs.models.environments import Environment
from annotator.runs.models.generations import Generation
from annotator.runs.models.language_models import LanguageModel


class AttentionTrace(Claimable):
    """The constraint attention of one generation, read by `language_model` in one pass over its recorded texts.

    `recorded` is the answer as it is, `filler` with full stops in place of its reasoning. A `boost` is no reading: the
    answer is written anew while `bias` is added to the attention scores of the constraints (with 0 it is decoded in the
    same way without a boost), and the summary has that answer with its verdicts.

    `spans` are those of the constraints when the trace was requested, as [start, end] or null. `file_hash` names the
    arrays (`annotator.runs.attention_files`), "" for a boost; `summary` has the means over the answer, by layer.
    """

    class Treatment(models.TextChoices):
        RECORDED = "recorded"
        FILLER = "filler"
        BOOST = "boost"

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="attention_traces")
    language_model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="attention_traces")
    treatment = models.CharField(max_length=16, choices=Treatment, default=Treatment.RECORDED)
    bias = models.FloatField(default=0.0)
    spans = models.JSONField(default=list)
    file_hash = models.CharField(max_length=96, blank=True, db_index=True)
    summary = models.JSONField(default=dict)
    environment = models.ForeignKey(Environment, null=True, on_delete=models.PROTECT, related_name="attention_traces")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(
                fields=["generation", "language_model", "treatment", "bias"], name="attention_trace_once"
            ),
            models.CheckConstraint(
                condition=Q(treatment="boost", file_hash="") | ~Q(treatment="boost") & Q(bias=0),
                name="attention_trace_boost_has_no_file",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(treatment="boost") | ~Q(file_hash=""),
                name="attention_trace_done_has_file",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["language_model", "status", "id"], name="attention_trace_queue")]

    def __str__(self) -> str:
        return f"attention trace {self.pk} of {self.generation_id} ({self.treatment})"
