"""Training of a router on studies, and the only place that saves one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotator.datasets.models import valid_name
from annotator.events.services import event_append
from annotator.routing.cards import card_of
from annotator.routing.deciders import Decider, Trainer
from annotator.routing.errors import RoutingError, StudyDeletedError, TrainingSettingsError
from annotator.routing.finetuned import FinetuneSettings
from annotator.routing.labelled_prompts import LabelledPrompt, counted_labels, without_ties
from annotator.routing.models import Router
from annotator.routing.progress import WHOLE, Progress
from annotator.routing.reports import report_of
from annotator.routing.selectors import LabelledStudy, labelled_study
from annotator.routing.splits import SPLITS, folds_of
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
    progress: Progress | None = None,
    on_stored: Callable[[Router], object] = lambda router: None,
) -> Router:
    """Train a router on the cases of these studies, report on held-out prompts, and store it as a new version.

    `trainer` trains with the settings of a fine-tuning; for the others it is found by the settings. `keep` writes what
    of the router is no JSON. The training is not in the transaction: it takes seconds to hours, and `progress` says how
    far it is. `on_stored` is called in the transaction that stores the router, and undoes it by raising.

    Raises RoutingError for a name that is none, where the labels are too few, and where a study was deleted meanwhile.
    """
    refuse_name(name)
    progress = progress or Progress()
    labelled = [labelled_study(study, labels) for study in studies]
    prompts = [prompt for of_study in labelled for prompt in of_study.prompts]
    if trainer is None:
        if isinstance(settings, FinetuneSettings):
            raise RoutingError(
                "a fine-tuning needs PyTorch: train with .venv/bin/python manage.py train_router --features finetuned."
            )
        trainer = trainer_of(settings)
    refuse_few(labels_of(without_ties(prompts, settings.ties)))
    progress.folds = {split: len(folds_of(split, prompts, seed=settings.seed)) for split in SPLITS if split in splits}
    train = progress.counting(trainer)
    reports = report_of(prompts, train, splits=splits, seed=settings.seed, on_split=progress.enter)
    progress.enter(WHOLE)
    router = keep(train(prompts))  # last, so that no second model is in memory beside those of the folds
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
    return _stored(name, fields, studies, lambda called: card_of(called, router, training, reports), on_stored)


def refuse_name(name: str) -> None:
    """Raise TrainingSettingsError for what is no name of a router."""
    try:
        valid_name(name)
    except ValidationError as error:
        sentence = _("%(name)r is no name of a router: %(why)s") % {"name": name[:80], "why": error.messages[0]}
        raise TrainingSettingsError("name", sentence) from None


def _stored(
    name: str,
    fields: dict[str, Any],
    studies: Sequence[Study],
    card: Callable[[str], str],
    on_stored: Callable[[Router], object],
) -> Router:
    """Store the next version. Another training of this name may have taken its number: then the one after it."""
    while True:
        version = _next_version(name)
        try:
            with transaction.atomic():
                _lock(studies)
                row = Router.objects.create(name=name, version=version, card=card(f"{name} v{version}"), **fields)
                payload = {"hash": row.content_hash, "studies": [study.slug for study in studies]}
                of_study = studies[0].pk if len(studies) == 1 else None
                event_append("router.trained", row, payload, actor=row.created_by, study=of_study)
                on_stored(row)
                return row
        except IntegrityError:
            if not Router.objects.filter(name=name, version=version).exists():
                raise


def _lock(studies: Sequence[Study]) -> None:
    """Lock the studies against deletion. Raises StudyDeletedError where one is there no more."""
    rows = Study.objects.select_for_update(no_key=True).filter(pk__in=[study.pk for study in studies])
    left = {study.pk for study in rows.order_by("pk").only("pk")}
    for study in studies:
        if study.pk not in left:
            raise StudyDeletedError(f"study {study.slug!r} was deleted while the router was trained on it.")


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
