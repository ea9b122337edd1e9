"""ComplexBench's published schema as typed values: instances, scoring questions, dependencies.

Every error names the instance, the question and the field. Knows no database and no verdicts.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from reprlib import repr as short_repr
from typing import Any

from annotator.constraints.complexbench.errors import InstanceError
from annotator.constraints.complexbench.prompts import Language
from annotator.constraints.complexbench.rules import argument_problem

COMPOSITION_TYPES = ("And", "Chain", "Selection", "Nested")
_PUBLISHED = (
    "main_id", "group", "idx_in_group", "instruction", "instruction_en", "task_types", "constraint_dimensions",
    "composition_types", "category", "scoring_questions",
)  # fmt: skip
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Question:
    """One scoring question; its index in the instance is its `point_id`."""

    text: str  # in Chinese; empty where the file has none
    text_en: str
    rule: str | None  # None: a judge decides the question
    dimensions: tuple[str, ...]  # of constraints: "Length", "Factuality"
    compositions: tuple[str, ...]  # of COMPOSITION_TYPES
    dependencies: tuple[int, ...]  # indices of its prerequisites, before or after it

    def text_in(self, language: Language) -> str:
        return self.text_en if language == "en" else self.text


@dataclass(frozen=True, slots=True)
class Instance:
    """One instruction and the questions that score a response to it."""

    main_id: int
    group: str | None  # instances of one group share their material
    index_in_group: int | None
    instruction: str
    instruction_en: str
    task_type: str
    category: str
    dimensions: tuple[str, ...]
    compositions: tuple[str, ...]
    questions: tuple[Question, ...]
    further: Mapping[str, Any] = field(default_factory=dict, compare=False)  # fields beyond the published ones

    def instruction_in(self, language: Language) -> str:
        return self.instruction_en if language == "en" else self.instruction


def read_instances(text: str, language: Language) -> list[Instance]:
    """Read the instances of a file: a JSON list, one JSON object, or one JSON object a line.

    All or nothing: the first error raises `InstanceError`; a text that is absent in `language` is an error. Fields
    beyond the published ones are kept as `further`.
    """
    instances, places = [], dict[int, str]()
    for place, value in _values(text):
        instance = _instance(_Fields(value, place), language)
        if instance.main_id in places:
            raise InstanceError(f"{place}: main_id {instance.main_id} is taken by {places[instance.main_id]}")
        places[instance.main_id] = place
        instances.append(instance)
    if not instances:
        raise InstanceError("the file holds no instances; give it a JSON list of them or one a line")
    return instances


class _Fields:
    """Typed access to the fields of one JSON object; `place` names the object in errors."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise InstanceError(f"{place}: a JSON object is needed, not {_kind(value)}")
        self._value, self.place = value, place

    def refuse(self, field: str, problem: str) -> InstanceError:
        return InstanceError(f"{self.place}, field '{field}': {problem}")

    def beyond(self, known: Collection[str]) -> Mapping[str, Any]:
        """The fields that are none of the `known`."""
        return {name: value for name, value in self._value.items() if name not in known}

    def whole(self, field: str) -> int:
        value = self._value.get(field)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(field, f"a whole number is needed, not {_kind(value)}")
        return value

    def optional_whole(self, field: str) -> int | None:
        return None if self._value.get(field) is None else self.whole(field)

    def text(self, field: str) -> str:
        value = self.optional_text(field)
        if value is None or not value.strip():
            raise self.refuse(field, "a text that is not blank is needed")
        return value

    def optional_text(self, field: str) -> str | None:
        value = self._value.get(field)
        if value is not None and not isinstance(value, str):
            raise self.refuse(field, f"a text is needed, not {_kind(value)}")
        if value and (bad := _UNSTORABLE.search(value)):
            code = f"U+{ord(bad[0]):04X}"
            raise self.refuse(field, f"character {bad.start()} is {code}, which cannot be stored; remove it")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        values = self.items(field)
        if not all(isinstance(value, str) and value.strip() and not _UNSTORABLE.search(value) for value in values):
            raise self.refuse(field, "every item has to be a name, a text that is not blank")
        return tuple(values)

    def items(self, field: str) -> list[Any]:
        value = self._value.get(field)
        if not isinstance(value, list):
            raise self.refuse(field, f"a list is needed, not {_kind(value)}")
        return value


