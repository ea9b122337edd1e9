"""Snapshots that were asked for on the study's page, with the progress of their building."""

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models

from annotator.claims import Claimable
from annotator.studies.models import Study


def snapshots_folder(slug: str) -> Path:
    """Return the folder of a study's snapshots. A slug has no character that leads out of it."""
    return Path(settings.VAR_DIR) / "snapshots" / slug


class Snapshot(Claimable):
    """One release of a study, `number` from 1. Its files lie in `folder` and never change once it is done.

    `written` counts the rows so far, `expected` what there were when it began: the progress that the page shows. `hash`
    is that of the manifest, `bytes` the size of all files.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    anonymous = models.BooleanField(default=False)
    licence = models.CharField(max_length=64, blank=True)
    written = models.PositiveBigIntegerField(default=0)
    expected = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=96, blank=True)
    bytes = models.PositiveBigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="snapshots"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)

    class Meta(Claimable.Meta):
        ordering: ClassVar = ["study", "-number"]
        constraints: ClassVar = [
            *Claimable.Meta.constraints,
            models.UniqueConstraint(fields=["study", "number"], name="snapshot_number_once"),
        ]

    def __str__(self) -> str:
        return f"snapshot {self.number} of {self.study_id}"

    @property
    def folder(self) -> Path:
        """Return the folder of its files."""
        return snapshots_folder(self.study.slug) / str(self.number)
