"""First answers: `base` and `cot` as the first step, or the choice, of another strategy."""

from collections.abc import Mapping

from annotator.strategies import NoParameters
from workers.strategies.base import Base
from workers.strategies.cot import ChainOfThought
from workers.strategies.protocol import Strategy

FIRST_ANSWERS: Mapping[str, Strategy] = {"base": Base(NoParameters()), "cot": ChainOfThought(NoParameters())}
"""The strategies by name."""
