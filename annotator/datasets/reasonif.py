"""Reader of ReasonIF's JSON array: prompts whose one constraint is about the reasoning.

Owns which names of its constraints are which kinds. The meaning of each was compared with IFEval's checkers; the
languages are told apart by another detector than upstream. What no checker decides becomes a question for a judge.
Knows no database.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from annotator.constraints import ConstraintSpec, Span
from annotator.constraints.complexbench.question import KIND, kwargs_asking
from annotator.constraints.parameters import LESS_THAN
from annotator.datasets.jsonl import LineError, list_field, plain_field
from annotator.datasets.mathif import is_undetected_language
from annotator.datasets.readers import (
    PromptRecord,
    Rejection,
    constraint_spec,
    metadata_of,
    prompt_field,
    read_objects,
)
from annotator.datasets.whole_files import array_items, whole_text

_WORDS = "length_constraint_checkers:number_words"
_FIELDS = ("prompt", "constraint_name", "constraint_args", "source", "answer")
KIND_OF_NAME = {
    "language:reasoning_language": "language:response_language",
    _WORDS: "length_constraints:number_words",
    "change_case:english_capital": "change_case:english_capital",
    "detectable_format:json_format": "detectable_format:json_format",
    "punctuation:no_comma": "punctuation:no_comma",
    "startend:end_checker": "startend:end_checker",
}
_STATED = re.compile(r"\*\*(When reasoning[^*]{1,2000})\*\*")


def read_reasonif(lines: Iterable[bytes | str]) -> Iterator[PromptRecord | Rejection]:
    """Read the items as prompts. A key is the place in the array from 0, which upstream's outputs call `id`.

    Raises `SourceError` where the array is broken off.
    """
    for place, item in enumerate(array_items(whole_text(lines))):
        yield from read_objects([item], partial(_prompt, place=place))


def _prompt(number: int, record: dict[str, Any], *, place: int) -> PromptRecord:
    text = prompt_field(record, "prompt")
    names, arguments = list_field(record, "constraint_name"), list_field(record, "constraint_args")
    if len(names) != 1 or len(arguments) != 1:
        raise LineError(
            f"'constraint_name' and 'constraint_args' have {len(names)} and {len(arguments)} items; "
            "a prompt of ReasonIF has one constraint"
        )
    span = _span(text)
    return PromptRecord(
        line=number,
        key=place,
        text=text,
        specs=(_spec(names[0], arguments[0], text[slice(*span)] if span else ""),),
        spans=(span,),
        attributes={"source": plain_field(record, "source"), "reference_answer": plain_field(record, "answer")},
        metadata=metadata_of(record, _FIELDS),
        scope="reasoning",
    )


def _span(text: str) -> Span | None:
    """Return the sentence that states the constraint, which the published prompts print in bold."""
    match = _STATED.search(text)
    return match.span(1) if match else None


def _spec(name: Any, arguments: Any, stated: str) -> ConstraintSpec:
    if not isinstance(name, str):
        raise LineError("'constraint_name' must hold a text")
    arguments = {} if arguments is None else arguments
    if not isinstance(arguments, dict):
        raise LineError(f"{name}: its 'constraint_args' must be a JSON object or null")
    if name == _WORDS:
        arguments = {**arguments, "relation": LESS_THAN}  # "respond with less than 860 words", in every prompt
    if name in KIND_OF_NAME and not is_undetected_language(KIND_OF_NAME[name], arguments):
        return constraint_spec(name, KIND_OF_NAME[name], arguments)
    if not stated:
        raise LineError(
            f"no checker decides {name!r:.100}, and no sentence **When reasoning ...** in 'prompt' says what a judge "
            "has to ask; write the constraint there in bold"
        )
    return constraint_spec(name, KIND, kwargs_asking(stated))
