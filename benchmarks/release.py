"""`make bench-release`: a snapshot of a large study as JSON lines and Parquet, and its import.

Set DATABASE_URL to measure PostgreSQL (its database is emptied); the default is a new SQLite file. The last line is
JSON. Libraries are loaded before the memory is first measured. `alone` has the MB of JSON lines by CPU second that each
part of the work would reach if there was nothing else to do.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from itertools import islice
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--without-import", action="store_true", help="measure the snapshot alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ |= {"VAR_DIR": folder, "SECRET_KEY": uuid.uuid4().hex * 2}
        import django

        django.setup()
        figures = measured(options.cases, Path(folder), back=not options.without_import)
    for name, value in figures.items():
        print(f"{name:>20}  {value}")
    print(json.dumps(figures))


def measured(cases: int, folder: Path, *, back: bool) -> dict[str, object]:
    from django.core.management import call_command
    from django.db import connection

    import annotator.releases.snapshots.parquet  # noqa: F401 - loaded before memory is measured
    from annotator.analysis.agreement import study_agreement
    from annotator.releases.snapshots.building import Options, build_snapshot
    from benchmarks.databases import backend_cpu_s
    from tests.releases.bulk import labelled_study

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    warm = labelled_study(10)
    study_agreement(warm)  # loads the libraries of the statistics
    call_command("flush", interactive=False, verbosity=0)
    study = labelled_study(cases)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    target = folder / "snapshot"
    first = _FirstByte(target.with_name(".snapshot.part"))
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu, database_cpu = time.perf_counter(), time.process_time(), backend_cpu_s()
    manifest = build_snapshot(study, target, Options(formats=("jsonl", "parquet"), all_texts=True), on_rows=_quiet)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    database_cpu_s = backend_cpu_s() - database_cpu
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    files = manifest.files.values()
    rows = sum(file.rows or 0 for file in files if file.name.endswith(".jsonl"))
    written = {
        kind: sum(file.bytes for file in files if file.name.endswith(kind)) / 1e6 for kind in ("jsonl", "parquet")
    }
    figures: dict[str, object] = {
        "database": connection.vendor,
        "cases": cases,
        "rows": rows,
        "jsonl_mb": round(written["jsonl"], 1),
        "parquet_mb": round(written["parquet"], 1),
        "first_byte_s": round(first.seconds(began), 3),
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu_s, 2),  # what other programs of the machine take is not in it
        "database_cpu_s": round(database_cpu_s, 2),
        "rows_per_s": round(rows / seconds),
        "jsonl_mb_per_s": round(written["jsonl"] / seconds, 1),
        "rows_per_cpu_s": round(rows / cpu_s),
        "jsonl_mb_per_cpu_s": round(written["jsonl"] / cpu_s, 1),
        "more_memory_mb": round(grown_mb, 1),
    }
    figures["alone_mb_per_cpu_s"] = _parts_alone(target, folder)
    return figures | (_imported(target, cases) if back else {})


def _parts_alone(snapshot: Path, folder: Path) -> dict[str, float]:
    """MB of JSON lines by CPU second of this process, for each part of the work alone, over 1,000 generations."""
    import hashlib

    import orjson
    from django.db.models import TextField
    from django.db.models.functions import Cast

    from annotator.releases.snapshots.parquet import ParquetFile
    from annotator.releases.snapshots.tables import GENERATIONS
    from annotator.runs.models import Generation, Verdict

    with (snapshot / "generations.jsonl").open("rb") as file:
        lines = list(islice(file, 1_000))
    rows, block = [orjson.loads(line) for line in lines], b"".join(lines)
    ids = list(Generation.objects.order_by("run", "prompt").values_list("pk", flat=True)[: len(lines)])
    of_generations = {"generation__pk__range": (min(ids), max(ids))}

    def parquet() -> None:
        written = ParquetFile(folder / "alone.parquet", GENERATIONS)
        written.write(block)
        written.close()

    def database() -> None:
        list(Generation.objects.filter(pk__in=ids).values())
        verdicts = Verdict.objects.filter(**of_generations).order_by().annotate(text=Cast("evidence", TextField()))
        list(verdicts.values_list("generation_id", "constraint_id", "scope", "strict", "loose", "text"))

    parts = {
        "sha256": lambda: hashlib.sha256(block),
        "orjson.dumps": lambda: [orjson.dumps(row) for row in rows],
        "orjson.loads": lambda: [orjson.loads(line) for line in lines],
        "parquet": parquet,
        "database": database,
    }
    return {name: round(len(block) / 1e6 / _cpu_s(part), 1) for name, part in parts.items()}


def _cpu_s(part: Callable[[], object]) -> float:
    """CPU seconds of this process for a part: the fewest of five times."""
    taken = list[float]()
    for _ in range(5):
        began = time.process_time()
        part()
        taken.append(time.process_time() - began)
    return min(taken)


def _imported(target: Path, cases: int) -> dict[str, object]:
    from django.core.management import call_command

    from annotator.releases.snapshots.importing.services import snapshot_import
    from benchmarks.databases import backend_cpu_s

    call_command("flush", interactive=False, verbosity=0)
    began, cpu, database_cpu = time.perf_counter(), time.process_time(), backend_cpu_s()
    snapshot_import(folder=target)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    database_cpu_s = backend_cpu_s() - database_cpu
    return {
        "import_s": round(seconds, 2),
        "import_cpu_s": round(cpu_s, 2),
        "import_database_cpu_s": round(database_cpu_s, 2),
        "imported_cases_per_s": round(cases / seconds),
        "imported_cases_per_cpu_s": round(cases / (cpu_s + database_cpu_s)),
    }


class _FirstByte:
    """The moment at which the first file of the snapshot has a byte."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._at = folder, 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def seconds(self, began: float) -> float:
        return self._at - began

    def _watch(self) -> None:
        while not any(path.stat().st_size for path in self._folder.glob("*.jsonl")):
            time.sleep(0.005)
        self._at = time.perf_counter()


def _quiet(_table: str, _rows: int) -> None:
    pass


if __name__ == "__main__":
    main()
