"""Language models, runs, generations, verdicts, judgements and the workers that make them. Knows no studies."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotator.claims import Claimable
from annotator.corpus.models import Constraint, Dataset, Prompt, valid_name


class LanguageModel(models.Model):
    """Backend + name + revision + options. `slug` is what people type and what the worker's queue is called after."""

    slug = models.CharField(max_length=64, unique=True, validators=[valid_name])
    backend = models.CharField(max_length=32)
    name = models.CharField(max_length=256)
    revision = models.CharField(max_length=128, blank=True)
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def queue(self) -> str:
        """The queue that a worker for this model consumes."""
        return f"generate.{self.slug}"


class Run(models.Model):
    """Dataset x language model x strategy x sampling parameters. Its fingerprint makes starting it twice a no-op."""

    class Status(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="runs")
    language_model = models.ForeignKey(LanguageModel, on_delete=models.PROTECT, related_name="runs")
    strategy = models.CharField(max_length=32)
    strategy_version = models.CharField(max_length=32)
    sampling = models.JSONField()
    fingerprint = models.CharField(max_length=96, unique=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.RUNNING)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="runs")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"run {self.pk}: {self.dataset}, {self.language_model}, {self.strategy}"


class Generation(Claimable):
    """The record of one prompt in one run: every model call of it, tokens, time and status."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="generations")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="generations")
    position = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=96, unique=True)
    completion = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    answer = models.TextField(blank=True)
    split_status = models.CharField(max_length=32, blank=True)
    finish_reason = models.CharField(max_length=16, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    answer_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    latency_s = models.FloatField(default=0)
    calls = models.JSONField(default=list)
    made_with = models.JSONField(default=dict)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["run", "position"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(fields=["run", "prompt"], name="generation_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["run", "status", "position"], name="generation_queue")]

    def __str__(self) -> str:
        return f"generation {self.pk} of {self.run_id}"


class Verdict(models.Model):
    """A checker's decision for (generation, constraint, scope), with its evidence. null means unverifiable."""

    class Scope(models.TextChoices):
        ANSWER = "answer"
        COMPLETION = "completion"

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="verdicts")
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


class Judgement(Claimable):
    """What a language model said of one scoring question about one generation: a verdict needs it, or its import.

    `judge` is empty where the judgement was made elsewhere; `judge_name` then says by whom. A judge answers a question
    without a rule; with one it is the extractor that names the `segments` the rule is decided on. `raw` is the whole
    reply, `truncated` says that it hit the token limit, and `mark` is what was read from it.
    """

    class Role(models.TextChoices):
        JUDGE = "judge"
        EXTRACTOR = "extractor"

    class Mark(models.TextChoices):
        OBEYED = "obeyed"
        VIOLATED = "violated"
        UNKNOWN_VERB = "unknown_verb"
        UNPARSED = "unparsed"

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="judgements")
    constraint = models.ForeignKey(Constraint, on_delete=models.PROTECT, related_name="judgements")
    scope = models.CharField(max_length=16, choices=Verdict.Scope)
    judge = models.ForeignKey(LanguageModel, null=True, on_delete=models.PROTECT, related_name="judgements")
    judge_name = models.CharField(max_length=128)
    prompt_version = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    role = models.CharField(max_length=16, choices=Role)
    raw = models.TextField(blank=True)
    truncated = models.BooleanField(default=False)
    segments = models.JSONField(null=True)
    mark = models.CharField(max_length=16, choices=Mark, blank=True)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["generation", "constraint__position", "scope"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(
                fields=["generation", "constraint", "scope", "judge_name", "prompt_version"], name="judgement_once"
            ),
            models.CheckConstraint(
                condition=Q(status="done") & ~Q(mark="") | ~Q(status="done") & Q(mark=""),
                name="judgement_done_is_marked",
            ),
            models.CheckConstraint(
                condition=Q(judge__isnull=False) | Q(status="done"), name="judgement_waits_for_somebody"
            ),
            models.CheckConstraint(condition=~Q(judge_name=""), name="judgement_names_its_judge"),
        ]
        indexes: ClassVar = [models.Index(fields=["judge", "status", "id"], name="judgement_queue")]

    def __str__(self) -> str:
        return f"judgement {self.pk} of {self.generation_id} by {self.judge_name}"

    @property
    def text(self) -> str:
        """What is judged: the answer, or the whole completion."""
        return self.generation.answer if self.scope == Verdict.Scope.ANSWER else self.generation.completion


class Worker(models.Model):
    """A worker process that listens to a queue; `last_seen` is its heartbeat.

    `host`, `pid` and `started` let another process of the same host see that this one is dead. `error` is why it
    cannot work at present, `failures` how often in a row, `paused_until` when it tries again.
    """

    class Stage(models.TextChoices):
        LOADING = "loading"
        WORKING = "working"

    name = models.CharField(max_length=128)
    queue = models.CharField(max_length=128)
    host = models.CharField(max_length=256, blank=True)
    pid = models.PositiveIntegerField(default=0)
    started = models.FloatField(default=0)
    last_seen = models.DateTimeField()
    stage = models.CharField(max_length=16, choices=Stage, blank=True)
    error = models.TextField(blank=True)
    error_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "queue"], name="worker_once")]
        indexes: ClassVar = [models.Index(fields=["queue", "last_seen"], name="worker_listening")]

    def __str__(self) -> str:
        return self.name
