"""`manage.py diff_snapshots A B`: what changed from one snapshot to another. Needs no database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.snapshots.differences import snapshot_differences
from annotator.releases.snapshots.errors import SnapshotError


class Command(BaseCommand):
    help = "Compare two snapshots table by table: rows added, removed and changed, with the first keys of each."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("before", type=Path)
        parser.add_argument("after", type=Path)

    def handle(self, *, before: Path, after: Path, **_: Any) -> None:
        differs = False
        try:
            for found in snapshot_differences(before, after):
                differs = True
                self.stdout.write(
                    f"{found.table}: {found.added} added, {found.removed} removed, {found.changed} changed"
                )
                for kind, keys in found.first.items():
                    names = "; ".join(" ".join(map(str, key)) for key in keys)
                    self.stdout.write(f"  {kind}, first: {names}")
                if found.columns:
                    self.stdout.write(f"  columns of the first changed row: {', '.join(found.columns)}")
        except SnapshotError as error:
            raise CommandError(str(error)) from None
        if not differs:
            self.stdout.write("The tables are the same.")
