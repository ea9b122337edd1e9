"""Messages of a few-shot request: the exemplars as earlier turns or in one turn, and the target last.

Pure. The paper put the target before its exemplars, which may explain its losses. Exemplars and target are joined,
never filled into each other: no text of theirs acts as a template. The wording is part of the strategy `few_shot`:
changing it needs a new version of its spec.
"""

from collections.abc import Iterator
from typing import Literal

from annotator.constraints.answer_form import ANSWER_FORM
from annotator.strategies.exemplars import Exemplar
from annotator.strategies.parameters import FewShotParameters

OPENING = "Each request below is followed by an answer that obeys all of its constraints."
REQUEST, ANSWER = "REQUEST {number}:", "ANSWER {number}:"
TARGET = "Answer the following request in the same way. Write the answer alone."
REASONED_TARGET = "Answer the following request in the same way."


def exemplar_messages(parameters: FewShotParameters, prompt: str) -> Iterator[tuple[Literal["user", "assistant"], str]]:
    """Yield (role, text) of each message that asks for an answer to `prompt`."""
    exemplars, reasoning = parameters.read_exemplars(), parameters.reasoning
    if not parameters.as_turns:
        yield "user", _one_turn(exemplars, prompt, reasoning)
        return
    for exemplar in exemplars:
        yield "user", _request(exemplar.prompt, reasoning)
        yield "assistant", _reply(exemplar, reasoning)
    yield "user", _request(prompt, reasoning)


def _one_turn(exemplars: tuple[Exemplar, ...], prompt: str, reasoning: bool) -> str:
    parts = [OPENING]
    for number, exemplar in enumerate(exemplars, 1):
        parts += [_numbered(REQUEST, number, exemplar.prompt), _numbered(ANSWER, number, _reply(exemplar, reasoning))]
    return "\n\n".join([*parts, REASONED_TARGET if reasoning else TARGET, _request(prompt, reasoning)])


def _request(prompt: str, reasoning: bool) -> str:
    return f"{prompt}\n\n{ANSWER_FORM}" if reasoning else prompt


def _reply(exemplar: Exemplar, reasoning: bool) -> str:
    return f"THINK: {exemplar.reasoning}\nANSWER: {exemplar.answer}" if reasoning else exemplar.answer


def _numbered(heading: str, number: int, text: str) -> str:
    return heading.replace("{number}", str(number)) + "\n" + text
