"""Cases, the assignments of annotators to them, and the presence of adjudicators."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.datasets.models import Prompt
from annotator.runs.models import Generation
from annotator.studies.models.studies import Study


class Case(models.Model):
    """One prompt with its two generations. `contrast` is the per-constraint 2x2 behind `outcome`: an effect each.

    `submissions` says how many annotators have submitted, and `complete` that the queue needs nobody more: enough have,
    or the case is for practice. Both are read from the rows anew under the case's row lock with each submission, so
    that the queue never reads past finished cases. `undecided` says that the case waits for an adjudicator, and is
    brought up to date under that lock as well. `queue_rank` is its place in the study's shuffled queue;
    `disagreeing_constraints` counts the constraints on which its two generations do not both obey.
    """

    class Outcome(models.TextChoices):
        HELPED = "helped"
        HURT = "hurt"
        TIE = "tie"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="cases")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="cases")
    first = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="cases_as_first")
    second = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="cases_as_second")
    outcome = models.CharField(max_length=8, choices=Outcome)
    contrast = models.JSONField(default=list)
    disagreeing_constraints = models.PositiveSmallIntegerField(default=0)
    queue_rank = models.BigIntegerField()
    submissions = models.PositiveSmallIntegerField(default=0)
    complete = models.BooleanField(default=False)
    undecided = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["study", "queue_rank"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["study", "prompt"], name="case_once")]
        # The queue's are of incomplete cases alone: what is finished costs it nothing. (SQLite would use no index whose
        # second column is `complete`, because "NOT complete" is not an equality to it.)
        indexes: ClassVar = [
            models.Index(fields=["study", "queue_rank", "id"], condition=Q(complete=False), name="case_queue"),
            models.Index(
                fields=["study", "-disagreeing_constraints", "queue_rank", "id"],
                condition=Q(complete=False),
                name="case_hardest",
            ),
            models.Index(
                fields=["study", "submissions", "queue_rank", "id"], condition=Q(complete=False), name="case_agreement"
            ),
            models.Index(fields=["study", "id"], name="case_list"),
            models.Index(fields=["study", "id"], condition=Q(undecided=True), name="case_undecided"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} of {self.study_id}"

    @property
    def is_practice(self) -> bool:
        """Whether the case is for practice; one that is not complete cannot be, and is not asked."""
        return self.complete and hasattr(self, "practice")


class Assignment(models.Model):
    """Annotator x case, with side order and a lease. `second_is_left` is drawn once and never changes.

    `prefetched` is kept for somebody who still works on another case: nobody has seen it yet, and it is given to others
    rather than that they go home with nothing to do.

    `blind_choice` is what the annotator said before the sides were named; it can be given once. `verdicts_shown` is the
    study's setting at that moment, "" before it; `blind` whether the page could show both answers alike then
    (`studies.blind_text`), None before it.
    """

    class Status(models.TextChoices):
        PREFETCHED = "prefetched"
        HELD = "held"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"

    class Side(models.TextChoices):
        LEFT = "left"
        SAME = "same"
        RIGHT = "right"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    status = models.CharField(max_length=16, choices=Status, default=Status.HELD)
    lease_until = models.DateTimeField()
    second_is_left = models.BooleanField()
    blind_choice = models.CharField(max_length=8, choices=Side, blank=True)
    revealed_at = models.DateTimeField(null=True)
    verdicts_shown = models.CharField(max_length=16, choices=Study.VerdictsShown, blank=True)
    blind = models.BooleanField(null=True)
    skip_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "annotator"], name="assignment_once"),
            models.CheckConstraint(
                condition=Q(blind_choice="", revealed_at__isnull=True)
                | (~Q(blind_choice="") & Q(revealed_at__isnull=False)),
                name="assignment_revealed_by_choice",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["annotator", "status", "-touched_at"], name="assignment_mine"),
            models.Index(fields=["annotator", "-id"], name="assignment_latest"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk} of case {self.case_id}"


class AdjudicatorPresence(models.Model):
    """An adjudicator has a case open to decide it. It locks nothing: others are warned, and get other cases first.

    Deleted when they decide or leave the page; else it expires at `open_until`, which their page renews.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="presences")
    adjudicator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presences")
    opened_at = models.DateTimeField()
    open_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "adjudicator"], name="presence_once")]

    def __str__(self) -> str:
        return f"presence at {self.case_id} until {self.open_until}"
