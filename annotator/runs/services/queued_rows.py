"""Insertion of many queued generations, which differ in four columns alone."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from annotator.bulk_rows import rows_insert
from annotator.runs.models import Generation


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """The values of a new generation; its fields are columns of `Generation`, and all others have their defaults."""

    run_id: int
    prompt_id: int
    position: int
    fingerprint: str


def queued_insert(rows: Iterable[QueuedRow]) -> int:
    """Insert a queued generation for each row, in the caller's transaction; return how many."""
    return rows_insert(Generation, [field.name for field in fields(QueuedRow)], map(astuple, rows))
