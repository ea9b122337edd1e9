"""`manage.py train_router NAME --study SLUG`: train a router on studies, with its report."""

import json
import os
import sys
from typing import Any

from django.conf import settings as project
from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.embeddings.wheels import EmbeddingsMissingError
from annotator.routing.decisions import trained_lines
from annotator.routing.errors import RoutingError
from annotator.routing.finetuned import FINETUNED, FinetuneSettings
from annotator.routing.models import Router
from annotator.routing.selectors import studies_called
from annotator.routing.services import router_train
from annotator.routing.splits import SPLITS
from annotator.routing.training import Settings

_DEFAULTS = Settings()
_TUNED = FinetuneSettings()
_OF_FINETUNING = ("base", "revision", "epochs", "learning_rate", "batch_size")


class Command(BaseCommand):
    help = "Train a router that says from the prompt whether to reason. Each training is a new version of NAME."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("name", help="name of the router")
        add("--study", action="append", required=True, metavar="SLUG", help="repeat it to pool several studies")
        add("--features", choices=Router.Features.values, default=_DEFAULTS.features, help="default: %(default)s")
        add("--labels", choices=Router.Labels.values, default=Router.Labels.VERDICTS, help="default: %(default)s")
        add("--ties", choices=("no", "left_out"), default=_DEFAULTS.ties, help="a tie says not to reason, or nothing")
        calibrations = ("platt", "isotonic", "none")
        add("--calibration", choices=calibrations, default=_DEFAULTS.calibration, help="default: %(default)s")
        add("--split", action="append", choices=list(SPLITS), help="report on this split; repeat it; default: all")
        add("--seed", type=int, default=_DEFAULTS.seed)
        tuned = parser.add_argument_group("finetuned", "a language model, every weight of which is trained")
        add = tuned.add_argument
        add("--base", metavar="MODEL", help=f"hub name or folder; default: {_TUNED.base}")
        add("--revision", help="of the hub; default: main")
        add("--epochs", type=int, help=f"default: {_TUNED.epochs}")
        add("--learning-rate", type=float, help=f"default: {_TUNED.learning_rate:g}")
        add("--batch-size", type=int, help=f"default: {_TUNED.batch_size}")
        add("--device", default="auto", help="auto takes a GPU and refuses without one; cpu, cuda, cuda:1")

    def handle(self, *, name: str, study: list[str], labels: str, **options: Any) -> None:
        splits = options["split"] or list(SPLITS)
        try:
            _check(options)
            studies = studies_called(study)
            if options["features"] == FINETUNED:
                _finetune(name=name, studies=study, labels=labels, splits=splits, options=options)
            settings = Settings(**{field: options[field] for field in ("features", "ties", "calibration", "seed")})
            router = router_train(name=name, studies=studies, settings=settings, labels=labels, splits=splits)
        except (RoutingError, EmbeddingsMissingError) as error:
            raise CommandError(str(error)) from None
        for line in trained_lines(router):
            self.stdout.write(line)


def _check(options: dict[str, Any]) -> None:
    """Raise RoutingError for an option that the features do not have."""
    tuned = options["features"] == FINETUNED
    chosen = [name for name in _OF_FINETUNING if options[name] is not None]
    if chosen and not tuned:
        option = chosen[0].replace("_", "-")
        raise RoutingError(f"--{option} is for --features finetuned alone; add that, or leave --{option} out.")
    known = ("platt", "none") if tuned else ("platt", "isotonic")
    if options["calibration"] not in known:
        raise RoutingError(
            f"--calibration {options['calibration']} is none of --features {options['features']}; choose "
            f"{' or '.join(known)}."
        )


def _finetune(*, options: dict[str, Any], **parts: Any) -> None:
    """Replace this process: models are trained by `workers`, which this project never imports."""
    names = ("ties", "calibration", "seed", *_OF_FINETUNING)
    settings = {name: options[name] for name in names if options[name] is not None}
    job = json.dumps({**parts, "settings": settings, "device": options["device"]})
    os.chdir(project.BASE_DIR)
    os.execv(sys.executable, [sys.executable, "-m", "workers.finetune_command", job])  # noqa: S606
