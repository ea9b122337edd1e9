"""`manage.py import_snapshot FOLDER`: a snapshot as a study of this installation."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.services import snapshot_import


class Command(BaseCommand):
    help = "Import a snapshot: all of it or nothing. A snapshot of the imported study has the same hash."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *, folder: Path, verbosity: int, **_: Any) -> None:
        def report(table: str) -> None:
            if verbosity > 1:
                self.stderr.write(table, style_func=str)

        try:
            study = snapshot_import(folder=folder, on_step=report)
        except SnapshotError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Study {study.slug} is imported. Its members are accounts that nobody can log in to.")
