"""Replies of judge models to scoring questions, which decide the verdicts that no checker can."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.claims import Claimable
from annotator.datasets.models import Constraint
from annotator.runs.models.environments import Environment
from annotator.runs.models.generations import Generation
from annotator.runs.models.language_models import LanguageModel
from annotator.runs.models.verdicts import Verdict


class JudgeReply(Claimable):
    """A judge model's reply to one scoring question about one generation; the verdict of that question follows it.

    `judge` is null where the reply was imported; `judge_name` then names its author. A judge answers a question that
    has no rule; for one that has, an extractor names the `segments` to which the rule is applied. `raw` is the whole
    reply, `truncated` whether it reached the token limit, and `mark` the result read from it.
    `probability` is that of yes, where the reply was read from the probabilities of the two labels.
    """

    CONTENT: ClassVar = ("raw", "truncated", "probability", "mark", "segments", "evidence")
    """The fields that a finished reply fills in."""

    class Role(models.TextChoices):
        JUDGE = "judge"
        EXTRACTOR = "extractor"

    class Mark(models.TextChoices):
        OBEYED = "obeyed"
        VIOLATED = "violated"
        UNKNOWN_VERB = "unknown_verb"
        UNPARSED = "unparsed"

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="judge_replies", db_index=False)
    constraint = models.ForeignKey(Constraint, on_delete=models.PROTECT, related_name="judge_replies")
    scope = models.CharField(max_length=16, choices=Verdict.Scope)
    judge = models.ForeignKey(LanguageModel, null=True, on_delete=models.PROTECT, related_name="judge_replies")
    judge_name = models.CharField(max_length=128)
    prompt_version = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    role = models.CharField(max_length=16, choices=Role)
    raw = models.TextField(blank=True)
    truncated = models.BooleanField(default=False)
    segments = models.JSONField(null=True)
    probability = models.FloatField(null=True)
    mark = models.CharField(max_length=16, choices=Mark, blank=True)
    evidence = models.JSONField(default=dict)
    environment = models.ForeignKey(Environment, null=True, on_delete=models.PROTECT, related_name="judge_replies")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["generation", "constraint__position", "scope"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(
                fields=["generation", "constraint", "scope", "judge_name", "prompt_version"], name="judge_reply_once"
            ),
            models.CheckConstraint(
                condition=Q(status="done") & ~Q(mark="") | ~Q(status="done") & Q(mark=""),
                name="judge_reply_done_is_marked",
            ),
            models.CheckConstraint(
                condition=Q(judge__isnull=False) | Q(status="done"), name="judge_reply_has_judge_until_done"
            ),
            models.CheckConstraint(condition=~Q(judge_name=""), name="judge_reply_names_its_judge"),
        ]
        indexes: ClassVar = [models.Index(fields=["judge", "status", "id"], name="judge_reply_queue")]

    def __str__(self) -> str:
        return f"judge reply {self.pk} of {self.generation_id} by {self.judge_name}"

    @property
    def text(self) -> str:
        """Return the judged text, by scope: answer, completion or reasoning."""
        return str(getattr(self.generation, self.scope))
