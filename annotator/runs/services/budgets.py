"""Budgets that stop runs: set with a run, raised later, and enforced with every finished generation.

A run whose budget is used up is cancelled with its repeats, and can be resumed with a larger one. Requests that are
under way at that moment are still paid and stored: at most as many as its workers have at once.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.prices import price_of
from annotator.runs.selectors.budgets import run_budget
from annotator.runs.selectors.repeats import repeats_with

_MOST_USD, _MOST_TOKENS = 1e6, 10**12


@transaction.atomic
def run_budget_set(*, runs: Iterable[Run], usd: float | None = None, tokens: int | None = None) -> None:
    """Limit what these runs, with their repeats, may use; a limit that is None stays as it was.

    Raises RunError for a limit out of range, and for one in US dollars where no price of the model is known.
    """
    limits = {"budget_usd": usd, "budget_tokens": tokens}
    changed = {name: value for name, value in limits.items() if value is not None}
    for run in runs if changed else ():
        _refuse(run, usd, tokens)
        repeats_with(run).update(**changed)
        for name, value in changed.items():
            setattr(run, name, value)


@transaction.atomic
def stop_over_budget(run_id: int) -> bool:
    """Cancel the run and its repeats if their budget is used up."""
    run = Run.objects.filter(pk=run_id, status=Run.Status.RUNNING).select_related("language_model").first()
    budget = run_budget(run) if run else None
    if run is None or budget is None or not budget.used_up:
        return False
    # Locked in their order: of two workers that see the budget used up at once, the later finds none running.
    running = list(repeats_with(run).filter(status=Run.Status.RUNNING).select_for_update())
    Run.objects.filter(pk__in=[member.pk for member in running]).update(status=Run.Status.CANCELLED)
    for member in running:
        event_append("run.cancelled", member, {"reason": "budget", "tokens": budget.tokens, "usd": budget.usd})
    return bool(running)


def refuse_used_up(run: Run) -> None:
    """Raise RunError for a run whose budget is used up: it would stop again at once."""
    budget = run_budget(run)
    if budget is not None and budget.used_up:
        raise RunError(
            _(
                "Run %(run)d has used up its budget: resume it with a larger one on its page, or with --budget-usd or "
                "--budget-tokens."
            )
            % {"run": run.pk}
        )


def _refuse(run: Run, usd: float | None, tokens: int | None) -> None:
    if usd is not None and not 0 < usd <= _MOST_USD:
        raise RunError(_("A budget of %(usd)s US dollars: give a number above 0.") % {"usd": usd})
    if tokens is not None and not 0 < tokens <= _MOST_TOKENS:
        raise RunError(_("A budget of %(tokens)s tokens: give a whole number above 0.") % {"tokens": tokens})
    if usd is not None and price_of(run.language_model) is None:
        raise RunError(
            _(
                "No price of %(model)s is known, so a budget in US dollars cannot be kept; give one in tokens, or add "
                "the price to fixtures/prices.json."
            )
            % {"model": run.language_model.slug}
        )
