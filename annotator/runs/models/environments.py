"""Environments: library versions, weights, device and hardware that generations were made with."""

from django.db import models


class Environment(models.Model):
    """What a backend describes itself as, stored once by content hash."""

    hash = models.CharField(max_length=96, unique=True)
    content = models.JSONField()

    def __str__(self) -> str:
        return self.hash
