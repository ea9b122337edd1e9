"""`manage.py make_snapshot STUDY FOLDER`: an immutable release of a study."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.table_files import FORMATS
from annotator.studies.models import Study


class Command(BaseCommand):
    help = "Write a snapshot of a study into a new folder: JSON lines, Parquet, CSV, manifest, card, metadata, viewer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study", help="slug of the study")
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")
        parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS, help="default: all; jsonl always")
        parser.add_argument("--anonymous", action="store_true", help="without names, e-mail addresses and hosts")
        parser.add_argument("--licence", default="", help="licence of the annotations, such as CC-BY-4.0")
        parser.add_argument("--withhold", nargs="+", default=(), metavar="DATASET", help="release no texts of it")
        parser.add_argument("--all-texts", action="store_true", help="also texts without a licence: not to pass on")

    def handle(self, *, study: str, folder: Path, **chosen: Any) -> None:
        found = Study.objects.filter(slug=study).select_related("codebook").first()
        if found is None:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no study {study!r}; known studies: {known}.")
        options = Options(
            formats=tuple(chosen["formats"]),
            anonymous=chosen["anonymous"],
            all_texts=chosen["all_texts"],
            withhold=tuple(chosen["withhold"]),
            licence=chosen["licence"],
        )
        try:
            manifest = build_snapshot(found, folder, options, on_rows=self._progress(chosen["verbosity"]))
        except SnapshotError as error:
            raise CommandError(str(error)) from None
        size = sum(file.bytes for file in manifest.files.values())
        self.stdout.write(f"{folder}: {len(manifest.files)} files, {size:,} bytes, {manifest.hash}")

    def _progress(self, verbosity: int) -> Any:
        def report(table: str, rows: int) -> None:
            if verbosity > 1:
                self.stderr.write(f"{table}: {rows:,} rows", style_func=str)

        return report
