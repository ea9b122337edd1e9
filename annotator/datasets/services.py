"""Import of datasets: all or nothing, once per content, a new version per change.

The only module that saves them and the known defects of their prompts.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotator.bulk_rows import json_text, rows_insert, rows_insert_numbered
from annotator.constraints import Span
from annotator.datasets import selectors
from annotator.datasets.formats import FORMATS, Format, Reader
from annotator.datasets.jsonl import HOW_TO_ADD_A_KIND, raw_lines
from annotator.datasets.known_defects import known_defects_of
from annotator.datasets.models import Constraint, Dataset, Prompt, valid_name
from annotator.datasets.readers import PromptRecord, Rejection, SourceError
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.unpacking import SourceFile, unpacked
from annotator.datasets.spans import SpanError
from annotator.datasets.staging import Staged, staged
from annotator.events.services import event_append
from annotator.input_files import open_input

CHUNK = 1_000  # prompts per bulk insert
ATTEMPTS = 8  # to store, while others import under the same name

Source = str | Path | Iterable[bytes | str]


class DatasetImportError(ValueError):
    """Raised where nothing was imported; the message is one sentence, then the first rejected lines, one a line."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of an import."""

    dataset: Dataset
    created: bool  # False where the same content was imported before
    rejected: int  # lines set aside
    unknown_kinds: int = 0  # of those, lines with a kind that no installed checker decides


def dataset_import(
    *,
    name: str,
    path_or_lines: Source,
    format: str = "ifeval",
    language: str = "",
    bare: bool = False,
    rejects: str | Path | None = None,
    on_read: Callable[[int], object] | None = None,
) -> ImportResult:
    """Import a frozen dataset from a file or from lines; `on_read` is called with the size of each line.

    `language` chooses the text in a format with several; the default is the first of `Format.readers`. `bare` leaves
    out what the source adds to its prompts (`Format.bare`). Any bad line refuses the whole import, unless `rejects`
    names a file: then bad lines are written to it, one JSON object `{"line", "reason", "text"}` for each. Prompts with
    published faults are marked. Raises `DatasetImportError`, and `OSError` for the files.
    """
    known = _format(name, format)
    read = _reader(known, format, language, bare=bare)
    with ExitStack() as stack:
        try:
            lines = stack.enter_context(_lines(path_or_lines, known.line_cap))
        except ResponseFileError as error:
            raise DatasetImportError(f"nothing was imported: {error}") from None
        set_aside = stack.enter_context(_rejects_file(Path(rejects), path_or_lines)) if rejects else None
        try:
            staging = stack.enter_context(staged(read(_reporting_sizes(lines, on_read)), set_aside))
        except SourceError as error:
            raise DatasetImportError(f"nothing was imported: {error}.") from None
        except ResponseFileError as error:
            raise DatasetImportError(f"nothing was imported: {error}") from None
        _refuse_unusable(staging, bad_lines_set_aside=rejects is not None)
        dataset, created = _store(name, format, staging)
        if not created:
            _metadata_update(dataset, staging)
    if not created:
        known_defects_mark(dataset=dataset)  # it may be older than the list of defects
    return ImportResult(dataset, created, staging.rejected, staging.unknown_kinds)


def _format(name: str, format: str) -> Format:
    try:
        valid_name(name)
    except ValidationError as error:
        raise DatasetImportError(f"{name!r} cannot name a dataset. {error.message}") from None
    if format not in FORMATS:
        raise DatasetImportError(f"unknown format {format!r}; known formats: {', '.join(sorted(FORMATS))}.")
    return FORMATS[format]


@transaction.atomic
def known_defects_mark(*, dataset: Dataset) -> int:
    """Store on the dataset's prompts their published faults as the list has them now; return how many have any.

    Neither the content of the dataset nor its hash changes.
    """
    changed, marked = [], 0
    for prompt in dataset.prompts.order_by("position").iterator(CHUNK):
        defects = known_defects_of(prompt.key, prompt.text)
        marked += bool(defects)
        if prompt.known_defects != defects:
            prompt.known_defects = defects
            changed.append(prompt)
    Prompt.objects.bulk_update(changed, ["known_defects"], batch_size=CHUNK)
    return marked


@transaction.atomic
def constraint_span_set(
    *, constraint: Constraint, span: Span | None, by: User | None = None, language_model: str = ""
) -> bool:
    """Store which characters of its prompt state a constraint; False where nothing changes. Raises SpanError.

    A span is no part of the content: a heuristic located it, unless the source states it. What it was before is kept
    as an event, with the person or the name of the language model that says so.
    """
    locked = Constraint.objects.select_for_update().select_related("prompt").get(pk=constraint.pk)
    start, end = span or (None, None)
    if span and not 0 <= span[0] < span[1] <= len(locked.prompt.text):
        raise SpanError(f"The characters {span[0]} to {span[1]} are not in the prompt; mark words of it.")
    before = [locked.span_start, locked.span_end]
    if before == [start, end]:
        return False
    Constraint.objects.filter(pk=locked.pk).update(span_start=start, span_end=end)
    payload = {"before": before, "after": [start, end], "language_model": language_model}
    event_append("constraint.span_set", locked, payload, actor=by)
    return True


def constraints_locked(*, prompt: Prompt) -> list[Constraint]:
    """Return the constraints of a prompt in order, locked until the caller's transaction ends."""
    return list(Constraint.objects.select_for_update().filter(prompt=prompt).order_by("position"))


@transaction.atomic
def dataset_archive(*, dataset: Dataset, by: User | None = None) -> None:
    """Archive one version of a dataset: it stands in no list and takes no new runs. Idempotent."""
    if Dataset.objects.filter(pk=dataset.pk, archived_at=None).update(archived_at=timezone.now()):
        event_append("dataset.archived", dataset, actor=by)


