"""`manage.py start_run DATASET MODEL STRATEGY`: start or resume a run, and optionally watch it."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotator.constraints.messages import counted
from annotator.datasets.models import Dataset
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import RunProgress, language_model_named, run_progress
from annotator.runs.services import run_resume, run_start
from annotator.sampling import Sampling
from annotator.strategies import STRATEGIES

_LOOK_EVERY_S = 1.0
_DEFAULTS = Sampling().to_json()
_EXCERPT = 60  # characters of a value that a refusal quotes


class Command(BaseCommand):
    help = "Start a run. Starting exactly the same again resumes it; nothing is generated twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="NAME for its newest version, or NAME@VERSION")
        parser.add_argument("model", help="slug of a registered language model")
        parser.add_argument("strategy", choices=sorted(STRATEGIES))
        parser.add_argument("--max-new-tokens", type=int, default=_DEFAULTS["max_new_tokens"])
        parser.add_argument("--temperature", type=float, default=_DEFAULTS["temperature"])
        parser.add_argument("--top-p", type=float, default=_DEFAULTS["top_p"])
        parser.add_argument("--seed", type=int, default=_DEFAULTS["seed"])
        parser.add_argument(
            "--parameter",
            action="append",
            default=[],
            metavar="NAME=JSON",
            help="one parameter of the strategy, such as threshold=0.4; repeat it for more",
        )
        parser.add_argument(
            "--parameters", type=Path, metavar="FILE", help="a JSON object of parameters; --parameter overrides it"
        )
        parser.add_argument(
            "--without-defects", action="store_true", help="leave out the prompts that have known defects"
        )
        parser.add_argument(
            "--watch", action="store_true", help="show a bar until the run ends; Ctrl-C leaves it going"
        )

    def handle(self, *, dataset: str, model: str, strategy: str, watch: bool, **options: Any) -> None:
        sampling = {name: options[name] for name in _DEFAULTS}
        parameters = {**_of_file(options["parameters"]), **_of_arguments(options["parameter"])}
        try:
            run, created = run_start(
                dataset=_dataset(dataset),
                language_model=language_model_named(model),
                strategy=strategy,
                parameters=parameters,
                sampling=sampling,
                without_defects=options["without_defects"],
            )
        except RunError as error:
            raise CommandError(str(error)) from None
        if not created and run.status == Run.Status.CANCELLED:
            run_resume(run=run)
        self.stdout.write(f"run {run.pk} {'started' if created else 'exists already and goes on'}: {run}")
        if run.left_out:
            self.stdout.write(f"It leaves out {counted(len(run.left_out), 'prompt')} with known defects.")
        if watch:
            self._watch(run)

    def _watch(self, run: Run) -> None:
        bar = tqdm(total=run_progress(run).total, unit="prompt", desc=f"run {run.pk}")
        shown: set[str] = set()
        try:
            while True:
                run.refresh_from_db()
                progress = run_progress(run)
                _show(bar, progress)
                for notice in {progress.no_worker_message, *progress.worker_problems} - shown - {""}:
                    shown.add(notice)
                    bar.write(notice)
                if run.status != Run.Status.RUNNING:
                    break
                time.sleep(_LOOK_EVERY_S)
        except KeyboardInterrupt:
            bar.write("Left watching; the run goes on. Watch again with the same command.")
        finally:
            bar.close()
        for key, sentence in progress.failures:
            self.stderr.write(f"prompt {key} failed: {sentence}")


def _of_file(path: Path | None) -> dict[str, Any]:
    """The parameters of a JSON file, none without a file."""
    if path is None:
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"--parameters: cannot read {path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"--parameters: {path} is not JSON: {error}.") from None
    if not isinstance(read, dict):
        raise CommandError(f'--parameters: {path} must hold one JSON object, such as {{"threshold": 0.4}}.')
    return read


def _of_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """The parameters that are written as NAME=JSON."""
    read: dict[str, Any] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name:
            raise CommandError(f"--parameter {argument!r}: write NAME=JSON, such as threshold=0.4.")
        if name in read:
            raise CommandError(f"--parameter: {name!r} stands there twice; keep one.")
        try:
            read[name] = json.loads(value)
        except (ValueError, RecursionError):
            excerpt = value[:_EXCERPT] + "…" * (len(value) > _EXCERPT)
            message = f"--parameter {name}: {excerpt!r} is not JSON; a text has double quotes: '{name}=\"text\"'."
            raise CommandError(message) from None
    return read


def _show(bar: "tqdm[None]", progress: RunProgress) -> None:
    bar.n = progress.finished
    rate = f"{progress.tokens_per_s:.0f} tokens/s" if progress.tokens_per_s else "no rate yet"
    left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left is not None else ""
    bar.set_postfix_str(f"{rate}{left}, {progress.failed} failed")


def _dataset(name: str) -> Dataset:
    name, _, version = name.partition("@")
    versions = Dataset.objects.filter(name=name).order_by("-version")
    if version:
        versions = versions.filter(version=version) if version.isdecimal() else versions.none()
    dataset = versions.first()
    if dataset is None:
        known = ", ".join(str(dataset) for dataset in Dataset.objects.all()) or "none yet"
        at = f" version {version}" if version else ""
        raise CommandError(f"No dataset {name!r}{at}; known: {known}. Import one with `manage.py import_dataset`.")
    return dataset
