"""Change of a text that an edit proposes, before any checker has decided it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from annotator.constraints.checker import Checker
from annotator.constraints.text_variants import TextVariant


class Change(NamedTuple):
    """A new text, and a translatable sentence that names the edit."""

    label: str
    text: str


Edit = Callable[[Any, TextVariant], Iterator[Change]]
"""Yields changes of a text for a checker that it violates, the preferred first; nothing where no honest one exists."""


def obeys(checker: Checker, text: str, like: TextVariant) -> bool:
    """Whether a changed text satisfies the checker; `like` gives the time limit."""
    return bool(text.strip()) and checker.obeys(TextVariant(text, 0, like.clock))
