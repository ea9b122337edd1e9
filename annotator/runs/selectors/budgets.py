"""Budgets of runs: what a run and its repeats may use, and what the model calls for them have used."""

from dataclasses import dataclass

from django.db.models import Sum

from annotator.runs.models import LanguageModel, Run, RunUsage
from annotator.runs.prices import price_of
from annotator.runs.selectors.repeats import repeats_with


@dataclass(frozen=True, slots=True)
class RunBudget:
    """The limits of a run, None where there is none, and what it has used; `usd` is None where no price is known.

    Generations, judge replies and repairs count, each by the price of its own model; a model without a price costs
    nothing here, and so do results that were reused or recorded. A failed call counts with its reported tokens.
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
    """Return the budget of a run with its repeats, None where it has none. Reads a row for each of its workers."""
    if run.budget_usd is None and run.budget_tokens is None:
        return None
    used = RunUsage.objects.filter(run__in=repeats_with(run)).order_by().values_list("language_model")
    sums = {
        model_id: (prompt, completion)
        for model_id, prompt, completion in used.annotate(Sum("prompt_tokens"), Sum("completion_tokens"))
    }
    models = [run.language_model, *LanguageModel.objects.filter(pk__in=sums.keys() - {run.language_model_id})]
    costs = [cost for model in models if (cost := _cost(model, *sums.get(model.pk, (0, 0)))) is not None]
    tokens = sum(prompt + completion for prompt, completion in sums.values())
    return RunBudget(run.budget_usd, run.budget_tokens, sum(costs) if costs else None, tokens)


def _cost(model: LanguageModel, prompt_tokens: int, completion_tokens: int) -> float | None:
    price = price_of(model)
    return price.cost(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens) if price else None
