"""Budgets of runs: what a run and its repeats may use, and what their model calls have used."""

from dataclasses import dataclass

from django.db.models import Sum

from annotator.runs.models import ModelCall, Run
from annotator.runs.prices import price_of
from annotator.runs.selectors.repeats import repeats_with


@dataclass(frozen=True, slots=True)
class RunBudget:
    """The limits of a run, None where there is none, and what it has used; `usd` is None where no price is known.

    Results that were reused or recorded cost nothing here. A failed call counts with its reported tokens.
    """

    most_usd: float | None
    most_tokens: int | None
    usd: float | None
    tokens: int

    @property
    def used_up(self) -> bool:
        over_tokens = self.most_tokens is not None and self.tokens >= self.most_tokens
        return over_tokens or (self.most_usd is not None and self.usd is not None and self.usd >= self.most_usd)


def run_budget(run: Run) -> RunBudget | None:
    """Return the budget of a run with its repeats, None where it has none."""
    if run.budget_usd is None and run.budget_tokens is None:
        return None
    calls = ModelCall.objects.filter(generation__run__in=repeats_with(run), generation__recorded_at=None)
    sums = calls.aggregate(prompt=Sum("prompt_tokens", default=0), completion=Sum("completion_tokens", default=0))
    price = price_of(run.language_model)
    usd = price.cost(prompt_tokens=sums["prompt"], completion_tokens=sums["completion"]) if price else None
    return RunBudget(run.budget_usd, run.budget_tokens, usd, sums["prompt"] + sums["completion"])
