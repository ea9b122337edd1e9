"""`make bench-export`: all annotations of a large study as JSON lines, as the REST route streams them.

Set DATABASE_URL to measure PostgreSQL (its database is emptied); the default is a new SQLite file.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import uuid
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ |= {"VAR_DIR": folder, "SECRET_KEY": uuid.uuid4().hex * 2}
        import django

        django.setup()
        print(json.dumps(measured(options.cases)))


def measured(cases: int) -> dict[str, object]:
    from django.core.management import call_command
    from django.db import connection

    from annotator.releases.annotations import annotation_lines
    from tests.releases.bulk import labelled_study

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    study = labelled_study(cases)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    lines = annotation_lines(study)
    size = len(next(lines))
    first_s = time.perf_counter() - began
    count = 1
    for line in lines:
        count, size = count + 1, size + len(line)
    seconds = time.perf_counter() - began
    figures = {
        "database": connection.vendor,
        "lines": count,
        "megabytes": round(size / 1e6, 1),
        "first_line_s": round(first_s, 3),
        "seconds": round(seconds, 2),
        "lines_per_s": round(count / seconds),
        "more_memory_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024, 1),
    }
    for name, value in figures.items():
        print(f"{name:>16}  {value}")
    return figures


if __name__ == "__main__":
    main()
