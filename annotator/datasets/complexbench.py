"""ComplexBench instances as prompts with one constraint per scoring question, and back.

Owns the reading of its files as a source of prompts. A file is one JSON value as a rule, so it is read whole, up to a
cap, and taken whole or not at all. Knows no judge replies.
"""

from collections.abc import Iterable, Iterator

from annotator.constraints import ConstraintSpec, validate
from annotator.constraints.complexbench.errors import InstanceError
from annotator.constraints.complexbench.instances import Instance, read_instances
from annotator.constraints.complexbench.prompts import Language
from annotator.constraints.complexbench.question import KIND, kwargs_of, question_of
from annotator.datasets.models import Prompt
from annotator.datasets.readers import PromptRecord, SourceError

FILE_CAP = 64_000_000  # bytes; the published 1,150 instances have fewer than 10 million
_KEY_CHARACTERS = 128


def read_complexbench(lines: Iterable[bytes | str], language: Language) -> Iterator[PromptRecord]:
    """The instances as prompts in `language`, which is part of what is imported. Raises `SourceError`."""
    try:
        instances = read_instances(_text(lines), language)
    except InstanceError as error:
        raise SourceError(str(error)) from None
    for place, instance in enumerate(instances, 1):
        yield _record(place, instance, language)


def instance_of(prompt: Prompt) -> Instance:
    """The instance that a prompt of this format was made from; its constraints are read, best prefetched."""
    kept = prompt.attributes
    return Instance(
        main_id=int(prompt.key),
        group=kept["group"],
        index_in_group=kept["index_in_group"],
        instruction=kept["instruction"],
        instruction_en=kept["instruction_en"],
        task_type=kept["task_type"],
        category=kept["category"],
        dimensions=tuple(kept["dimensions"]),
        compositions=tuple(kept["compositions"]),
        questions=tuple(question_of(constraint.kwargs) for constraint in prompt.constraints.all()),
    )


def _record(place: int, instance: Instance, language: Language) -> PromptRecord:
    if len(str(instance.main_id)) > _KEY_CHARACTERS:
        raise SourceError(f"instance {place}: its main_id has more than {_KEY_CHARACTERS} digits; shorten it")
    return PromptRecord(
        line=place,
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
    )


def _text(lines: Iterable[bytes | str]) -> str:
    """All of the source; a byte order mark before it is tolerated."""
    pieces, size = list[bytes](), 0
    for line in lines:
        pieces.append(line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line)
        size += len(pieces[-1])
        if size > FILE_CAP:
            raise SourceError(f"it holds more than {FILE_CAP:,} bytes, the most that is read; import it in parts")
    try:
        return b"".join(pieces).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None
