"""Generations: the texts that a model produced for one prompt in one run."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from annotator.claims import Claimable
from annotator.datasets.models import Prompt
from annotator.runs.models.environments import Environment
from annotator.runs.models.runs import Run
from annotator.sampling import CUT_OFF

KEPT_BY_PROVIDERS = ("omitted", "redacted")
"""The kinds of reasoning without a text: the model reasoned, and its provider does not return it."""


class Generation(Claimable):
    """The record of one prompt in one run: its texts, token counts, time and status. Its model calls are `ModelCall`s.

    `completion_tokens` counts all model calls. It is the sum of `reasoning_tokens`, `answer_tokens` and `other_tokens`:
    markers, think tags, special tokens, white space between the parts, and calls whose text was not taken.

    `fingerprint` identifies the request (prompt, strategy, parameters, model, sampling). The same request in two runs
    is generated once: `reused_from` is the generation whose result this one copies.

    `recorded_at` is when the result was made, where it comes from a recording that was loaded; its times are then those
    of the recording. It is null for what was generated here.

    `decision` is what a strategy with a choice decided (`workers.strategies.Decision` as JSON), null for the others.
    """

    # Two indexes below begin with the run: one more would be written with each of a hundred thousand rows.
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="generations", db_index=False)
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="generations")
    position = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=96)
    completion = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    reasoning_kind = models.CharField(max_length=16, default="none")
    answer = models.TextField(blank=True)
    split_status = models.CharField(max_length=32, blank=True)
    finish_reason = models.CharField(max_length=16, blank=True)
    decision = models.JSONField(null=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(default=0)
    answer_tokens = models.PositiveIntegerField(default=0)
    other_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    latency_s = models.FloatField(default=0)
    environment = models.ForeignKey(
        Environment, null=True, on_delete=models.PROTECT, related_name="generations", db_index=False
    )
    reused_from = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="reused_by", db_index=False
    )
    recorded_at = models.DateTimeField(null=True)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["run", "position"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(fields=["run", "prompt"], name="generation_once"),
            models.UniqueConstraint(
                fields=["fingerprint"], condition=Q(status="claimed"), name="generation_claimed_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fingerprint"], name="generation_request"),
            models.Index(fields=["environment"], condition=Q(environment__isnull=False), name="generation_environment"),
            models.Index(fields=["reused_from"], condition=Q(reused_from__isnull=False), name="generation_reused"),
            models.Index(fields=["run", "status", "position"], name="generation_queue"),
            models.Index(fields=["claim"], condition=Q(claim__isnull=False), name="generation_claims"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="generation_leases"),
            models.Index(fields=["run"], condition=Q(recorded_at__isnull=False), name="generation_recorded"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="generation_finished"),
        ]

    @staticmethod
    def without_whole_answer() -> Q:
        """The generations that left no answer to judge: it is empty, or was cut off at the token limit."""
        return Q(finish_reason__in=CUT_OFF) | Q(split_status__in=["empty", "truncated"]) | Q(answer="")

    @staticmethod
    def reasoned(path: str = "") -> Q:
        """The generations whose model reasoned: there is a text of it, or its provider keeps that text to itself.

        `path` leads to the generation: "second__".
        """
        return ~Q(**{f"{path}reasoning": ""}) | Q(**{f"{path}reasoning_kind__in": KEPT_BY_PROVIDERS})

    def __str__(self) -> str:
        return f"generation {self.pk} of {self.run_id}"
