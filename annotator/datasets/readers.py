"""Reader of IFEval's JSON Lines, and the record types of all readers.

Owns which fields a record needs and the reason for each line that is refused. Pure and streaming: one line is in memory
at a time, besides the keys read so far. Knows no database.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.constraints import ConstraintArgumentError, ConstraintSpec, Span, UnknownKindError, validate
from annotator.datasets.jsonl import (
    LineError,
    UnknownKindLineError,
    is_blank,
    key_of,
    list_field,
    parse_object,
    refuse_unstorable,
    text_field,
    verbatim,
)
from annotator.text_cleaning import storable

_IFEVAL_FIELDS = ("key", "prompt", "instruction_id_list", "kwargs", "constraint_spans")
LINE_CAP = 1_000_000  # bytes; the longest line of IFEval has 5,000


class SourceError(ValueError):
    """Raised for a source that is refused as a whole, because its format does not allow setting single lines aside."""


@dataclass(frozen=True, slots=True)
class PromptRecord:
    """One prompt as its source states it. `attributes` are further fields of its format, as JSON.

    `metadata` are the fields that the format does not know, as they are, without empty ones; of some formats also
    classes that a lead searches by, such as the language.

    `scope` is what its constraints are about, `answer` or `reasoning` (`datasets.models.Constraint.Scope`).
    """

    line: int  # 1-based
    key: int | str
    text: str
    specs: tuple[ConstraintSpec, ...]
    spans: tuple[Span | None, ...]  # as many as `specs`; None where the source has no span
    attributes: Mapping[str, Any] = field(default_factory=dict)
    scope: str = "answer"
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A refused line, with the reason and its text."""

    line: int  # 1-based
    reason: str
    text: str
    unknown_kind: bool = False  # whether a checker for one of its constraints is not installed

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class LinesOfKeys:
    """The line of each key read so far; a key that comes again is refused."""

    def __init__(self) -> None:
        self._line_of: dict[str, int] = {}

    def add(self, key: int | str, line: int) -> None:
        """Remember the key. Raises `LineError` where an earlier line has it."""
        if str(key) in self._line_of:
            first = self._line_of[str(key)]
            raise LineError(f"the key {key!r} stands on line {first} already; every prompt needs its own")
        self._line_of[str(key)] = line


def read_objects(
    lines: Iterable[tuple[int, bytes | str]], prompt_of: Callable[[int, dict[str, Any]], PromptRecord]
) -> Iterator[PromptRecord | Rejection]:
    """Read numbered lines, each with one JSON object; `prompt_of` makes a prompt of line and object, or a `LineError`.

    Blank lines are skipped.
    """
    keys = LinesOfKeys()
    for number, line in lines:
        if is_blank(line):
            continue
        try:
            record = prompt_of(number, parse_object(line, LINE_CAP))
            keys.add(record.key, number)
        except LineError as error:
            yield Rejection(number, str(error), verbatim(line), isinstance(error, UnknownKindLineError))
        else:
            yield record


def metadata_of(record: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Return the fields of a line beyond the `known` ones that hold something, storable."""
    kept: dict[str, Any] = storable({name: value for name, value in record.items() if name not in known})
    return {name: value for name, value in kept.items() if value not in (None, "", [], {})}


def read_ifeval(lines: Iterable[bytes | str]) -> Iterator[PromptRecord | Rejection]:
    """Read IFEval's JSON Lines, null-padded kwargs included. Blank lines are skipped, but counted in line numbers."""
    return read_objects(enumerate(lines, 1), _ifeval_prompt)


def prompt_field(record: dict[str, Any], name: str) -> str:
    """Return a required text that is neither blank nor unstorable. Raises `LineError`."""
    text = text_field(record, name)
    if not text.strip():
        raise LineError(f"'{name}' is empty")
    refuse_unstorable(text, f"'{name}'")
    return text


def _ifeval_prompt(number: int, record: dict[str, Any]) -> PromptRecord:
    key = key_of(record)
    text = prompt_field(record, "prompt")
    kinds = list_field(record, "instruction_id_list")
    if not kinds:
        raise LineError("'instruction_id_list' is empty; a prompt needs at least one constraint to be verified")
    arguments = _as_long_as(kinds, list_field(record, "kwargs"), "kwargs")
    spans = _as_long_as(kinds, _spans(record, len(kinds)), "constraint_spans")
    return PromptRecord(
        line=number,
        key=key,
        text=text,
        specs=tuple(
            constraint_spec(f"key {key!r}, constraint {number}", kind, kwargs)
            for number, (kind, kwargs) in enumerate(zip(kinds, arguments, strict=True), 1)
        ),
        spans=tuple(_span(span, text) for span in spans),
        metadata=metadata_of(record, _IFEVAL_FIELDS),
    )


def _spans(record: dict[str, Any], count: int) -> list[Any]:
    """Return our own optional field; absent or null means that no span is known."""
    return [None] * count if record.get("constraint_spans") is None else list_field(record, "constraint_spans")


def _as_long_as(kinds: list[Any], values: list[Any], name: str) -> list[Any]:
    if len(values) != len(kinds):
        raise LineError(f"'{name}' has {len(values)} items and 'instruction_id_list' has {len(kinds)}; make them equal")
    return values


def constraint_spec(where: str, kind: Any, kwargs: Any) -> ConstraintSpec:
    """Return the validated constraint; raises `LineError`, whose message begins with `where`."""
    if not isinstance(kind, str) or len(kind) > 96:
        raise LineError(f"{where}: the kind must be a text of at most 96 characters")
    named = f"{where} ({kind if kind.isprintable() else repr(kind)})"
    if not isinstance(kwargs, dict):
        raise LineError(f"{named}: its kwargs must be a JSON object")
    refuse_unstorable(kwargs, named)
    try:
        return ConstraintSpec(kind, validate(kind, kwargs))
    except UnknownKindError as error:
        raise UnknownKindLineError(f"{where}: {error.brief}") from None
    except ConstraintArgumentError as error:
        raise LineError(f"{where}: {error}") from None


def _span(span: Any, text: str) -> Span | None:
    if span is None:
        return None
    whole = isinstance(span, list) and len(span) == 2 and all(type(offset) is int for offset in span)
    if not whole or not 0 <= span[0] < span[1] <= len(text):
        raise LineError(
            f"'constraint_spans' holds {span!r:.60}; each is null or [start, end] with 0 <= start < end <= {len(text)}"
        )
    return span[0], span[1]
