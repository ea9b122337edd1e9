"""Routers of every kind: reading one from JSON, and its probability for a prompt. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from annotator.strategies.kind_router import KindRouter
from annotator.strategies.text_router import FEATURES, TextRouter

Router = KindRouter | TextRouter


def read_router(value: Mapping[str, Any]) -> Router:
    """Read a router by its `kind`; `{}` is the default one, by kinds of constraints. Raises OptionsError."""
    if isinstance(value, Mapping) and value.get("kind") in FEATURES:
        return TextRouter.from_json(value)
    return KindRouter.from_json(value)


def helps_probability(router: Router, *, prompt: str, kinds: Iterable[str]) -> float:
    """Return the probability that reasoning helps with this prompt, whose constraints are of these kinds."""
    return router.probability(prompt) if isinstance(router, TextRouter) else router.probability(kinds)