@transaction.atomic
def dataset_restore(*, dataset: Dataset, by: User | None = None) -> None:
    """Take one version of a dataset back from the archive. Idempotent."""
    if Dataset.objects.filter(pk=dataset.pk, archived_at__isnull=False).update(archived_at=None):
        event_append("dataset.restored", dataset, actor=by)


@transaction.atomic
def _metadata_update(dataset: Dataset, staging: Staged) -> None:
    """Bring the metadata of the prompts up to date: they are no part of the content, and the source may have more."""
    records, prompts = staging.records(), dataset.prompts.order_by("position").iterator(CHUNK)
    changed = []
    for record, prompt in zip(records, prompts, strict=True):
        if prompt.metadata != record.metadata:
            prompt.metadata = dict(record.metadata)
            changed.append(prompt)
    Prompt.objects.bulk_update(changed, ["metadata"], batch_size=CHUNK)


def _reader(known: Format, format: str, language: str, *, bare: bool) -> Reader:
    if bare:
        if known.bare is None or language:
            raise DatasetImportError(f"the format {format} adds nothing to its prompts; leave --bare out.")
        return known.bare
    if not language:
        return next(iter(known.readers.values()))
    if language not in known.languages:
        choice = f"choose {' or '.join(known.languages)}" if known.languages else "leave the language out"
        raise DatasetImportError(f"the format {format} cannot be read in {language!r}; {choice}.")
    return known.readers[language]


@contextmanager
def _lines(source: Source, line_cap: int) -> Iterator[Iterable[bytes | str]]:
    if isinstance(source, str | Path):
        path = Path(source)
        # open_input says why a device, a pipe or a folder cannot be read
        with unpacked(SourceFile(path)) if path.is_file() else open_input(path) as file:
            yield raw_lines(file, line_cap)
    else:
        yield source


def _reporting_sizes(lines: Iterable[bytes | str], on_read: Callable[[int], object] | None) -> Iterator[bytes | str]:
    for line in lines:
        yield line
        if on_read:
            on_read(len(line))


@contextmanager
def _rejects_file(path: Path, source: Source) -> Iterator[Callable[[Rejection], None]]:
    """Yield a function that writes a bad line to `path`; overwrites the file of an earlier import."""
    if isinstance(source, str | Path) and path.exists() and path.samefile(source):
        raise DatasetImportError(f"{path} is the file to import; name another one for its rejected lines.")
    with open(path, "w", encoding="utf-8") as file:

        def set_aside(bad: Rejection) -> None:
            file.write(json.dumps({"line": bad.line, "reason": bad.reason, "text": bad.text}) + "\n")

        yield set_aside


def _refuse_unusable(staging: Staged, *, bad_lines_set_aside: bool) -> None:
    if staging.rejected and not bad_lines_set_aside:
        shown = "\n".join(map(str, staging.first_rejections))
        more = staging.rejected - len(staging.first_rejections)
        lines = "1 line was" if staging.rejected == 1 else f"{staging.rejected:,} lines were"
        raise DatasetImportError(
            f"nothing was imported, because {lines} refused; correct them, or set them aside (`--rejects FILE`).\n"
            + shown
            + (f"\n... and {more:,} more" if more else "")
            + (f"\n{HOW_TO_ADD_A_KIND}" if staging.unknown_kinds else "")
        )
    if not staging.prompt_count:
        reason = "every line was refused" if staging.rejected else "there is no line in it"
        raise DatasetImportError(f"nothing was imported, because a dataset needs at least one prompt and {reason}.")


def _store(name: str, format: str, staging: Staged) -> tuple[Dataset, bool]:
    """Return the dataset with this content, and whether it was created by this call.

    A concurrent import under the same name may take the version or store the same content first: the unique constraints
    then refuse our row, and we look again.
    """
    for _ in range(ATTEMPTS):
        known = selectors.dataset_with_content(name, staging.content_hash)
        if known:
            return known, False
        with suppress(IntegrityError), transaction.atomic():
            return _insert(name, format, staging), True
    raise DatasetImportError(f"nothing was imported, because too many others import {name!r} just now; try again.")


def _insert(name: str, format: str, staging: Staged) -> Dataset:
    dataset = Dataset.objects.create(
        name=name,
        version=selectors.next_version(name),
        format=format,
        content_hash=staging.content_hash,
        prompt_count=staging.prompt_count,
        terms=FORMATS[format].terms,
    )
    numbered = enumerate(staging.records())
    while chunk := list(islice(numbered, CHUNK)):
        _insert_chunk(dataset, chunk)
    return dataset


def _insert_chunk(dataset: Dataset, chunk: list[tuple[int, PromptRecord]]) -> None:
    ids = rows_insert_numbered(
        Prompt,
        ("dataset_id", "key", "position", "text", "attributes", "metadata", "known_defects"),
        [
            (
                dataset.pk,
                record.key,
                position,
                record.text,
                json_text(record.attributes),
                json_text(record.metadata),
                json_text(known_defects_of(str(record.key), record.text)),
            )
            for position, record in chunk
        ],
    )
    rows_insert(
        Constraint,
        ("prompt_id", "position", "kind", "kwargs", "scope", "span_start", "span_end"),
        (
            (prompt, position, spec.kind, json_text(spec.kwargs), record.scope, *(span or (None, None)))
            for prompt, (_, record) in zip(ids, chunk, strict=True)
            for position, (spec, span) in enumerate(zip(record.specs, record.spans, strict=True))
        ),
    )
