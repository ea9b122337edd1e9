"""Verdicts of checkers, one for each generation, constraint and scope."""

from typing import ClassVar

from django.db import models

from annotator.datasets.models import Constraint
from annotator.runs.models.generations import Generation


class Verdict(models.Model):
    """A checker's decision for (generation, constraint, scope), with its evidence; null is unverifiable."""

    class Scope(models.TextChoices):
        ANSWER = "answer"
        COMPLETION = "completion"
        REASONING = "reasoning"

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="verdicts", db_index=False)
    constraint = models.ForeignKey(Constraint, on_delete=models.PROTECT, related_name="verdicts")
    scope = models.CharField(max_length=16, choices=Scope)
    strict = models.BooleanField(null=True)
    loose = models.BooleanField(null=True)
    evidence = models.JSONField(default=dict)
    checker_version = models.CharField(max_length=32)

    class Meta:
        ordering: ClassVar = ["generation", "constraint__position", "scope"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["generation", "constraint", "scope"], name="verdict_once"),
        ]

    def __str__(self) -> str:
        return f"verdict on {self.constraint_id} by {self.generation_id} ({self.scope})"
