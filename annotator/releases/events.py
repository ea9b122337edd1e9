"""Events as a file: JSON lines, or CSV for spreadsheets."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from annotator.json_lines import json_line
from annotator.releases.annotation_files import FORMATS
from annotator.releases.files import ReleasedFile
from annotator.releases.spreadsheets import csv_rows

COLUMNS = ("id", "at", "kind", "actor", "study", "subject", "payload")
_CHUNK = 2_000


def event_record(event: Any) -> dict[str, Any]:
    """Return an event, which has its actor and `study_slug`, as a JSON object."""
    return {
        "id": event.pk,
        "at": event.created_at.isoformat(),
        "kind": event.kind,
        "actor": event.actor.get_username() if event.actor else None,
        "study": event.study_slug,
        "subject": event.subject,
        "payload": event.payload,
    }


def event_file(name: str, events: QuerySet[Any], file_format: str) -> ReleasedFile:
    """Return the events, oldest first, as a file in one of FORMATS."""
    records = map(event_record, events.order_by("pk").iterator(_CHUNK))
    return ReleasedFile(f"{name}.{file_format}", FORMATS[file_format], _parts(records, file_format), {})


def _parts(records: Iterable[dict[str, Any]], file_format: str) -> Iterator[str]:
    return csv_rows(records, COLUMNS) if file_format == "csv" else map(json_line, records)
