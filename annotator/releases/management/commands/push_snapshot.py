"""`manage.py push_snapshot FOLDER OWNER/NAME`: a snapshot as a dataset of the Hugging Face hub."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.hub import publication_of, publication_send


class Command(BaseCommand):
    help = "Show what would be sent to the hub; with --send, send it. The token is that of `hf auth login` or HF_TOKEN."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("repository", help="OWNER/NAME on the hub")
        parser.add_argument("--private", action="store_true", help="create a private repository")
        parser.add_argument("--send", action="store_true", help="send it; without this nothing leaves the machine")

    def handle(self, *, folder: Path, repository: str, private: bool, send: bool, **_: Any) -> None:
        try:
            publication = publication_of(folder, repository, private=private)
            for name in publication.files:
                self.stdout.write(name)
            size = f"{len(publication.files)} files, {publication.bytes:,} bytes, {publication.hash}"
            if not send:
                self.stdout.write(f"Would send to {repository}: {size}. Add --send to send it.")
                return
            self.stdout.write(f"Sent to {publication_send(folder, publication)}: {size}.")
        except SnapshotError as error:
            raise CommandError(str(error)) from None
