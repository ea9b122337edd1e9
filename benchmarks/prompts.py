"""`make bench-prompts`: the import of a file of prompts, their constraints checked and located.

Set DATABASE_URL to measure PostgreSQL (its database is emptied); the default is a new SQLite file. The prompts are our
own 24 with a number behind each, without the spans that the file states, so that every one is searched for.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ |= {"VAR_DIR": folder, "SECRET_KEY": uuid.uuid4().hex * 2}
        import django

        django.setup()
        figures = measured(written(Path(folder) / "prompts.jsonl", options.prompts), options.prompts)
    for name, value in figures.items():
        print(f"{name:>20}  {value}")
    print(json.dumps(figures))


def written(path: Path, count: int) -> Path:
    rows = [json.loads(line) for line in (REPOSITORY / "fixtures" / "prompts.jsonl").read_text().splitlines()]
    with path.open("w") as file:
        for number in range(count):
            row = {name: value for name, value in rows[number % len(rows)].items() if name != "constraint_spans"}
            row |= {"key": number, "prompt": f"{row['prompt']} ({number})"}
            file.write(json.dumps(row) + "\n")
    return path


def measured(path: Path, count: int) -> dict[str, object]:
    from django.core.management import call_command
    from django.db import connection

    from annotator.datasets.services import dataset_import
    from benchmarks.databases import backend_cpu_s

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    with path.open() as file:
        dataset_import(name="warm", path_or_lines=[next(file)])
    began, cpu, database_cpu = time.perf_counter(), time.process_time(), backend_cpu_s()
    dataset_import(name="many", path_or_lines=path)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu
    database_cpu_s = backend_cpu_s() - database_cpu
    return {
        "database": connection.vendor,
        "prompts": count,
        "megabytes": round(path.stat().st_size / 1e6, 1),
        "seconds": round(seconds, 2),
        "cpu_s": round(cpu_s, 2),
        "database_cpu_s": round(database_cpu_s, 2),
        "prompts_per_s": round(count / seconds),
        "prompts_per_cpu_s": round(count / (cpu_s + database_cpu_s)),
    }


if __name__ == "__main__":
    main()
