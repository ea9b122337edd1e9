"""Continuation of a run over a later version of its dataset, with reuse of what was generated before."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.datasets.models import Dataset
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.services.runs import run_start
from annotator.strategies import STRATEGIES

_OF_ONE_DATASET = ("excluded",)
"""Parameters that name prompts of one version."""


def run_continue(*, run: Run, dataset: Dataset, user: User | None = None, visible: QuerySet[Run] | None = None) -> Run:
    """Return the run over `dataset` that asks as `run` does: one that there is among `visible`, else a new one.

    Raises RunError where it cannot be started from the old one alone: an imported run, one that shows exemplars (which
    prompts are near to one has to be found out anew), and one by an earlier version of its strategy.
    """
    same = (Run.objects.all() if visible is None else visible).filter(
        dataset=dataset,
        language_model=run.language_model_id,
        strategy=run.strategy,
        strategy_version=run.strategy_version,
        source__isnull=run.source is None,
        archived_at=None,
    )
    known = next((other for other in same.order_by("-pk") if _asks_alike(run, other)), None)
    if known is not None:
        return known
    _refuse_unrepeatable(run, dataset)
    keys = set(dataset.prompts.values_list("key", flat=True))
    excluded = {"excluded": [key for key in run.parameters.get("excluded", ()) if key in keys]}
    continued, _created = run_start(
        dataset=dataset,
        language_model=run.language_model,
        strategy=run.strategy,
        parameters=run.parameters | (excluded if "excluded" in run.parameters else {}),
        sampling=run.sampling,
        without_defects=bool(run.left_out),
        user=user,
        visible=visible,
    )
    return continued


def _asks_alike(run: Run, other: Run) -> bool:
    return (
        _without(run.parameters) == _without(other.parameters)
        and run.sampling == other.sampling
        and bool(run.left_out) == bool(other.left_out)
    )


def _without(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if name not in _OF_ONE_DATASET}


def _refuse_unrepeatable(run: Run, dataset: Dataset) -> None:
    values = {"run": run.pk, "dataset": dataset}
    if run.source is not None:
        raise RunError(
            _(
                "Run %(run)d was imported: import its responses over %(dataset)s too, with the same language model and "
                "strategy, and add the prompts then."
            )
            % values
        )
    if run.parameters.get("exemplars"):
        raise RunError(
            _(
                "Run %(run)d shows exemplars: start it over %(dataset)s from its prompt set, which leaves out prompts "
                "near to one, and add the prompts then."
            )
            % values
        )
    version = STRATEGIES[run.strategy].version
    if run.strategy_version != version:
        raise RunError(
            _(
                "Run %(run)d was made by version %(old)s of its strategy, and this is version %(new)s: the new prompts "
                "would be asked in other words. Pair new runs over %(dataset)s in a study of their own."
            )
            % {**values, "old": run.strategy_version, "new": version}
        )
