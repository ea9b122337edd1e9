"""`manage.py restore FILE`: database and files as a backup has them."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.operations.backups import BackupError, backup_restore


class Command(BaseCommand):
    help = "Restore a backup. Stop the web server and the workers first; apply the migrations afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--overwrite", action="store_true", help="replace a database that is not empty")

    def handle(self, *, file: Path, overwrite: bool, **_: Any) -> None:
        try:
            manifest = backup_restore(file, overwrite=overwrite)
        except BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Restored {len(manifest['files'])} files. Now run: .venv/bin/python manage.py migrate")
