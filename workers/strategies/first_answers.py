"""First answers: plain strategies as the first step, or the choice, of another one."""

from collections.abc import Mapping

from annotator.strategies import NoParameters
from annotator.strategies.parameters import CotForcedParameters
from workers.strategies.base import Base
from workers.strategies.cot import ChainOfThought
from workers.strategies.cot_forced import CotForced
from workers.strategies.protocol import Strategy

FIRST_ANSWERS: Mapping[str, Strategy] = {
    "base": Base(NoParameters()),
    "cot": ChainOfThought(NoParameters()),
    "cot_forced": CotForced(CotForcedParameters()),
}
"""The strategies by name."""
