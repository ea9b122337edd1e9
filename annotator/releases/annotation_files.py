"""The annotations of a study as a file: JSON lines, or CSV for spreadsheets."""

from collections.abc import Collection
from typing import cast

from django.utils.translation import gettext as _

from annotator.json_lines import json_line
from annotator.releases.annotations import EXTRAS, Extra, Selection, annotation_records
from annotator.releases.files import ReleasedFile
from annotator.releases.spreadsheets import csv_rows
from annotator.studies.models import Study

FORMATS = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
REVISIONS = ("latest", "all")

_CASE = (
    "record",
    "study",
    "scope",
    "dataset.name",
    "dataset.version",
    "dataset.content_hash",
    "dataset.licence",
    "case",
    "key",
    "prompt",
    "known_defects",
    "metadata",
    "constraints",
    "outcome",
    "practice",
    "check",
    "known_answer.label",
    "known_answer.blind_choice",
)
_SIDE = (
    "role",
    "run",
    "generation",
    "strategy",
    "uses_checkers",
    "language_model.slug",
    "language_model.name",
    "language_model.revision",
    "language_model.terms",
    "weights",
    "licence",
    "sampling",
    "source",
    "sent",
    "completion",
    "reasoning",
    "answer",
    "split_status",
    "finish_reason",
    "reasoning_tokens",
    "answer_tokens",
    "other_tokens",
    "completion_tokens",
    "verdicts",
)
_ANNOTATION = (
    "annotator",
    "deactivated.at",
    "deactivated.reason",
    "deactivated.left_out",
    "revision",
    "is_latest",
    "submitted_at",
    "sides.left",
    "sides.right",
    "blind_choice",
    "blind",
    "verdicts_shown",
    "codebook.name",
    "codebook.version",
    "label",
    "patterns",
    "other_text",
    "note",
    "confidence",
    "effects",
    "spans",
    "disputes",
    "seconds",
    "skip.reason",
    "skip.at",
    "flag.reason",
    "flag.at",
    "flag.settled_at",
    "gold.label",
    "gold.patterns",
    "gold.other_text",
    "gold.spans",
    "gold.by",
    "gold.reason",
    "gold.revision",
    "gold.decided_at",
    "format",
)
COLUMNS = (*_CASE, *(f"{side}.{name}" for side in ("first", "second") for name in _SIDE), *_ANNOTATION)


def annotation_file(study: Study, file_format: str, selection: Selection) -> ReleasedFile:
    """Return the file in one of FORMATS. `study` has its runs, dataset and models joined."""
    records = annotation_records(study, selection)
    parts = csv_rows(records, COLUMNS) if file_format == "csv" else map(json_line, records)
    return ReleasedFile(f"{study.slug}-annotations.{file_format}", FORMATS[file_format], parts, {})


def read_extras(text: str) -> frozenset[Extra]:
    """Read "skips,flags,untouched,left_out", or any of them, or "". Raises ValueError with a sentence."""
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    return _known(names)


def _known(names: Collection[str]) -> frozenset[Extra]:
    for name in sorted(names):
        if name not in EXTRAS:
            raise ValueError(
                _("%(name)r cannot be included; choose of %(known)s, separated by commas.")
                % {"name": name[:80], "known": ", ".join(EXTRAS)}
            )
    return frozenset(cast(Extra, name) for name in names)
