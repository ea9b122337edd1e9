"""Repeats: several sampled runs that differ in their seed alone, started and kept as one thing."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.services.runs import canonical_sampling, run_start

REPEATS_AT_MOST = 100


@transaction.atomic
def run_repeats_start(
    *, repeats: int, sampling: Mapping[str, Any] | None = None, **start: Any
) -> list[tuple[Run, bool]]:
    """Start `repeats` runs with the seeds seed, seed + 1, ...; return each and whether it is new, in that order.

    The other arguments are those of `run_start`. The first run is the one that the others are repeats of. Runs that
    exist already are taken in, and more repeats of the same first run extend it. One repeat is a plain run. Raises
    RunError for greedy sampling, where every repeat would give the same text, and for a run of other repeats.
    """
    values = canonical_sampling(sampling or {})
    _refuse(repeats, values["temperature"], sampled=not start["language_model"].takes_sampling)
    seeds = range(values["seed"], values["seed"] + repeats)
    started = [run_start(sampling={**values, "seed": seed}, **start) for seed in seeds]
    runs = [run for run, _created in started]
    if repeats > 1:
        _tie(runs[0], runs[1:])
    return started


def _refuse(repeats: int, temperature: float, *, sampled: bool) -> None:
    """`sampled` says whether the provider samples whatever is requested."""
    if not 1 <= repeats <= REPEATS_AT_MOST:
        message = _("%(n)d repeats: give a whole number from 1 to %(most)d.")
        raise RunError(message % {"n": repeats, "most": REPEATS_AT_MOST})
    if repeats > 1 and not temperature and not sampled:
        raise RunError(
            _(
                "%(n)d repeats at temperature 0 would give the same text %(n)d times; "
                "give a temperature above 0, or start one run."
            )
            % {"n": repeats}
        )


def _tie(first: Run, others: list[Run]) -> None:
    """Make `others` repeats of `first`, inside the caller's transaction, under the locks of their rows."""
    locked = Run.objects.select_for_update().filter(pk__in=[first.pk, *(run.pk for run in others)])
    for run in locked.order_by("pk"):
        if run.repeat_of_id not in (None, first.pk) or (run.pk != first.pk and run.repeats.exists()):
            raise RunError(
                _(
                    "run %(run)d (seed %(seed)d) belongs to the repeats of run %(first)d already; "
                    "start from the seed of that one, with as many repeats as you want in all."
                )
                % {"run": run.pk, "seed": run.sampling["seed"], "first": run.repeat_of_id or run.pk}
            )
    Run.objects.filter(pk__in=[run.pk for run in others]).update(repeat_of=first)
    for run in others:
        run.repeat_of = first
