"""Staging of a dataset before storing: a temporary file, its content hash and its rejected lines.

Reading, checking and hashing happen before any transaction, so that the database is locked only while rows are
inserted, and in a file, so that memory does not grow with the dataset. Knows no database.
"""

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from annotator.canonical import fingerprint
from annotator.constraints import ConstraintSpec, Span, locate
from annotator.datasets.readers import PromptRecord, Rejection

REJECTIONS_SHOWN = 10
_PYTHONS_JSON = b"~"  # no JSON begins with it


@dataclass
class Staged:
    """The prompts of one source, in order. `content_hash` covers its content, not located spans nor metadata."""

    file: BinaryIO
    content_hash: str = fingerprint("dataset", [])
    prompt_count: int = 0
    rejected: int = 0
    unknown_kinds: int = 0  # of the rejected lines, those with a kind that no installed checker decides
    first_rejections: list[Rejection] = field(default_factory=list)

    def add(self, record: PromptRecord) -> None:
        constraints = [[spec.kind, spec.kwargs] for spec in record.specs]
        attributes = [record.attributes] if record.attributes else []
        scope = [] if record.scope == "answer" else [record.scope]  # hashes from before there were scopes stay true
        content = [str(record.key), record.text, constraints, record.spans, *attributes, *scope]
        self.content_hash = fingerprint("dataset", [self.content_hash, content])
        self.prompt_count += 1
        spans = [span or locate(record.text, spec) for spec, span in zip(record.specs, record.spans, strict=True)]
        staged = [str(record.key), record.text, constraints, spans, record.attributes, record.scope, record.metadata]
        self.file.write(_line(staged))

    def reject(self, rejection: Rejection) -> None:
        self.rejected += 1
        self.unknown_kinds += rejection.unknown_kind
        if self.rejected <= REJECTIONS_SHOWN:
            self.first_rejections.append(rejection)

    def records(self) -> Iterator[PromptRecord]:
        """Yield the prompts, with every span that the source states or that could be located."""
        self.file.seek(0)
        for number, line in enumerate(self.file, 1):
            key, text, constraints, spans, attributes, scope, metadata = _staged(line)
            specs = tuple(ConstraintSpec(kind, kwargs) for kind, kwargs in constraints)
            located = tuple(_as_span(span) for span in spans)
            yield PromptRecord(number, key, text, specs, located, attributes, scope, metadata)


@contextmanager
def staged(
    records: Iterable[PromptRecord | Rejection], set_aside: Callable[[Rejection], None] | None = None
) -> Iterator[Staged]:
    """Stage all records of a source; `set_aside` is called with each rejected line."""
    with tempfile.TemporaryFile(prefix="cotrast-") as file:
        staging = Staged(file)
        for record in records:
            if isinstance(record, PromptRecord):
                staging.add(record)
            else:
                staging.reject(record)
                if set_aside:
                    set_aside(record)
        yield staging


def _as_span(span: list[int] | None) -> Span | None:
    return (span[0], span[1]) if span else None


def _line(record: list[Any]) -> bytes:
    """Return a staged record as one line; Python's own JSON, behind a mark, where a number has more than 64 bits."""
    try:
        return orjson.dumps(record) + b"\n"
    except TypeError:
        return _PYTHONS_JSON + json.dumps(record).encode() + b"\n"


def _staged(line: bytes) -> list[Any]:
    record: list[Any] = json.loads(line[1:]) if line.startswith(_PYTHONS_JSON) else orjson.loads(line)
    return record
