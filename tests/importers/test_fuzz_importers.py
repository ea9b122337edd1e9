"""Every importer with files that are nearly right: each is read or refused in words, and nothing is half stored.

`make fuzz-importers` tries 100,000 files in all; `FUZZ_INPUTS` is how many all importers get together.
"""

import json
import os
import resource
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.datasets.formats import FORMATS
from annotator.datasets.jsonl import LineError, raw_lines
from annotator.datasets.readers import SourceError
from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.staging import staged
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.reading import read_chunks, read_rows
from annotator.releases.snapshots.importing.services import snapshot_import
from annotator.releases.snapshots.manifest import manifest_text, read_manifest
from annotator.releases.snapshots.table_files import written_file
from annotator.releases.snapshots.tables import BY_NAME, TABLES
from annotator.runs.judge_reply_lines import read_line
from annotator.studies.labelled_files.reading import TOOLS, labelled_file, survey_of
from annotator.studies.labelled_files.records import Naming, labelled_pair
from tests.cast import World
from tests.complexbench import INSTANCES
from tests.datasets.multi_if_rows import multi_if_lines, multi_if_row
from tests.datasets.reasonif_items import reasonif_item
from tests.datasets.records import record
from tests.datasets.responses.reading import read as read_responses
from tests.datasets.responses.test_formats import ROWS
from tests.datasets.test_mathif import row as mathif_row
from tests.importers.broken_files import broken_bytes, broken_files
from tests.studies.labelled_files.files import LABELS, argilla_record, task

INPUTS = int(os.environ.get("FUZZ_INPUTS", "600"))
MOST_MORE_MEMORY_KB = 300 * 1024
SAMPLES = Path(__file__).parent.parent / "datasets" / "responses" / "samples"
NAMING = Naming("prompt", "answer_a", "answer_b", "comparison", {"left": "hurt", "right": "helped"})


@dataclass(frozen=True)
class Importer:
    """An importer that needs no database: files for it, and what reads one of them."""

    files: st.SearchStrategy[bytes]
    read: Callable[[Path], object]


def read_dataset(format: str) -> Callable[[Path], object]:
    def read(path: Path) -> list[str]:
        known = FORMATS[format]
        reader = next(iter(known.readers.values()))
        with path.open("rb") as file, staged(reader(raw_lines(file, known.line_cap))) as staging:
            list(staging.records())
            return [str(bad) for bad in staging.first_rejections]

    return read


def read_format(format: str) -> Callable[[Path], object]:
    return lambda path: read_responses(path, format, sample=1 if format == "mathif" else None)[1]


def read_labelled(path: Path) -> list[str]:
    refused = []
    file = labelled_file(SourceFile(path))
    survey_of(file)
    for row in file.rows():
        try:
            labelled_pair(file.parsed(row), NAMING)
        except LineError as error:
            refused.append(str(error))
    return refused


def read_judge_replies(path: Path) -> list[str]:
    refused = []
    for line in path.read_bytes().splitlines():
        try:
            read_line(line)
        except LineError as error:
            refused.append(str(error))
    return refused


