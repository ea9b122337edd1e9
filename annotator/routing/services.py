"""Training of routers on studies. The only place that saves them."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from annotator.datasets.models import valid_name
from annotator.events.services import event_append
from annotator.routing.cards import card_of
from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import LabelledPrompt, counted_labels
from annotator.routing.models import Router
from annotator.routing.reports import report_of
from annotator.routing.selectors import LabelledStudy, labelled_study
from annotator.routing.training import Settings, train_router
from annotator.studies.models import Study


def router_train(
    *,
    name: str,
    studies: Sequence[Study],
    settings: Settings,
    labels: str = Router.Labels.VERDICTS,
    user: User | None = None,
) -> Router:
    """Train a router on the cases of these studies, report on held-out prompts, and store it as a new version.

    The training is not in the transaction: it takes seconds to minutes. Raises RoutingError for a name that is none,
    and where the labels are too few.
    """
    try:
        valid_name(name)
    except ValidationError as error:
        raise RoutingError(f"{name!r} is no name of a router: {error.messages[0]}") from None
    labelled = [labelled_study(study, labels) for study in studies]
    prompts = [prompt for of_study in labelled for prompt in of_study.prompts]
    router = train_router(prompts, settings)
    reports = report_of(prompts, settings)
    training = _training(labelled, prompts, settings, labels)
    with transaction.atomic():
        newest = Router.objects.filter(name=name).aggregate(newest=Max("version"))["newest"] or 0
        row = Router.objects.create(
            name=name,
            version=newest + 1,
            features=settings.features,
            labels=labels,
            artifact=router.to_json(),
            content_hash=router.hash,
            training=training,
            report=[asdict(replace(report, folds=list(report.folds))) for report in reports],
            card=card_of(f"{name} v{newest + 1}", router, training, reports),
            created_by=user,
        )
        event_append("router.trained", row, {"hash": router.hash, "studies": [study.slug for study in studies]})
    return row


def _training(
    labelled: Sequence[LabelledStudy], prompts: Sequence[LabelledPrompt], settings: Settings, labels: str
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
