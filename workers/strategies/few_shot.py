"""The strategy `few_shot`: exemplars first, as earlier turns or in one turn, and the target last.

The paper put the target before its exemplars, which may explain its losses. Exemplars and target are joined, never
filled into each other: no text of theirs acts as a template.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import ClassVar

from annotator.strategies import StrategySpec, strategy_spec
from annotator.strategies.exemplars import Exemplar
from annotator.strategies.parameters import FewShotParameters
from workers.engine import Completion, Message, Thinking
from workers.strategies import cot
from workers.strategies.protocol import Ask, Item, Outcome
from workers.strategies.splitting import outcome_of

OPENING = "Each request below is followed by an answer that obeys all of its constraints."
REQUEST, ANSWER = "REQUEST {number}:", "ANSWER {number}:"
TARGET = "Answer the following request in the same way. Write the answer alone."
REASONED_TARGET = "Answer the following request in the same way."


@dataclass(frozen=True, slots=True)
class FewShot:
    """Show the exemplars, then ask the prompt; with `reasoning` in the form of `cot`."""

    spec: ClassVar[StrategySpec] = strategy_spec("few_shot")
    parameters: FewShotParameters

    def start(self, item: Item) -> Generator[Ask, Completion, Outcome]:
        reasoning = self.parameters.reasoning
        messages = tuple(self._turns(item.prompt)) if self.parameters.as_turns else (self._one_turn(item.prompt),)
        completion = yield Ask(messages, thinking=None if reasoning else Thinking(enabled=False))
        return outcome_of(completion, "markers" if reasoning else self.spec.split)

    def _turns(self, prompt: str) -> Iterator[Message]:
        for exemplar in self.parameters.read_exemplars():
            yield Message("user", self._request(exemplar.prompt))
            yield Message("assistant", self._reply(exemplar))
        yield Message("user", self._request(prompt))

    def _one_turn(self, prompt: str) -> Message:
        parts = [OPENING]
        for number, exemplar in enumerate(self.parameters.read_exemplars(), 1):
            parts += [_numbered(REQUEST, number, exemplar.prompt), _numbered(ANSWER, number, self._reply(exemplar))]
        target = REASONED_TARGET if self.parameters.reasoning else TARGET
        return Message("user", "\n\n".join([*parts, target, self._request(prompt)]))

    def _request(self, prompt: str) -> str:
        return cot.TEMPLATE.replace("{prompt}", prompt) if self.parameters.reasoning else prompt

    def _reply(self, exemplar: Exemplar) -> str:
        if not self.parameters.reasoning:
            return exemplar.answer
        return f"THINK: {exemplar.reasoning}\nANSWER: {exemplar.answer}"


def _numbered(heading: str, number: int, text: str) -> str:
    return heading.replace("{number}", str(number)) + "\n" + text
