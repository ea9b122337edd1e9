"""Candidates for repair, the attempts to repair them, and unsubmitted edits."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.claims import Claimable
from annotator.runs.models import Environment, Generation, LanguageModel
from annotator.studies.models import BaseDraft, Case


class Candidate(models.Model):
    """A failing answer of a case that was sent to repair, with the reasons why it was proposed.

    `basis` says whose word the failure is: the gold label, agreed annotations, or the verdicts alone. `reasons` is a
    JSON object, filled when the candidate is made. A rejected candidate stays, with its reason.
    """

    class Basis(models.TextChoices):
        GOLD = "gold"
        AGREED = "agreed"
        VERDICTS = "verdicts"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="candidates")
    generation = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="candidates")
    basis = models.CharField(max_length=16, choices=Basis)
    reasons = models.JSONField(default=dict)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="candidates"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="rejected_candidates"
    )
    rejected_at = models.DateTimeField(null=True)
    rejected_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "generation"], name="candidate_once"),
            models.CheckConstraint(
                condition=Q(rejected_at__isnull=True, rejected_reason="")
                | (Q(rejected_at__isnull=False) & ~Q(rejected_reason="")),
                name="candidate_rejected_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"candidate {self.pk} of case {self.case_id}"


class Repair(Claimable):
    """One attempt to rewrite a candidate's answer so that it satisfies every constraint. Appended, never overwritten.

    A repair by a model waits under a claim like a generation; `request` is shared by all attempts of one request, which
    made `sample` 1..n in each `round` 1..k, and `parent` is the attempt that a later round revises. A mechanical repair
    and one by a person are made done: `author` is the person who asked for it or wrote it.

    `verdicts` are those of `annotator.exemplars.proof`, by constraint. `edit_distance` counts words inserted, deleted
    and substituted since the candidate's answer. `unmentioned` has the positions of the constraints that the reasoning
    does not speak of. `model_calls` are the requests and their completions as JSON.
    """

    class Method(models.TextChoices):
        MODEL = "model"
        MECHANICAL = "mechanical"
        PERSON = "person"

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="repairs")
    method = models.CharField(max_length=16, choices=Method)
    parent = models.ForeignKey("self", null=True, on_delete=models.RESTRICT, related_name="revisions")
    request = models.UUIDField(null=True, db_index=True)
    round = models.PositiveSmallIntegerField(default=1)
    sample = models.PositiveSmallIntegerField(default=1)
    language_model = models.ForeignKey(LanguageModel, null=True, on_delete=models.PROTECT, related_name="repairs")
    sampling = models.JSONField(default=dict)
    parameters = models.JSONField(default=dict)
    prompt_version = models.CharField(max_length=32, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="repairs")
    reasoning = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    verdicts = models.JSONField(default=list)
    satisfied = models.PositiveSmallIntegerField(default=0)
    undecided = models.PositiveSmallIntegerField(default=0)
    edit_distance = models.PositiveIntegerField(null=True)
    unmentioned = models.JSONField(default=list)
    checker_version = models.CharField(max_length=32, blank=True)
    model_calls = models.JSONField(default=list)
    environment = models.ForeignKey(Environment, null=True, on_delete=models.PROTECT, related_name="repairs")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(
                fields=["candidate", "request", "round", "sample"],
                condition=Q(request__isnull=False),
                name="repair_attempt_once",
            ),
            models.CheckConstraint(
                condition=Q(method="model", language_model__isnull=False, request__isnull=False)
                | Q(method="mechanical", language_model__isnull=True, status="done")
                | Q(method="person", language_model__isnull=True, author__isnull=False, status="done"),
                name="repair_names_its_maker",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["language_model", "status", "id"], name="repair_queue")]

    def __str__(self) -> str:
        return f"repair {self.pk} of {self.candidate_id} ({self.method})"

    @property
    def constraint_count(self) -> int:
        """The number of constraints of the prompt, by the stored verdicts."""
        return len(self.verdicts)


class RepairDraft(BaseDraft):
    """The unsubmitted edit of a curator: `content` has `reasoning`, `answer`, and the id of the attempt it began on."""

    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="drafts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="repair_drafts")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["candidate", "author"], name="repair_draft_once")]

    def __str__(self) -> str:
        return f"repair draft of {self.candidate_id}, version {self.version}"
