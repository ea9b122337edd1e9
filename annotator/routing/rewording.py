"""Simple rewordings of a prompt that change no constraint.

Pure and deterministic, for English alone. They touch politeness, the address and white space, never a number or a
keyword.
"""

import re
from collections.abc import Callable, Mapping

_SENTENCE = re.compile(r"\A([A-Z])(?=[a-z])")


def _politely(prompt: str) -> str:
    return "Please help me with this. " + prompt


def _thankful(prompt: str) -> str:
    return prompt.rstrip() + "\n\nThank you very much!"


def _as_a_wish(prompt: str) -> str:
    return "I would like you to do the following: " + _SENTENCE.sub(lambda match: match[1].lower(), prompt)


def _in_one_line(prompt: str) -> str:
    return " ".join(prompt.split())


REWORDINGS: Mapping[str, Callable[[str], str]] = {
    "a polite opening": _politely,
    "thanks at the end": _thankful,
    "as a wish": _as_a_wish,
    "in one line": _in_one_line,
}
"""Every rewording by name."""
