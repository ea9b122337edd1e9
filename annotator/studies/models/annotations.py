"""Annotations of cases, disputes, flags, expected annotations of practice cases, and adjudications."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from annotator.runs.models import Verdict
from annotator.studies.models.cases import Assignment, Case
from annotator.studies.models.codebooks import Codebook, Pattern
from annotator.studies.models.studies import Study


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    """Annotations, with the filters that nearly every reader needs."""

    def counted(self) -> Self:
        """Keep the annotations that count: not those of members who were left out."""
        return self.filter(assignment__left_out=False)

    def newest(self) -> Self:
        """Keep the newest revision of each assignment."""
        later = Annotation.objects.filter(assignment=OuterRef("assignment"), revision__gt=OuterRef("revision"))
        return self.filter(~Exists(later.order_by()))


class Annotation(models.Model):
    """One annotator's submitted annotation of a case. Revisions are appended, never overwritten.

    `effects` has one label for each constraint of the prompt, in order (None where not judged), or nothing at all.
    `spans` are evidence: objects `{"text", "start", "end", "pattern", "quote"}`, where `text` is prompt, first.answer,
    first.reasoning, second.answer or second.reasoning, never a side of the screen, and `pattern` is a slug of the
    codebook or "". `seconds` is the time for which the page was in view and its annotator active, None where the
    browser sent none.

    `verdicts_shown` is the study's setting when it was submitted: a revision after "after_label" was made with the
    verdicts in view, the first one without.
    """

    class Label(models.TextChoices):
        HELPED = "helped"
        HURT = "hurt"
        NO_DIFFERENCE = "no_difference"
        CANT_TELL = "cant_tell"

    class Confidence(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="annotations")
    revision = models.PositiveIntegerField()
    submission_key = models.UUIDField()
    codebook = models.ForeignKey(Codebook, on_delete=models.PROTECT, related_name="annotations")
    label = models.CharField(max_length=16, choices=Label)
    patterns = models.ManyToManyField(Pattern, related_name="annotations")
    other_text = models.CharField(max_length=500, blank=True)
    note = models.TextField(blank=True)
    confidence = models.CharField(max_length=8, choices=Confidence, blank=True)
    effects = models.JSONField(default=list)
    spans = models.JSONField(default=list)
    seconds = models.PositiveIntegerField(null=True)
    verdicts_shown = models.CharField(
        max_length=16, choices=Study.VerdictsShown, default=Study.VerdictsShown.AFTER_BLIND
    )
    submitted_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["assignment", "revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assignment", "revision"], name="annotation_revision_once"),
            models.UniqueConstraint(fields=["assignment", "submission_key"], name="annotation_submission_once"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="annotation_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"annotation {self.pk}, revision {self.revision}"


class Dispute(models.Model):
    """An annotator's statement that a verdict is wrong: open until they revise it away or a person decides the case."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="disputes")
    verdict = models.ForeignKey(Verdict, on_delete=models.PROTECT, related_name="disputes")
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["annotation", "verdict"], name="dispute_once"),
        ]

    def __str__(self) -> str:
        return f"dispute of verdict {self.verdict_id}"


class FlagQuerySet(models.QuerySet["Flag"]):
    """Flags, with the filter of those that wait."""

    def open(self) -> Self:
        """Keep the flags that nobody has settled; not those of members who were left out, who count nowhere."""
        return self.filter(settled_at=None, assignment__left_out=False)


class Flag(models.Model):
    """An annotator's request to discuss a case. It is open until a lead or adjudicator settles or answers it.

    A further message of the annotator opens it again. `read_at` is when the annotator marked the last answer as read.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="flag")
    reason = models.CharField(max_length=500)
    raised_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["assignment"], condition=Q(settled_at=None), name="flag_open")]

    def __str__(self) -> str:
        return f"flag of {self.assignment_id}"


class FlagMessage(models.Model):
    """One message about a flagged case after its reason: an answer, or a further message of its annotator."""

    flag = models.ForeignKey(Flag, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="flag_messages")
    text = models.TextField()
    written_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["flag", "id"]

    def __str__(self) -> str:
        return f"message {self.pk} of {self.flag_id}"


class Practice(models.Model):
    """The expected annotation of a practice case, and the feedback that is shown after annotating it."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="practice")
    label = models.CharField(max_length=16, choices=Annotation.Label)
    patterns = models.ManyToManyField(Pattern, related_name="practices")
    feedback = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"practice on {self.case_id}"


class Adjudication(models.Model):
    """A decision on a case: its gold label, author (None for an automatic one) and reason. The newest one counts.

    Revisions are appended, never overwritten. Where annotators who agreed no longer do, one without a label is appended
    automatically: the case has no gold again.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="adjudications")
    revision = models.PositiveIntegerField()
    label = models.CharField(max_length=16, choices=Annotation.Label)
    patterns = models.ManyToManyField(Pattern, related_name="adjudications")
    other_text = models.CharField(max_length=500, blank=True)
    spans = models.JSONField(default=list)
    reason = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="adjudications"
    )
    decided_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["case", "revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "revision"], name="adjudication_revision_once"),
        ]

    def __str__(self) -> str:
        return f"adjudication of {self.case_id}, revision {self.revision}"
