"""Budgets that pause runs: set with a run, raised later, and enforced with every call that is stored.

A run whose budget is used up is paused with its repeats, no judge reply about it and no repair of it is begun
(`Run.over_budget`), and a larger budget lets it be resumed. Requests that are under way at that moment are still paid
and stored: at most as many as its workers have at once.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.prices import price_of
from annotator.runs.selectors.budgets import RunBudget, run_budget
from annotator.runs.selectors.repeats import repeats_with

_MOST_USD, _MOST_TOKENS = 1e6, 10**12
_LIMITED = Q(budget_usd__isnull=False) | Q(budget_tokens__isnull=False)


@transaction.atomic
def run_budget_set(*, runs: Iterable[Run], usd: float | None = None, tokens: int | None = None) -> None:
    """Limit what these runs, with their repeats, may use; a limit that is None stays as it was.

    A limit that is used up already pauses them, and one that is not lets judges and repairs go on. Raises RunError for
    a limit out of range, and for one in US dollars where no price of the model is known.
    """
    limits = {"budget_usd": usd, "budget_tokens": tokens}
    changed = {name: value for name, value in limits.items() if value is not None}
    for run in runs if changed else ():
        _refuse(run, usd, tokens)
        members = list(repeats_with(run).select_for_update(no_key=True))
        Run.objects.filter(pk__in=[member.pk for member in members]).update(**changed, over_budget=False)
        for name, value in changed.items():
            setattr(run, name, value)
        run.over_budget = _enforce(members, run_budget(run))


def budget_enforce(run_id: int) -> bool:
    """Pause the run and its repeats if their budget is used up; return whether it is, newly."""
    open_run = Run.objects.filter(_LIMITED, Q(over_budget=False) | Q(status=Run.Status.RUNNING), pk=run_id)
    run = open_run.select_related("language_model").first()
    budget = run_budget(run) if run else None
    if run is None or budget is None or not budget.used_up:
        return False
    with transaction.atomic():
        # Locked in their order: of two workers that see the budget used up at once, the later finds none running. It
        # is read again under the locks, since somebody may have raised it meanwhile.
        members = list(repeats_with(run).select_related("language_model").select_for_update(no_key=True, of=("self",)))
        return _enforce(members, run_budget(next(member for member in members if member.pk == run_id)))


def refuse_used_up(run: Run) -> None:
    """Raise RunError for a run whose budget is used up: what is begun for it would stop again at once."""
    budget = run_budget(run)
    if budget is not None and budget.used_up:
        raise RunError(
            _("Run %(run)d has used up its budget: raise it on its page, or with --budget-usd or --budget-tokens.")
            % {"run": run.pk}
        )


def _enforce(members: Iterable[Run], budget: RunBudget | None) -> bool:
    """Pause those of the locked `members` that run, if the budget that they share is used up."""
    if budget is None or not budget.used_up:
        return False
    for member in members:
        running = member.status == Run.Status.RUNNING
        status = Run.Status.PAUSED if running else member.status
        Run.objects.filter(pk=member.pk).update(status=status, over_budget=True)
        if running:
            event_append("run.paused", member, {"reason": "budget", "tokens": budget.tokens, "usd": budget.usd})
    return True


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
