"""Tokens, cost and model time of a run. Knows rows and prices, no database."""

from collections.abc import Collection
from dataclasses import dataclass

from annotator.analysis.results.rows import AnsweredPrompt
from annotator.runs.models import LanguageModel
from annotator.runs.prices import LOCAL, Price, price_of


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a run in sum, over the `counted` of its generations that have counts.

    `local` says whether the model runs on a machine of ours, which has no price. `price` is None where none is known,
    and `cost_usd` then too, as without a count. `seconds` is the sum of the generations' times, which overlap in a
    batch; None where none is stored. A generation that was reused from another run counts as if made for this one.
    """

    generations: int
    counted: int
    prompt_tokens: int
    reasoning_tokens: int
    completion_tokens: int
    seconds: float | None
    local: bool
    price: Price | None
    cost_usd: float | None


def usage_of(rows: Collection[AnsweredPrompt], language_model: LanguageModel) -> Usage:
    """Sum the tokens and times: a generation without a completion token was not counted."""
    counted = [row for row in rows if row.completion_tokens]
    sent, completed = sum(row.prompt_tokens for row in counted), sum(row.completion_tokens for row in counted)
    price = price_of(language_model)
    timed = [row.latency_s for row in rows if row.latency_s]
    return Usage(
        generations=len(rows),
        counted=len(counted),
        prompt_tokens=sent,
        reasoning_tokens=sum(row.reasoning_tokens for row in counted),
        completion_tokens=completed,
        seconds=sum(timed) if timed else None,
        local=language_model.backend in LOCAL,
        price=price,
        cost_usd=price.cost(prompt_tokens=sent, completion_tokens=completed) if price and counted else None,
    )
