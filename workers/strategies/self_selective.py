"""The strategy `self_selective`: the model says whether to reason, then `cot` or `base` answers.

The model's yes is the probability of the label Yes where the backend has probabilities, else a reply that is read
strictly: what is neither yes nor no is taken as no, and the decision says so.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import ClassVar

from annotator.constraints import split_completion
from annotator.constraints.messages import msg
from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.parameters import SelfSelectiveParameters
from workers.engine import Completion, Message, Thinking
from workers.strategies.first_answers import FIRST_ANSWERS
from workers.strategies.protocol import Ask, Decision, Item, Outcome

QUESTION = """{prompt}

Do not answer this yet. Would it help you to obey every constraint above if you first reason step by step? Reply with \
one word: Yes or No."""
YES, NO = "Yes", "No"
_SAMPLING = {"max_new_tokens": 16, "temperature": 0.0}
_REPLY = re.compile(r"\W*(yes|no)\W*", re.IGNORECASE)
UNREADABLE = msg("The reply is neither yes nor no, so the model was asked without reasoning.")


@dataclass(frozen=True, slots=True)
class SelfSelective:
    """Ask the model whether to reason, and then for the answer in that way."""

    spec: ClassVar[StrategySpec] = strategy_spec("self_selective")
    parameters: SelfSelectiveParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        question = (Message("user", QUESTION.replace("{prompt}", item.prompt)),)
        reply = yield Ask(question, "choice", _SAMPLING, Thinking(enabled=False), choices=(YES, NO))
        decision = self._decision(reply)
        outcome = yield from FIRST_ANSWERS[decision.chose].start(item)
        return replace(outcome, decision=decision)

    def _decision(self, reply: Completion) -> Decision:
        threshold = self.parameters.threshold
        if reply.probabilities is not None:
            probability = reply.probabilities[YES]
            return Decision("cot" if probability >= threshold else "base", "the model", probability, threshold)
        word = _REPLY.fullmatch(split_completion(reply.text, "none").answer)
        if word is None:
            return Decision("base", "the model", note=str(UNREADABLE))
        return Decision("cot" if word[1].lower() == "yes" else "base", "the model")
