"""Environments: the library versions, weights, device and hardware behind generations."""

from django.db import models


class Environment(models.Model):
    """The description that a backend gives of itself, stored once by content hash."""

    hash = models.CharField(max_length=96, unique=True)
    content = models.JSONField()

    def __str__(self) -> str:
        return self.hash
