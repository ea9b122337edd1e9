"""Exemplars as frozen values: prompt, reasoning and answer, and the bounds of a set. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from annotator.options import OptionsError, read_options
from annotator.text_cleaning import UNSTORABLE

MOST_EXEMPLARS = 64
LONGEST_TEXT = 50_000
"""The most characters of one prompt, reasoning or answer."""
LONGEST_SET = 400_000
"""The most characters of all exemplars of a set: every request of its run repeats them."""

_WHITE_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Exemplar:
    """One demonstration; `reasoning` may be empty."""

    prompt: str
    answer: str
    reasoning: str = ""

    def __post_init__(self) -> None:
        for name in ("prompt", "answer"):
            if not getattr(self, name).strip():
                raise OptionsError(f"{name} is empty; an exemplar has a prompt and an answer.")
        for field in fields(self):
            text = getattr(self, field.name)
            if len(text) > LONGEST_TEXT:
                raise OptionsError(f"{field.name} has {len(text):,} characters; at most {LONGEST_TEXT:,} are read.")
            if unstorable := UNSTORABLE.search(text):
                raise OptionsError(f"{field.name} has a character that cannot be stored at {unstorable.start() + 1}.")


def read_exemplars(values: Sequence[Mapping[str, Any]], *, where: str) -> tuple[Exemplar, ...]:
    """Read a set of exemplars, at least one. Raises OptionsError, which names `where` and the exemplar's number."""
    if not values:
        raise OptionsError(f"{where}: there is none; give at least one exemplar, or use the strategy base.")
    if len(values) > MOST_EXEMPLARS:
        raise OptionsError(f"{where}: there are {len(values):,}; give at most {MOST_EXEMPLARS}.")
    exemplars = tuple(_read_exemplar(value, f"{where}: exemplar {number}") for number, value in enumerate(values, 1))
    characters = sum(len(text) for exemplar in exemplars for text in asdict(exemplar).values())
    if characters > LONGEST_SET:
        raise OptionsError(f"{where}: together they have {characters:,} characters; give at most {LONGEST_SET:,}.")
    return exemplars


def comparable_text(text: str) -> str:
    """Return `text` as prompts are compared: compatible characters, letter case and white space make no difference."""
    return _WHITE_SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _read_exemplar(value: Mapping[str, Any], where: str) -> Exemplar:
    try:
        return read_options(Exemplar, value, where=where)
    except OptionsError as error:
        problem = str(error)
        raise OptionsError(problem if problem.startswith(where) else f"{where}: {problem}") from None
