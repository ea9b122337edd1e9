"""Training of routers on studies. The only place that saves them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from annotator.datasets.models import valid_name
from annotator.events.services import event_append
from annotator.routing.cards import card_of
from annotator.routing.deciders import Decider, Trainer
from annotator.routing.errors import RoutingError
from annotator.routing.finetuned import FinetuneSettings
from annotator.routing.labelled_prompts import LabelledPrompt, counted_labels, without_ties
from annotator.routing.models import Router
from annotator.routing.reports import report_of
from annotator.routing.selectors import LabelledStudy, labelled_study
from annotator.routing.splits import SPLITS
from annotator.routing.training import Settings, labels_of, refuse_few, trainer_of
from annotator.studies.models import Study


def router_train(
    *,
    name: str,
    studies: Sequence[Study],
    settings: Settings | FinetuneSettings,
    trainer: Trainer | None = None,
    keep: Callable[[Decider], Decider] = lambda router: router,
    labels: str = Router.Labels.VERDICTS,
    splits: Sequence[str] = tuple(SPLITS),
    user: User | None = None,
) -> Router:
    """Train a router on the cases of these studies, report on held-out prompts, and store it as a new version.

    `trainer` trains with the settings of a fine-tuning; for the others it is found by the settings. `keep` writes what
    of the router is no JSON. The training is
    not in the transaction: it takes seconds to hours. Raises RoutingError for a name that is none, and where the labels
    are too few.
    """
    try:
        valid_name(name)
    except ValidationError as error:
        raise RoutingError(f"{name!r} is no name of a router: {error.messages[0]}") from None
    labelled = [labelled_study(study, labels) for study in studies]
    prompts = [prompt for of_study in labelled for prompt in of_study.prompts]
    if trainer is None:
        if isinstance(settings, FinetuneSettings):
            raise RoutingError(
                "a fine-tuning needs PyTorch: train with .venv/bin/python manage.py train_router --features finetuned."
            )
        trainer = trainer_of(settings)
    refuse_few(labels_of(without_ties(prompts, settings.ties)))
    reports = report_of(prompts, trainer, splits=splits, seed=settings.seed)
    router = keep(trainer(prompts))  # last, so that no second model is in memory beside those of the folds
    training = _training(labelled, prompts, settings, labels)
    fields = {
        "features": settings.features,
        "labels": labels,
        "artifact": router.to_json(),
        "content_hash": router.hash,
        "training": training,
        "report": [asdict(replace(report, folds=list(report.folds))) for report in reports],
        "created_by": user,
    }
    return _stored(name, fields, lambda called: card_of(called, router, training, reports))


def _stored(name: str, fields: dict[str, Any], card: Callable[[str], str]) -> Router:
    """Store the next version. Another training of this name may have taken its number: then the one after it."""
    while True:
        version = _next_version(name)
        try:
            with transaction.atomic():
                row = Router.objects.create(name=name, version=version, card=card(f"{name} v{version}"), **fields)
                studies = [study["slug"] for study in fields["training"]["studies"]]
                event_append("router.trained", row, {"hash": row.content_hash, "studies": studies})
                return row
        except IntegrityError:
            if not Router.objects.filter(name=name, version=version).exists():
                raise


def _next_version(name: str) -> int:
    return (Router.objects.filter(name=name).aggregate(newest=Max("version"))["newest"] or 0) + 1


def _training(
    labelled: Sequence[LabelledStudy],
    prompts: Sequence[LabelledPrompt],
    settings: Settings | FinetuneSettings,
    labels: str,
) -> dict[str, Any]:
    """Describe what a router was trained on."""
    return {
        **asdict(settings),
        "labels": labels,
        "n": len(prompts),
        "classes": counted_labels(prompts),
        "studies": [
            {
                "slug": of_study.study.slug,
                "runs": [of_study.study.first_run_id, of_study.study.second_run_id],
                "dataset": of_study.prompts[0].dataset if of_study.prompts else "",
                "model": of_study.prompts[0].model if of_study.prompts else "",
                "n": len(of_study.prompts),
                "left_out": of_study.left_out,
            }
            for of_study in labelled
        ],
    }
