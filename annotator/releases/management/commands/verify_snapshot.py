"""`manage.py verify_snapshot FOLDER`: whether every file is as the manifest says. Needs no database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import read_manifest
from annotator.releases.snapshots.verification import first_difference


class Command(BaseCommand):
    help = "Compare the files of a snapshot with its manifest, and name the first difference."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, **_: Any) -> None:
        try:
            difference = first_difference(folder)
            manifest = read_manifest(folder)
        except SnapshotError as error:
            raise CommandError(str(error)) from None
        if difference:
            raise CommandError(difference)
        self.stdout.write(f"{len(manifest.files)} files are as they were made: {manifest.hash}")