DATASETS: Mapping[str, Sequence[Any]] = {
    "ifeval": [record(), record(key="second", prompt="Another one, please.", topic="weather")],
    "ifbench": [record(constraint_spans=[[0, 8], None])],
    "complexbench": list(INSTANCES),
    "mathif": [mathif_row(), mathif_row(id="tram-2")],
    "multi_if": [line.rstrip("\r\n") for line in multi_if_lines(multi_if_row())],
    "reasonif": [reasonif_item(), reasonif_item(hf_id="ours/dogs")],
}
REPLY = {
    "main_id": 1, "point_id": 0, "scope": "answer", "mark": "yes", "judge": "j", "prompt_version": "1",
    "language": "en", "role": "judge", "raw": "YES", "segments": None, "truncated": False, "probability": 0.5,
}  # fmt: skip
ARRAYS = ("complexbench", "reasonif")
IMPORTERS: Mapping[str, Importer] = {
    **{
        f"dataset {name}": Importer(broken_files(rows, as_array=name in ARRAYS), read_dataset(name))
        for name, rows in DATASETS.items()
    },
    **{
        f"responses {name}": Importer(
            broken_files([row for format, row, _ in ROWS if format == name] or [{"output": ["Tea is warm."]}] * 2),
            read_format(name),
        )
        for name in RESPONSE_FORMATS
    },
    "responses of no named format": Importer(broken_files([row for _, row, _ in ROWS], as_array=True), read_format("")),
    "archive of Inspect": Importer(broken_bytes((SAMPLES / "inspect.eval").read_bytes()), read_format("")),
    "packed log": Importer(broken_bytes((SAMPLES / "inspect.json.gz").read_bytes()), read_format("inspect")),
    "labels label-studio": Importer(broken_files([task(), task(answers={})], as_array=True), read_labelled),
    "labels argilla": Importer(broken_files([argilla_record()], as_array=True), read_labelled),
    "judge replies": Importer(broken_files([REPLY]), read_judge_replies),
}
EACH = max(INPUTS // (len(IMPORTERS) + 5), 10)
MANY = settings(max_examples=EACH, database=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=max(EACH // 10, 10), database=None, suppress_health_check=list(HealthCheck))


def check_sentence(text: object) -> None:
    """A refusal says something, on few lines, and nothing that only a programmer reads."""
    words = str(text)
    assert words.strip()
    assert not any(mark in words for mark in ("Traceback", " object at 0x", "\x00", "\x1b"))
    assert max(map(len, words.splitlines())) < 1_500


@pytest.fixture
def memory() -> Any:
    """At the end the process is not much larger than before."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_MORE_MEMORY_KB


@pytest.mark.parametrize("name", IMPORTERS)
def test_a_file_is_read_or_refused_in_words(name: str, memory: None) -> None:
    importer = IMPORTERS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"

        @MANY
        @given(importer.files)
        def refused_or_read(data: bytes) -> None:
            path.write_bytes(data)
            try:
                for sentence in importer.read(path) or ():  # type: ignore[attr-defined]
                    check_sentence(sentence)
            except (SourceError, ResponseFileError) as error:
                check_sentence(error)

        refused_or_read()


def test_every_format_and_tool_is_here() -> None:
    names = {f"dataset {name}" for name in FORMATS} | {f"responses {name}" for name in RESPONSE_FORMATS}
    assert names | {f"labels {name}" for name in TOOLS} <= IMPORTERS.keys()


def counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def refused_or_rolled_back(command: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Run a command; if it refuses, it has stored nothing. What it stores is taken back."""
    before = counts()
    with transaction.atomic():
        try:
            call_command(*command, **options, stdout=StringIO(), stderr=StringIO())
        except CommandError as error:
            check_sentence(error)
            assert counts() == before
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("name", DATASETS)
def test_a_refused_dataset_stores_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file"

    @FEW
    @given(IMPORTERS[f"dataset {name}"].files)
    def import_one(data: bytes) -> None:
        path.write_bytes(data)
        refused_or_rolled_back(("import_dataset", "hostile", path), {"format": name})

    import_one()


@pytest.mark.django_db
@pytest.mark.parametrize("tool", TOOLS)
def test_a_refused_file_of_labels_stores_nothing(tool: str, world: World, tmp_path: Path) -> None:
    path = tmp_path / "file"

    @FEW
    @given(IMPORTERS[f"labels {tool}"].files)
    def import_one(data: bytes) -> None:
        path.write_bytes(data)
        refused_or_rolled_back(("import_labels", "pilot", path), LABELS)

    import_one()


@pytest.mark.django_db
def test_refused_responses_store_nothing(world: World, tmp_path: Path) -> None:
    path = tmp_path / "file"
    rows = [{"key": key, "response": "Tea is warm."} for key in ("tea", "rain")]

    @FEW
    @given(broken_files(rows))
    def import_one(data: bytes) -> None:
        path.write_bytes(data)
        options = ("--model", "theirs", "--strategy", "base", "--split", "none")
        refused_or_rolled_back(("import_run", "pilot", str(path), *options), {})

    import_one()


@pytest.mark.django_db(transaction=True)
def test_a_refused_snapshot_stores_nothing(folder: Path) -> None:
    call_command("flush", interactive=False, verbosity=0)
    before = counts()
    originals = {table.name: (folder / f"{table.name}.jsonl").read_bytes() for table in TABLES}
    rows = {name: [json.loads(line) for line in data.splitlines()] for name, data in originals.items()}
    tables = st.sampled_from([name for name, of_table in rows.items() if of_table])

    @settings(FEW, max_examples=max(EACH // 20, 10))
    @given(st.data())
    def import_one(data: st.DataObject) -> None:
        name = data.draw(tables)
        (folder / f"{name}.jsonl").write_bytes(data.draw(broken_files(rows[name])))
        resealed(folder)
        try:
            snapshot_import(folder=folder)
        except SnapshotError as error:
            check_sentence(error)
            assert counts() == before
        else:
            call_command("flush", interactive=False, verbosity=0)
        (folder / f"{name}.jsonl").write_bytes(originals[name])

    import_one()


@pytest.mark.django_db
def test_a_table_of_a_snapshot_is_read_or_refused_in_words(folder: Path, memory: None) -> None:
    rows = {
        table.name: [json.loads(line) for line in (folder / f"{table.name}.jsonl").read_bytes().splitlines()[:3]]
        for table in TABLES
    }

    @MANY
    @given(st.data())
    def read_one(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([name for name, of_table in rows.items() if of_table]))
        (folder / f"{name}.jsonl").write_bytes(data.draw(broken_files(rows[name])))
        for read in (read_chunks, read_rows):
            try:
                list(read(folder, BY_NAME[name]))
            except SnapshotError as error:
                check_sentence(error)

    read_one()


def resealed(folder: Path) -> None:
    """Write a manifest that fits the changed files, as somebody who means harm would."""
    manifest = dict(read_manifest(folder).content)
    names = [entry["name"] for entry in manifest.pop("files")]
    files = [written_file(folder / name, name=name, rows=_lines(folder / name)) for name in names]
    manifest.pop("content_hash"), manifest.pop("format")
    (folder / "manifest.json").write_text(manifest_text(manifest, files))


def _lines(path: Path) -> int | None:
    return path.read_bytes().count(b"\n") if path.suffix == ".jsonl" else None
