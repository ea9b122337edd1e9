"""Model calls: one row for each request to a model inside a generation, and the texts that were sent."""

from typing import ClassVar

from django.db import models

from annotator.runs.models.generations import Generation


class MessageText(models.Model):
    """A text that was sent to a model, stored once by its hash: exemplars repeat in every call of a run."""

    hash = models.CharField(max_length=96, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return self.hash


class ModelCall(models.Model):
    """One request and its completion; `number` counts from 1 within the generation, failed calls included.

    `messages` is a list of `[role, hash of a MessageText]`, whose last one the completion continues if it is the
    assistant's. `probabilities` are those of the labels that were offered, null where none were; `tools` are the names
    of the tools that were offered, and `tool_calls` what the model requested of them. Token counts are null where the
    backend reports none.
    """

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="calls", db_index=False)
    number = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=64)
    messages = models.JSONField()
    sampling = models.JSONField(default=dict)
    thinking = models.JSONField(null=True)
    tools = models.JSONField(default=list)
    tool_calls = models.JSONField(default=list)
    probabilities = models.JSONField(null=True)
    text = models.TextField(blank=True)
    reasoning = models.TextField(blank=True)
    reasoning_kind = models.CharField(max_length=16, default="none")
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    reasoning_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    finish_reason = models.CharField(max_length=16)
    latency_s = models.FloatField(default=0)
    model = models.CharField(max_length=256, blank=True)
    response_id = models.CharField(max_length=256, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["generation", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["generation", "number"], name="model_call_once"),
        ]

    def __str__(self) -> str:
        return f"call {self.number} of generation {self.generation_id}"
