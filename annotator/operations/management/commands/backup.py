"""`manage.py backup FILE`: database and files of this installation, while it runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.backups import BackupError, backup_write


class Command(BaseCommand):
    help = "Back up database and files into one new file, while everything runs. It holds secrets: keep it private."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that does not exist yet, such as cotrast.tar")

    def handle(self, *, file: Path, **_: Any) -> None:
        try:
            manifest = backup_write(file)
        except BackupError as error:
            raise CommandError(str(error)) from None
        size = sum(described["bytes"] for described in manifest["files"].values())
        self.stdout.write(f"{file}: {len(manifest['files'])} files, {size:,} bytes, {manifest['database']}.")
