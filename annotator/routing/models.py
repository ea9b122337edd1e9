"""Trained routers with their reports, and the trainings that were requested on a page or over REST."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.claims import Claimable
from annotator.datasets.models import valid_name
from annotator.studies.models import Study


class Router(models.Model):
    """One version of a trained router; it never changes.

    `artifact` is the frozen router (`annotator.strategies.text_router`) as JSON, numbers and terms alone; its hash is
    `content_hash`, by which runs name it in their parameters. `training` says on which studies and labels it was
    trained, `report` how it fares on held-out prompts (`annotator.routing.reports`), and `card` both in Markdown.
    """

    class Features(models.TextChoices):
        TFIDF = "tfidf"
        WORDLLAMA = "wordllama"
        MINILM = "minilm"
        FINETUNED = "finetuned"

    class Labels(models.TextChoices):
        VERDICTS = "verdicts"
        GOLD = "gold"

    name = models.CharField(max_length=64, validators=[valid_name])
    version = models.PositiveIntegerField()
    features = models.CharField(max_length=16, choices=Features)
    labels = models.CharField(max_length=16, choices=Labels)
    artifact = models.JSONField()
    content_hash = models.CharField(max_length=96, db_index=True)
    training = models.JSONField()
    report = models.JSONField()
    card = models.TextField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="routers"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="router_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Training(Claimable):
    """One requested training of a router on a study, and how far it is.

    `step` is what is at work (`annotator.routing.progress`), `trained` how many models of `expected` there are so far.
    A training that is done has its router. One whose study was deleted has failed, and has no study.
    """

    class Features(models.TextChoices):
        TFIDF = "tfidf"
        WORDLLAMA = "wordllama"
        MINILM = "minilm"

    class Ties(models.TextChoices):
        NO = "no"
        LEFT_OUT = "left_out"

    class Calibration(models.TextChoices):
        PLATT = "platt"
        ISOTONIC = "isotonic"

    study = models.ForeignKey(Study, null=True, on_delete=models.SET_NULL, related_name="trainings")
    name = models.CharField(max_length=64, validators=[valid_name])
    labels = models.CharField(max_length=16, choices=Router.Labels, default=Router.Labels.VERDICTS)
    features = models.CharField(max_length=16, choices=Features, default=Features.TFIDF)
    ties = models.CharField(max_length=16, choices=Ties, default=Ties.NO)
    calibration = models.CharField(max_length=16, choices=Calibration, default=Calibration.PLATT)
    step = models.CharField(max_length=16, blank=True)
    trained = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(default=0)
    router = models.OneToOneField(Router, null=True, on_delete=models.CASCADE, related_name="requested_training")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="trainings"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status="done", router__isnull=False) | (~Q(status="done") & Q(router__isnull=True)),
                name="training_done_has_router",
            ),
            models.UniqueConstraint(
                fields=["study", "name", "labels", "features", "ties", "calibration"],
                condition=Q(status__in=["queued", "claimed"]),
                name="training_waits_once",
            ),
        ]

    def __str__(self) -> str:
        return f"training {self.pk} of {self.name}"
