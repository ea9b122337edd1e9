"""Codebooks: versioned definitions of labels and failure patterns."""

from typing import ClassVar

from django.db import models

from annotator.datasets.models import valid_name


class Codebook(models.Model):
    """One version of a codebook: guideline text and patterns. Annotations refer to the version they were made with."""

    name = models.CharField(max_length=64, validators=[valid_name])
    version = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=96)
    guideline = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="codebook_version_once"),
            models.UniqueConstraint(fields=["name", "content_hash"], name="codebook_content_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Pattern(models.Model):
    """One failure pattern of a codebook version. `hotkey` is a digit; `needs_text` requires a text beside it."""

    codebook = models.ForeignKey(Codebook, on_delete=models.CASCADE, related_name="patterns")
    slug = models.CharField(max_length=64, validators=[valid_name])
    name = models.CharField(max_length=80)
    help = models.TextField(blank=True)
    examples = models.TextField(blank=True)
    hotkey = models.CharField(max_length=1)
    position = models.PositiveSmallIntegerField()
    needs_text = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["codebook_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["codebook", "slug"], name="pattern_slug_once"),
            models.UniqueConstraint(fields=["codebook", "hotkey"], name="pattern_hotkey_once"),
        ]

    def __str__(self) -> str:
        return self.name
