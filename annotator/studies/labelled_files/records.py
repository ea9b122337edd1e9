"""Values of labelled files: one pair of answers, before and after its fields are named. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from annotator.constraints.messages import msg, quoted
from annotator.datasets.jsonl import LineError

_CHAT_TEXT = "content"


@dataclass(frozen=True, slots=True)
class OutsideAnnotation:
    """The annotation of one person in the other tool: control -> its values, in their order.

    `author` is the name that the tool gives, "" without one; `seconds` and `at` are None where it does not say.
    """

    author: str
    values: Mapping[str, Sequence[str]]
    seconds: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """One row of a file: its fields as they are, and its annotations. `left_out` are those that were not submitted."""

    fields: Mapping[str, Any]
    annotations: Sequence[OutsideAnnotation]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Naming:
    """Names of the fields that hold the prompt and both answers, and of the control that holds the label.

    A name with dots leads into nested values: `answers.0.text`. `meanings` is value of the control -> label. `key`
    names the field with the prompt's key, `note` a control with free text; "" for none.
    """

    prompt: str
    first: str
    second: str
    control: str
    meanings: Mapping[str, str]
    key: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """One pair of answers with what people said about it, as (annotation, label, note)."""

    key: str | None
    prompt: str
    first: str
    second: str
    judged: Sequence[tuple[OutsideAnnotation, str, str]] = field(default_factory=list)


def labelled_pair(row: LabelledRow, naming: Naming) -> LabelledPair:
    """Read a row by the names of its fields. Raises `LineError`, also for a value without a meaning."""
    return LabelledPair(
        key=_text(row, naming.key) if naming.key else None,
        prompt=_text(row, naming.prompt),
        first=_text(row, naming.first),
        second=_text(row, naming.second),
        judged=[(made, _label(made, naming), _note(made, naming)) for made in row.annotations],
    )


def value_at(fields: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field, None without one; a name with dots leads into objects and lists."""
    if name in fields:
        return fields[name]
    value: Any = fields
    for part in name.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and len(part) < 7 and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def text_in(value: Any) -> str | None:
    """Return a text, a number as text, or the last message of a chat; None for any other value."""
    if isinstance(value, list) and value and isinstance(value[-1], Mapping):
        value = value[-1].get(_CHAT_TEXT)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def _text(row: LabelledRow, name: str) -> str:
    value = value_at(row.fields, name)
    text = text_in(value)
    if text is None:
        if value is None:
            raise LineError(msg("the field %(name)s is missing", name=quoted(name)))
        raise LineError(msg("the field %(name)s is no text", name=quoted(name)))
    return text


def _label(made: OutsideAnnotation, naming: Naming) -> str:
    values = made.values.get(naming.control, ())
    if len(values) != 1:
        names = {"author": quoted(made.author), "control": quoted(naming.control)}
        if values:
            raise LineError(msg("the annotation of %(author)s has several values of %(control)s", **names))
        raise LineError(msg("the annotation of %(author)s has no value of %(control)s", **names))
    if values[0] not in naming.meanings:
        raise LineError(
            msg(
                "the value %(value)s of %(control)s has no meaning; say which label it is",
                value=quoted(values[0]),
                control=quoted(naming.control),
            )
        )
    return naming.meanings[values[0]]


def _note(made: OutsideAnnotation, naming: Naming) -> str:
    return "\n".join(made.values.get(naming.note, ())) if naming.note else ""
