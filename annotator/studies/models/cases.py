"""Cases, the assignments of annotators to them, and the presence of adjudicators."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.datasets.models import Prompt
from annotator.runs.models import Generation
from annotator.studies.models.studies import Study


def held_now() -> Q:
    """Assignments that are open to their annotator now. One that was given back is held too, with an ended lease."""
    return Q(status="held", lease_until__gt=timezone.now())


def counted_cases(path: str = "") -> Q:
    """Cases that count in figures, gold and releases: neither practice nor hidden checks.

    `path` leads to the case: "assignment__case__".
    """
    return Q(**{f"{path}practice__isnull": True, f"{path}known_label": ""})


class Case(models.Model):
    """One prompt with its two generations. `contrast` is the list of effects, one a constraint, behind `outcome`.

    The outcome is `no_answer`, and every effect unverifiable, where an answer is empty or was cut off, unless the study
    judges those too.

    `known_label` is the known answer of a hidden check case, "" for every other case; `known_choice` is the answer that
    obeys better there, "" where the lead did not say. The queue mixes checks in beside the overlap; no annotator learns
    which cases they are. What annotators say about one is compared with the known answer, and never changed by it.

    `submissions` counts the annotators whose annotations count; `complete` means that no further annotator is needed:
    enough have submitted, or the case is for practice or a check. Both are read from the rows anew under the case's row
    lock with each submission, so that the queue never reads past finished cases. `undecided` means that the case waits
    for an adjudicator; it is updated under that lock too. `queue_rank` is the case's place in the study's shuffled
    queue; `disagreeing_constraints` counts the constraints that its two generations do not both obey.
    """

    class Outcome(models.TextChoices):
        HELPED = "helped"
        HURT = "hurt"
        TIE = "tie"
        NO_ANSWER = "no_answer"

    class Better(models.TextChoices):
        """The answer that obeys better."""

        FIRST = "first"
        SAME = "same"
        SECOND = "second"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="cases")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="cases")
    first = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="cases_as_first")
    second = models.ForeignKey(Generation, on_delete=models.PROTECT, related_name="cases_as_second")
    outcome = models.CharField(max_length=16, choices=Outcome)
    contrast = models.JSONField(default=list)
    disagreeing_constraints = models.PositiveSmallIntegerField(default=0)
    queue_rank = models.BigIntegerField()
    submissions = models.PositiveSmallIntegerField(default=0)
    complete = models.BooleanField(default=False)
    undecided = models.BooleanField(default=False)
    known_label = models.CharField(max_length=16, blank=True, default="")
    known_choice = models.CharField(max_length=8, choices=Better, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["study", "queue_rank"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "prompt"], name="case_once"),
            models.CheckConstraint(
                condition=Q(known_label="", known_choice="") | (~Q(known_label="") & Q(complete=True)),
                name="case_check_beside_the_queue",
            ),
        ]
        # The queue's indexes hold incomplete cases alone: finished ones cost it nothing. (SQLite would use no index
        # whose second column is `complete`, because "NOT complete" is not an equality to it.)
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
            models.Index(fields=["study", "id"], condition=~Q(known_label=""), name="case_checks"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} of {self.study_id}"

    @property
    def is_practice(self) -> bool:
        """Whether the case is for practice. An incomplete one or a check cannot be, which spares the query."""
        return self.complete and not self.known_label and hasattr(self, "practice")

    @property
    def is_check(self) -> bool:
        """Whether the case is a hidden check. No screen of an annotator may depend on it."""
        return self.known_label != ""

    @property
    def is_counted(self) -> bool:
        """Whether the case takes part in overlap, gold and figures: neither practice nor a hidden check."""
        return not self.is_check and not self.is_practice


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments, with the filters that several figures share."""

    def skipped(self) -> Self:
        """Keep the skips that stand; not those of members who were left out, who count nowhere."""
        return self.filter(status=Assignment.Status.SKIPPED, left_out=False)


class Assignment(models.Model):
    """Annotator x case, with side order and a lease. `second_is_left` is drawn once and never changes.

    A `prefetched` assignment is reserved for an annotator who still works on another case. Nobody has seen it yet, and
    it is deleted when another annotator would otherwise have no case left.

    `blind_choice` is the answer that the annotator preferred before the sides were named. It never changes.
    `verdicts_shown` is the study's setting at that moment, "" before it; `blind` is whether the page could show both
    answers alike then (`studies.blind_text`), None before it.

    `skipped_at` and `skip_reason` are those of the last skip; they stay when it is taken back or the case handed out
    again.
    `left_out` repeats the annotator's `Membership.left_out`, so that no reader of annotations joins memberships.
    `slot_reopened` means that a submitted one takes no slot any more: the case was handed out again.
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
    skipped_at = models.DateTimeField(null=True)
    left_out = models.BooleanField(default=False)
    slot_reopened = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)

    objects = AssignmentQuerySet.as_manager()

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
            models.Index(fields=["case"], condition=Q(status="skipped"), name="assignment_skipped"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk} of case {self.case_id}"


class AdjudicatorPresence(models.Model):
    """An adjudicator's open page of a case. It locks nothing: others see a notice, and get other cases first.

    It is deleted when the adjudicator decides or leaves the page; else it expires at `open_until`, which the page
    renews.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="presences")
    adjudicator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="presences")
    opened_at = models.DateTimeField()
    open_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "adjudicator"], name="presence_once")]

    def __str__(self) -> str:
        return f"presence at {self.case_id} until {self.open_until}"
