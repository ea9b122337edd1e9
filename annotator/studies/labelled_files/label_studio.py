"""Tasks of Label Studio's JSON export. Pure.

`{data, annotations: [{result, completed_by, lead_time, created_at}]}`.
The shape is that of label-studio-sdk 2.1.2 (`converter/converter.py`, `label_interface/control_tags.py`): a pairwise
control has `{"selected": "left" or "right"}`, choices have `{"choices": [...]}`. What was skipped is no annotation.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError
from annotator.studies.labelled_files.moments import moment_of, seconds_of
from annotator.studies.labelled_files.records import LabelledRow, OutsideAnnotation

_VALUES: Mapping[str, str] = {"pairwise": "selected", "choices": "choices", "textarea": "text", "rating": "rating"}
"""Type of a region -> the field of its value."""


def looks_like_label_studio(row: Mapping[str, Any]) -> bool:
    return isinstance(row.get("data"), dict) and ("annotations" in row or "completions" in row)


def parse_task(row: Mapping[str, Any]) -> LabelledRow:
    """Read one task. Raises `LineError`."""
    data = row.get("data")
    annotations = row.get("annotations", row.get("completions"))  # the older name
    if not isinstance(data, dict):
        raise LineError(msg("'%(name)s' must be a JSON object", name="data"))
    if not isinstance(annotations, list) or not all(isinstance(made, dict) for made in annotations):
        raise LineError(msg("'%(name)s' must be a list of objects", name="annotations"))
    submitted = [made for made in annotations if not (made.get("was_cancelled") or made.get("skipped"))]
    fields = data if "id" in data else {**data, "id": row.get("id")}
    return LabelledRow(fields, [_annotation(made) for made in submitted], len(annotations) - len(submitted))


def _annotation(made: Mapping[str, Any]) -> OutsideAnnotation:
    result = made.get("result")
    if not isinstance(result, list):
        raise LineError(msg("'%(name)s' must be a list", name="result"))
    return OutsideAnnotation(
        author=_author(made.get("completed_by")),
        values=_values(result),
        seconds=seconds_of(made.get("lead_time")),
        at=moment_of(made.get("created_at")),
    )


def _author(completed_by: Any) -> str:
    """Return the name of a person: an id, or the e-mail address of a whole record."""
    if isinstance(completed_by, dict):
        completed_by = next((completed_by[name] for name in ("email", "username", "id") if completed_by.get(name)), "")
    return str(completed_by) if isinstance(completed_by, str | int) else ""


def _values(result: Sequence[Any]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for region in result:
        if not isinstance(region, dict) or not isinstance(region.get("value"), dict):
            continue
        name, kind = region.get("from_name"), region.get("type")
        if isinstance(name, str) and isinstance(kind, str) and kind in _VALUES:
            value = region["value"].get(_VALUES[kind])
            items = value if isinstance(value, list) else [value]
            found[name] += [str(item) for item in items if isinstance(item, str | int)]
    return found
