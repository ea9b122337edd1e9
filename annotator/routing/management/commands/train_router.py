"""`manage.py train_router NAME --study SLUG`: train a router on studies, with its report."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.routing.services import router_train
from annotator.routing.training import Settings
from annotator.studies.models import Study

_DEFAULTS = Settings()


class Command(BaseCommand):
    help = "Train a router that says from the prompt whether to reason. Each training is a new version of NAME."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("name", help="name of the router")
        add("--study", action="append", required=True, metavar="SLUG", help="repeat it to pool several studies")
        add("--features", choices=Router.Features.values, default=_DEFAULTS.features, help="default: %(default)s")
        add("--labels", choices=Router.Labels.values, default=Router.Labels.VERDICTS, help="default: %(default)s")
        add("--ties", choices=("no", "left_out"), default=_DEFAULTS.ties, help="a tie says not to reason, or nothing")
        add("--calibration", choices=("platt", "isotonic"), default=_DEFAULTS.calibration, help="default: %(default)s")
        add("--seed", type=int, default=_DEFAULTS.seed)

    def handle(self, *, name: str, study: list[str], labels: str, **options: Any) -> None:
        settings = Settings(**{field: options[field] for field in ("features", "ties", "calibration", "seed")})
        try:
            router = router_train(name=name, studies=_studies(study), settings=settings, labels=labels)
        except RoutingError as error:
            raise CommandError(str(error)) from None
        of_labels = ", ".join(f"{label} {n}" for label, n in router.training["classes"].items())
        trained_on = counted(router.training["n"], "prompt")
        self.stdout.write(f"{router.name}@{router.version} is trained on {trained_on} ({of_labels}).")
        self.stdout.write(f"Its hash is {router.content_hash}.")
        self.stdout.write(f"Its report: manage.py router_report {router.name}@{router.version}")


def _studies(slugs: list[str]) -> list[Study]:
    rows = Study.objects.select_related("first_run__dataset", "first_run__language_model", "second_run__language_model")
    studies = {study.slug: study for study in rows.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in studies:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise RoutingError(f"No study is called {slug!r}; known: {known}.")
    return [studies[slug] for slug in dict.fromkeys(slugs)]
