"""Strategies: the ways of asking for an answer, one module each. No Django, no torch."""

from collections.abc import Callable, Mapping
from typing import Any

from annotator.strategies import strategy_spec
from workers.strategies.base import Base
from workers.strategies.classifier_selective import ClassifierSelective
from workers.strategies.cot import ChainOfThought
from workers.strategies.cot_forced import CotForced
from workers.strategies.driver import drive
from workers.strategies.few_shot import FewShot
from workers.strategies.jobs import Call, Job, Result
from workers.strategies.pipeline import Pipeline
from workers.strategies.protocol import Ask, Decision, Item, ItemConstraint, Outcome, Strategy
from workers.strategies.restate import Restate
from workers.strategies.retries import Waiting
from workers.strategies.self_reflection import SelfReflection
from workers.strategies.self_selective import SelfSelective
from workers.strategies.thinking import OwnThinking
from workers.strategies.verified_revision import VerifiedRevision

__all__ = [
    "Ask",
    "Call",
    "Decision",
    "Item",
    "ItemConstraint",
    "Job",
    "Outcome",
    "Result",
    "Strategy",
    "Waiting",
    "build_strategy",
    "drive",
    "strategy_names",
]

_STRATEGIES: dict[str, Callable[[Any], Strategy]] = {
    "base": Base,
    "cot": ChainOfThought,
    "cot_forced": CotForced,
    "thinking": OwnThinking,
    "few_shot": FewShot,
    "self_reflection": SelfReflection,
    "restate": Restate,
    "self_selective": SelfSelective,
    "classifier_selective": ClassifierSelective,
    "verified_revision": VerifiedRevision,
    "pipeline": Pipeline,
}


def build_strategy(name: str, parameters: Mapping[str, Any]) -> Strategy:
    """Build the strategy called `name` with `parameters`, a JSON object as stored in `Run.parameters`.

    Raises ValueError with one sentence for an unknown name or parameter.
    """
    read = strategy_spec(name).read_parameters(parameters)
    return _STRATEGIES[name](read)


def strategy_names() -> list[str]:
    """Return the names of all strategies, in the order in which screens list them."""
    return list(_STRATEGIES)
