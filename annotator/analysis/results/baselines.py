"""Baselines of each model on one dataset: the run that never reasons, and the one that always does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotator.runs.models import Run

_NEVER = ("base",)
_ALWAYS = ("cot", "cot_forced", "thinking")
"""In order: of two runs that always reason, the one by a prompt comes first, as in the study's own tables."""


@dataclass(frozen=True, slots=True)
class Baselines:
    """The two baseline runs of one model, None where it has no such run."""

    never: Run | None
    always: Run | None


def baselines_of(runs: Iterable[Run], *, preferred: Sequence[int]) -> Mapping[int, Baselines]:
    """Return language model id -> its baselines. Runs of `preferred`, those of the study, go before others."""
    by_model: dict[int, list[Run]] = {}
    for run in sorted(runs, key=lambda run: (run.pk not in preferred, run.pk)):
        by_model.setdefault(run.language_model_id, []).append(run)
    return {model: Baselines(_first(own, _NEVER), _first(own, _ALWAYS)) for model, own in by_model.items()}


def _first(runs: Sequence[Run], strategies: Sequence[str]) -> Run | None:
    return next((run for strategy in strategies for run in runs if run.strategy == strategy), None)
