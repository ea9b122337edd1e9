"""Prices of language models per token, each with the day on which it was read.

Reads `fixtures/prices.json`. A price belongs to the provider's own service, so that a model run here has none: what it
costs is time of a machine, which is no price of 0.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

from annotator.options import read_options
from annotator.runs.models import LanguageModel

LOCAL = ("transformers", "diffusion", "scripted")
"""The backends that run a model on a machine of ours."""

_TOKENS = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens of a model, as `source` gave them on the ISO day `on`.

    `names` are the names under which a language model is found. Discounts for cached tokens and for batches are in no
    price.
    """

    names: list[str]
    prompt_usd: float
    completion_usd: float
    on: str
    source: str
    verified: bool

    def cost(self, *, prompt_tokens: int, completion_tokens: int) -> float:
        """Return what so many tokens cost, in US dollars."""
        return (self.prompt_usd * prompt_tokens + self.completion_usd * completion_tokens) / _TOKENS


def price_of(language_model: LanguageModel) -> Price | None:
    """Return the newest price of the model; None for a model that runs here, and where no price is known."""
    if language_model.backend in LOCAL:
        return None
    names = {language_model.slug.lower(), language_model.name.rpartition("/")[2].lower()}
    known = [price for price in _prices() if names & {name.lower() for name in price.names}]
    return max(known, key=lambda price: price.on, default=None)


@cache
def _prices() -> Sequence[Price]:
    path = settings.BASE_DIR / "fixtures" / "prices.json"
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    rows = enumerate(content["prices"], start=1)
    return tuple(read_options(Price, row, where=f"prices.json: price {number}") for number, row in rows)
