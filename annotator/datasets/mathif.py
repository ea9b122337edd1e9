"""Reader of MathIF's JSON Lines: problems of mathematics with one to three constraints on the answer.

Owns which names of its constraints are which kinds. The meaning of each was compared with IFEval's checkers: they
differ in nothing but the name of the family `length_constraints`. A name that is not among them becomes a question for
a judge. Knows no database.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from annotator.constraints import ConstraintSpec, Span
from annotator.constraints.complexbench.question import KIND, kwargs_asking
from annotator.constraints.language import LANGUAGES, ResponseLanguage
from annotator.datasets.jsonl import LineError, key_of, list_field, plain_field, refuse_unstorable
from annotator.datasets.readers import (
    PromptRecord,
    Rejection,
    constraint_spec,
    metadata_of,
    prompt_field,
    read_objects,
)

STEP_BY_STEP = "Let's think step by step and output the final answer within \\boxed{}."
"""What the published prompts put between the problem and its constraints."""

_FIELDS = ("id", "question", "constraint_name", "constraint_args", "constraint_desc", "source", "answer")
KIND_OF_NAME = {
    "length_constraint_checkers:number_words": "length_constraints:number_words",
    **{
        kind: kind
        for kind in (
            "change_case:capital_word_frequency",
            "change_case:english_capital",
            "change_case:english_lowercase",
            "combination:repeat_prompt",
            "detectable_format:multiple_sections",
            "detectable_format:number_bullet_lists",
            "detectable_format:number_highlighted_sections",
            "keywords:existence",
            "keywords:forbidden_words",
            "keywords:frequency",
            "language:response_language",
            "punctuation:no_comma",
            "startend:end_checker",
            "startend:quotation",
        )
    },
}


def read_mathif(lines: Iterable[bytes | str], *, bare: bool = False) -> Iterator[PromptRecord | Rejection]:
    """Read the problems as prompts, exactly as they were published, or `bare`: without `STEP_BY_STEP`."""
    return read_objects(enumerate(lines, 1), partial(_prompt, bare=bare))


def _prompt(number: int, record: dict[str, Any], *, bare: bool) -> PromptRecord:
    key = key_of(record, "id")
    problem = prompt_field(record, "question")
    names, arguments = list_field(record, "constraint_name"), list_field(record, "constraint_args")
    stated = [_stated(value) for value in list_field(record, "constraint_desc")]
    if not names or not len(names) == len(arguments) == len(stated):
        raise LineError(
            f"'constraint_name', 'constraint_args' and 'constraint_desc' have {len(names)}, {len(arguments)} and "
            f"{len(stated)} items; give each constraint one of each"
        )
    beginning = problem + (" " if bare else STEP_BY_STEP)
    where = f"key {key!r}, constraint "
    return PromptRecord(
        line=number,
        key=key,
        text=beginning + " ".join(stated),
        specs=tuple(
            _spec(f"{where}{place}", *constraint)
            for place, constraint in enumerate(zip(names, arguments, stated, strict=True), 1)
        ),
        spans=_spans(len(beginning), stated),
        attributes={"source": plain_field(record, "source"), "reference_answer": plain_field(record, "answer")},
        metadata=metadata_of(record, _FIELDS),
    )


def _stated(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise LineError("'constraint_desc' must hold texts that are not empty")
    refuse_unstorable(value, "'constraint_desc'")
    return value


def _spec(where: str, name: Any, arguments: Any, stated: str) -> ConstraintSpec:
    if not isinstance(name, str):
        raise LineError(f"{where}: its name must be a text")
    arguments = {} if arguments is None else arguments
    if name in KIND_OF_NAME and not is_undetected_language(KIND_OF_NAME[name], arguments):
        return constraint_spec(where, KIND_OF_NAME[name], arguments)
    return constraint_spec(where, KIND, kwargs_asking(stated))


def is_undetected_language(kind: str, arguments: Any) -> bool:
    """Return whether the constraint asks for a language that IFEval's checker does not know, such as Chinese."""
    wanted = arguments.get("language") if isinstance(arguments, dict) else None
    return kind == ResponseLanguage.kind and isinstance(wanted, str) and wanted not in LANGUAGES


def _spans(start: int, stated: list[str]) -> tuple[Span, ...]:
    """Return where each constraint stands in the prompt, without the spaces around it."""
    spans = []
    for text in stated:
        left = start + len(text) - len(text.lstrip())
        spans.append((left, left + len(text.strip())))
        start += len(text) + 1
    return tuple(spans)
