"""Records of Argilla as `Dataset.to_disk` writes them, or as its server answers. Pure.

The shapes are those of argilla 2.8.0 (`records/_resource.py`, `_models/_record/_response.py`): responses by question,
each `{value, user_id}`, or a list by person, each `{values: {question: {value}}, status, user_id}`. The file of
`to_disk` does not say which responses are drafts, and has a ranking as a list in order, as it has several labels.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError, parse_object
from annotator.datasets.responses.records import ResponseFileError
from annotator.input_files import open_input
from annotator.studies.labelled_files.records import LabelledRow, OutsideAnnotation

_Answers = tuple[str, Mapping[str, Sequence[str]]]
"""(person, question -> values)"""
_UNFINISHED = ("draft", "discarded")
_ABOVE = " > "
_SETTINGS_CAP = 16_000_000  # bytes


def looks_like_argilla(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("fields"), dict) and "responses" in row


@dataclass(frozen=True, slots=True)
class ArgillaSettings:
    """Names of a dataset's fields, and the type of each question, as `.argilla/settings.json` has them."""

    fields: Sequence[str]
    questions: Mapping[str, str]

    @property
    def rankings(self) -> frozenset[str]:
        """The questions whose answers are lists in order: in `records.json` they look like several labels."""
        return frozenset(name for name, kind in self.questions.items() if kind == "ranking")


def read_settings(path: Path) -> ArgillaSettings:
    """Read the settings file. Raises `ResponseFileError` and `OSError`."""
    with open_input(path) as file:
        written = file.read(_SETTINGS_CAP + 1)
    try:
        content = parse_object(written, _SETTINGS_CAP)
        questions = {row["name"]: row["settings"]["type"] for row in content["questions"]}
        fields = [row["name"] for row in content["fields"]]
    except (LineError, KeyError, TypeError, RecursionError):
        raise ResponseFileError(
            msg("%(file)s is not the settings.json of an Argilla dataset; look for it in .argilla.", file=path.name)
        ) from None
    if not all(isinstance(name, str) for name in (*fields, *questions, *questions.values())):
        raise ResponseFileError(msg("%(file)s has names that are no texts; is it the right file?", file=path.name))
    return ArgillaSettings(fields, questions)


def parse_record(row: Mapping[str, Any], rankings: Collection[str] = ()) -> LabelledRow:
    """Read one record; `rankings` are the questions that ask for an order. Raises `LineError`."""
    fields, responses = row.get("fields"), row.get("responses")
    if not isinstance(fields, dict):
        raise LineError(msg("'%(name)s' must be a JSON object", name="fields"))
    if isinstance(responses, list):
        by_person, left_out = _by_person(responses)
    elif isinstance(responses, dict):
        by_person, left_out = _by_question(responses, rankings), 0
    else:
        raise LineError(msg("'%(name)s' must be an object or a list", name="responses"))
    named = fields if "id" in fields else {**fields, "id": row.get("id")}
    return LabelledRow(named, [OutsideAnnotation(author, values) for author, values in by_person], left_out)


def question_values(value: Any) -> list[str]:
    """Return the values of a response: one, several labels, or a ranking as `a > b = c`; none of spans."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, str | int | float):
        return [str(value)]
    if isinstance(value, list) and value and all(isinstance(item, dict) and "rank" in item for item in value):
        return _ranking(value)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _ranking(items: Sequence[Mapping[str, Any]]) -> list[str]:
    if not all(type(item["rank"]) is int and isinstance(item.get("value"), str) for item in items):
        return []
    ordered = sorted(items, key=lambda item: (item["rank"], item["value"]))
    ranks = groupby(ordered, key=lambda item: item["rank"])
    return [_ABOVE.join(" = ".join(item["value"] for item in same) for _rank, same in ranks)]


def _by_question(responses: Mapping[str, Any], rankings: Collection[str]) -> list[_Answers]:
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for question, answers in responses.items():
        if not isinstance(answers, list) or not all(isinstance(answer, dict) for answer in answers):
            raise LineError(msg("'%(name)s' must be a list of objects", name=question[:80]))
        for answer in answers:
            values = question_values(answer.get("value"))
            found[_author(answer)][question] = [_ABOVE.join(values)] if question in rankings and values else values
    return list(found.items())


def _by_person(responses: Sequence[Any]) -> tuple[list[_Answers], int]:
    if not all(isinstance(answer, dict) for answer in responses):
        raise LineError(msg("'%(name)s' must be a list of objects", name="responses"))
    submitted = [answer for answer in responses if answer.get("status") not in _UNFINISHED]
    found: list[_Answers] = [(_author(answer), dict(_answered(answer))) for answer in submitted]
    return found, len(responses) - len(submitted)


def _answered(answer: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    values = answer.get("values")
    for question, held in values.items() if isinstance(values, dict) else ():
        if isinstance(held, dict):
            yield question, question_values(held.get("value"))


def _author(answer: Mapping[str, Any]) -> str:
    user = answer.get("user_id")
    return str(user) if isinstance(user, str | int) else ""
