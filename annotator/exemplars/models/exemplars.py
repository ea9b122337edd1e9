"""Exemplars: approved demonstrations, and their proofs by checker version."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.datasets.models import Prompt
from annotator.exemplars.models.repairs import Candidate, Repair


class Exemplar(models.Model):
    """An approved demonstration: its prompt, reasoning and answer never change, nor the person who approved it.

    `ticked` has the positions of the constraints that no checker decides and that this person decided one by one.
    `content_hash` is the tagged hash of prompt, reasoning and answer. One that a newer checker version no longer
    proves, or that a curator withdraws, stays, with `withdrawn_reason`; a candidate has at most one not withdrawn.
    """

    repair = models.OneToOneField(Repair, on_delete=models.PROTECT, related_name="exemplar")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="exemplars")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="exemplars")
    reasoning = models.TextField(blank=True)
    answer = models.TextField()
    content_hash = models.CharField(max_length=96, db_index=True)
    ticked = models.JSONField(default=list)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="exemplars")
    approved_at = models.DateTimeField(default=timezone.now, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="withdrawn_exemplars"
    )
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["candidate"], condition=Q(withdrawn_at__isnull=True), name="exemplar_once_a_candidate"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
                name="exemplar_withdrawn_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"exemplar {self.pk} of {self.prompt_id}"


class ExemplarProof(models.Model):
    """The verdicts on an exemplar by one checker version; `holds` is whether they, with the ticks, prove it."""

    exemplar = models.ForeignKey(Exemplar, on_delete=models.CASCADE, related_name="proofs")
    checker_version = models.CharField(max_length=32)
    verdicts = models.JSONField()
    holds = models.BooleanField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["exemplar", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exemplar", "checker_version"], name="exemplar_proof_once"),
        ]

    def __str__(self) -> str:
        return f"proof of exemplar {self.exemplar_id} by {self.checker_version}"
