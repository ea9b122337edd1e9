"""Drafts: unsubmitted annotations and unsubmitted decisions, as typed."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from annotator.studies.models.cases import Assignment, Case


class BaseDraft(models.Model):
    """Common fields of drafts. `version` counts the saves from 1, so that no save overwrites one it has not seen."""

    version = models.PositiveIntegerField()
    content = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Draft(BaseDraft):
    """The unsubmitted input of an annotator, kept until the submission is stored."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="draft")

    def __str__(self) -> str:
        return f"draft of {self.assignment_id}, version {self.version}"


class DecisionDraft(BaseDraft):
    """The unsubmitted input of an adjudicator, read by nobody else and kept until their decision is stored.

    `content` has the fields of the decision, and as `base_revision` the newest decision when it was begun.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decision_drafts")
    adjudicator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="decision_drafts")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "adjudicator"], name="decision_draft_once"),
        ]

    def __str__(self) -> str:
        return f"decision draft of {self.case_id}, version {self.version}"
