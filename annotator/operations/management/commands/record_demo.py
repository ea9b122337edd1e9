"""`manage.py record_demo`: the demo's generations as a recording, with which later demos begin."""

import gzip
import json
from hashlib import file_digest
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.checkpoint_files import CheckpointError, find_checkpoint
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.selectors.recordings import recording_lines
from annotator.studies.models import Study
from annotator.studies.services.demo import RECORDING, SLUG


class Command(BaseCommand):
    help = (
        "Write the finished generations of the demo study into the recording with which `make demo` begins: texts, "
        "model calls, token counts, times, and the environment with the hash of the weights. To make all of them "
        "anew first: .venv/bin/python manage.py demo --recorded 0"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, default=RECORDING, help="default: %(default)s")

    def handle(self, *, output: Path, **_: Any) -> None:
        study = Study.objects.filter(slug=SLUG).select_related("first_run", "second_run").first()
        if study is None:
            raise CommandError("There is no demo study to record; make one with `make demo`.")
        try:
            head, *generations = recording_lines([study.first_run, study.second_run])
            head["weights"] = _weights(study.first_run.language_model)
        except (RunError, CheckpointError) as error:
            raise CommandError(str(error)) from None
        # Without a name and a time in the file, the same recording is the same bytes.
        with output.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
            packed.writelines(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in (head, *generations))
        self.stdout.write(f"Recorded {len(generations)} generations in {output} ({output.stat().st_size:,} bytes).")


def _weights(model: LanguageModel) -> dict[str, str]:
    """Return name, version and SHA-256 of the file that the model's worker loads."""
    checkpoint = find_checkpoint(model.name, str(model.options.get("gguf_file", "")))
    with (Path(checkpoint.source) / checkpoint.gguf_file).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return {"file": checkpoint.gguf_file, "version": checkpoint.version, "sha256": digest}