def _instance(fields: _Fields, language: Language) -> Instance:
    main_id = fields.whole("main_id")
    fields.place = f"{fields.place} (main_id {main_id})"
    instruction, instruction_en = _texts(fields, "instruction", language)
    values = fields.items("scoring_questions")
    if not values:
        raise fields.refuse("scoring_questions", "at least one question is needed")
    questions = [_Fields(value, f"{fields.place}, question {index}") for index, value in enumerate(values)]
    instance = Instance(
        main_id=main_id,
        group=fields.optional_text("group"),
        index_in_group=fields.optional_whole("idx_in_group"),
        instruction=instruction,
        instruction_en=instruction_en,
        task_type=fields.text("task_types"),
        category=fields.text("category"),
        dimensions=fields.texts("constraint_dimensions"),
        compositions=_compositions(fields),
        questions=tuple(_question(question, index, len(values), language) for index, question in enumerate(questions)),
        further=fields.beyond(_PUBLISHED),
    )
    _refuse_cycles(fields, instance.questions)
    return instance


def _question(fields: _Fields, index: int, count: int, language: Language) -> Question:
    if fields.whole("point_id") != index:
        raise fields.refuse("point_id", f"it has to be {index}, the question's place in the list, counted from 0")
    text, text_en = _texts(fields, "question", language)
    rule = fields.optional_text("rule")
    if rule is not None and (problem := argument_problem(rule)):
        raise fields.refuse("rule", problem)
    return Question(
        text=text,
        text_en=text_en,
        rule=rule,
        dimensions=fields.texts("constraint_dimensions"),
        compositions=_compositions(fields),
        dependencies=_dependencies(fields, index, count),
    )


def _texts(fields: _Fields, field: str, language: Language) -> tuple[str, str]:
    """Return the Chinese and the English text; only the one in `language` is required."""
    fields.text(f"{field}_en" if language == "en" else field)
    return fields.optional_text(field) or "", fields.optional_text(f"{field}_en") or ""


def _compositions(fields: _Fields) -> tuple[str, ...]:
    names = fields.texts("composition_types")
    if unknown := [name for name in names if name not in COMPOSITION_TYPES]:
        known = ", ".join(COMPOSITION_TYPES)
        raise fields.refuse("composition_types", f"unknown composition type {short_repr(unknown[0])}; known: {known}")
    return names


def _dependencies(fields: _Fields, index: int, count: int) -> tuple[int, ...]:
    dependencies = fields.items("dep")
    for dependency in dependencies:
        if not isinstance(dependency, int) or isinstance(dependency, bool) or not 0 <= dependency < count:
            shown = str(dependency) if type(dependency) is int else _kind(dependency)
            raise fields.refuse("dep", f"{shown} is no question of this instance; they are 0 to {count - 1}")
        if dependency == index:
            raise fields.refuse("dep", f"question {index} cannot depend on itself")
    return tuple(dependencies)


def _refuse_cycles(fields: _Fields, questions: Sequence[Question]) -> None:
    graph = {index: question.dependencies for index, question in enumerate(questions)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        steps = " -> ".join(map(str, error.args[1]))
        problem = f"the dependencies go round in a circle: {steps}; remove one 'dep'"
        raise fields.refuse("scoring_questions", problem) from None


def _values(text: str) -> Iterator[tuple[str, Any]]:
    """Yield the JSON value of each instance, with the place that errors name."""
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise InstanceError(f"line {error.lineno}: the file is not JSON ({error.msg}); correct it there") from None
        yield from _lines(text)
        return
    except (ValueError, RecursionError):
        raise InstanceError("the file is not JSON that can be read: a number or the nesting is too large") from None
    for index, value in enumerate(whole if isinstance(whole, list) else [whole]):
        yield f"instance {index + 1}", value


def _lines(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError):
                raise InstanceError(f"line {number}: this is not one JSON object; put one instance a line") from None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
