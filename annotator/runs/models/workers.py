"""Worker processes: their heartbeats and failures."""

from typing import ClassVar

from django.db import models


class Worker(models.Model):
    """A worker process that listens to a queue; `last_seen` is its heartbeat.

    `host`, `pid` and `started` (seconds since the host's boot) let other processes of the host detect that this one is
    dead.
    `error` is the reason of its last failure, `failures` the number of failures in a row, and `paused_until` the time
    of its next attempt. `batch_size` (0 before the model is loaded) and `device` are those of the loaded model; the
    memory, in bytes, is that of its GPU, else of the process and its host.
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
    batch_size = models.PositiveIntegerField(default=0)
    device = models.CharField(max_length=128, blank=True)
    memory_used = models.PositiveBigIntegerField(null=True)
    memory_total = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "queue"], name="worker_once")]
        indexes: ClassVar = [models.Index(fields=["queue", "last_seen"], name="worker_listening")]

    def __str__(self) -> str:
        return self.name
