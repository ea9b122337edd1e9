"""ComplexBench instances as prompts with one constraint per scoring question, and back.

Owns the reader of its files. A file is usually one JSON value, so it is read whole, up to `FILE_CAP`, and imported
whole or not at all. Knows no judge replies.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from annotator.constraints import ConstraintSpec, validate
from annotator.constraints.complexbench.errors import InstanceError
from annotator.constraints.complexbench.instances import Instance, read_instances
from annotator.constraints.complexbench.prompts import Language
from annotator.constraints.complexbench.question import KIND, kwargs_of, question_of
from annotator.datasets.models import Prompt
from annotator.datasets.readers import PromptRecord, SourceError, metadata_of
from annotator.datasets.whole_files import whole_text

_KEY_CHARACTERS = 128
_CLASSES = ("category", "task_type", "group", "dimensions", "compositions")


def read_complexbench(lines: Iterable[bytes | str], language: Language) -> Iterator[PromptRecord]:
    """Read instances as prompts in `language`, which is part of a prompt's attributes. Raises `SourceError`."""
    try:
        instances = read_instances(whole_text(lines), language)
    except InstanceError as error:
        raise SourceError(str(error)) from None
    for number, instance in enumerate(instances, 1):
        yield _record(number, instance, language)


def instance_of(prompt: Prompt) -> Instance:
    """Return the instance that a prompt was made from; for many prompts, prefetch their constraints."""
    attributes = prompt.attributes
    return Instance(
        main_id=int(prompt.key),
        group=attributes["group"],
        index_in_group=attributes["index_in_group"],
        instruction=attributes["instruction"],
        instruction_en=attributes["instruction_en"],
        task_type=attributes["task_type"],
        category=attributes["category"],
        dimensions=tuple(attributes["dimensions"]),
        compositions=tuple(attributes["compositions"]),
        questions=tuple(question_of(constraint.kwargs) for constraint in prompt.constraints.all()),
    )


def _record(number: int, instance: Instance, language: Language) -> PromptRecord:
    if len(str(instance.main_id)) > _KEY_CHARACTERS:
        raise SourceError(f"instance {number}: its main_id has more than {_KEY_CHARACTERS} digits; shorten it")
    return PromptRecord(
        line=number,
        key=instance.main_id,
        text=instance.instruction_in(language),
        specs=tuple(
            ConstraintSpec(KIND, validate(KIND, kwargs_of(question, language))) for question in instance.questions
        ),
        spans=(None,) * len(instance.questions),
        attributes={
            "language": language,
            "group": instance.group,
            "index_in_group": instance.index_in_group,
            "instruction": instance.instruction,
            "instruction_en": instance.instruction_en,
            "task_type": instance.task_type,
            "category": instance.category,
            "dimensions": list(instance.dimensions),
            "compositions": list(instance.compositions),
        },
        metadata=_metadata(number, instance),
    )


def _metadata(number: int, instance: Instance) -> dict[str, Any]:
    """Return what leads see, search and export of an instance: its classes, and further fields of the file."""
    try:
        json.dumps(instance.further, allow_nan=False)
        return metadata_of({**{name: getattr(instance, name) for name in _CLASSES}, **instance.further}, known=())
    except (RecursionError, ValueError):
        raise SourceError(
            f"instance {number}: a field beyond the published ones is nested too deeply, or holds NaN or Infinity"
        ) from None
