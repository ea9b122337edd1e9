"""`make bench-large-run`: seconds to start a run of 100,000 prompts, and milliseconds of its pages, claims and metrics.

A page is the whole request, from the session to the last byte of HTML: of the run with nothing done, half done and all
done with verdicts. A step is the claim of a batch and, for each of its rows, the storage of a result with a model call
and verdicts; it is measured in statements and milliseconds. Set DATABASE_URL to measure PostgreSQL (a database of its
own is created on that server and dropped); the default is a new SQLite file. The last line is one JSON object.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))
ROWS_AT_ONCE = 5_000
ROUNDS = 7
BATCH = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=100_000)
    arguments = parser.parse_args()
    from benchmarks.databases import empty_database, is_postgresql

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = os.environ.get("DATABASE_URL", "")
        url = stack.enter_context(empty_database(server)) if is_postgresql(server) else f"sqlite:///{folder}/bench.db"
        os.environ |= {
            "DATABASE_URL": url, "VAR_DIR": folder, "DEBUG": "1", "LOG_LEVEL": "ERROR", "BROKER_URL": "memory://",
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
        }  # fmt: skip
        os.environ.setdefault("SECRET_KEY", uuid.uuid4().hex + uuid.uuid4().hex)
        import django

        django.setup()
        print(json.dumps(measure(arguments.prompts)))
        from django.db import connection

        connection.close()


def measure(prompts: int) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection

    from annotator.runs.models import Generation
    from annotator.runs.services import run_start
    from annotator.runs.services.reconcile import runs_reconcile

    call_command("migrate", verbosity=0)
    dataset, model = make_dataset(prompts)
    server = _server_process()
    started, cpu, of_server = time.perf_counter(), time.process_time(), _cpu_s(server)
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    figures: dict[str, Any] = {
        "database": connection.vendor,
        "prompts": prompts,
        "start_s": round(time.perf_counter() - started, 2),
        "start_cpu_s": round(time.process_time() - cpu, 2),
        "start_server_cpu_s": round(_cpu_s(server) - of_server, 2),
    }
    print(f"start: {figures['start_s']} s, {figures['start_cpu_s']} s of the processor")
    analyze()
    figures["new"] = pages(run.pk, prompts)
    figures["step"] = step(model)
    finish(run, until=prompts // 2)
    analyze()
    figures["half_done"] = pages(run.pk, prompts)
    figures["step_half_done"] = step(model)
    finish(run, until=prompts)
    counting = time.perf_counter()
    runs_reconcile()
    figures["close_and_count_s"] = round(time.perf_counter() - counting, 2)
    analyze()
    figures["done"] = pages(run.pk, prompts)
    figures["bytes_per_generation"] = bytes_per_generation(prompts)
    assert not Generation.objects.exclude(status="done").exists()
    return figures


def make_dataset(prompts: int) -> tuple[Any, Any]:
    from annotator.canonical import fingerprint
    from annotator.datasets.models import Constraint, Dataset, Prompt
    from annotator.runs.models import LanguageModel

    dataset = Dataset.objects.create(
        name="bench", version=1, format="ifeval", content_hash=fingerprint("dataset", prompts), prompt_count=prompts
    )
    for first in range(0, prompts, ROWS_AT_ONCE):
        rows = Prompt.objects.bulk_create(
            Prompt(dataset=dataset, key=f"key-{n}", position=n, text=f"{n}: write a note. " + "Words. " * 40)
            for n in range(first, min(first + ROWS_AT_ONCE, prompts))
        )
        Constraint.objects.bulk_create(Constraint(prompt=row, position=0, kind="punctuation:no_comma") for row in rows)
    return dataset, LanguageModel.objects.create(slug="bench", backend="scripted", name="bench")


def finish(run: Any, *, until: int) -> None:
    """Finish the rows up to a position as workers leave them: texts, counts, times and verdicts in two scopes."""
    from django.utils import timezone

    from annotator.datasets.models import Constraint
    from annotator.runs.models import Verdict

    open_rows = run.generations.filter(position__lt=until).exclude(status="done")
    ids = list(open_rows.order_by("position").values_list("pk", "prompt_id"))
    open_rows.update(
        status="done", answer="A note. " * 60, completion="A note. " * 60, split_status="clean", finish_reason="stop",
        completion_tokens=120, answer_tokens=120, latency_s=2.5, finished_at=timezone.now(), attempts=1,
    )  # fmt: skip
    constraints = dict(Constraint.objects.filter(prompt__dataset=run.dataset).values_list("prompt_id", "pk"))
    for first in range(0, len(ids), ROWS_AT_ONCE):
        Verdict.objects.bulk_create(
            Verdict(
                generation_id=pk, constraint_id=constraints[prompt_id], scope=scope, strict=pk % 3 > 0, loose=True,
                evidence={}, checker_version="bench",
            )
            for pk, prompt_id in ids[first : first + ROWS_AT_ONCE]
            for scope in ("answer", "completion")
        )  # fmt: skip


def pages(run_id: int, prompts: int) -> dict[str, float]:
    """Return the median milliseconds of each page."""
    from django.contrib.auth.models import User
    from django.core.cache import cache
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.get_or_create(username="root", is_staff=True)[0])
    page = f"/runs/{run_id}/"
    paths = {
        "page": page,
        "later_page_of_generations": f"{page}?after={prompts * 4 // 5}",
        "progress": f"{page}progress/",
        "results": f"{page}results/",
        "runs": "/runs/",
        "workers": "/workers/",
        "metrics": "/metrics",
    }

    def get(path: str) -> None:
        cache.clear()
        assert client.get(path).status_code == 200, path

    figures = {name: median_ms(lambda path=path: get(path)) for name, path in paths.items()}
    print(figures)
    return figures


def step(model: Any) -> dict[str, float]:
    """Return the costs of the claim of `BATCH` rows, and of the storage of one of them."""
    from annotator.runs.services.generations import GenerationResult, generation_finish, generations_claim
    from annotator.runs.services.model_calls import CallRecord

    text = "A note. " * 60
    call = CallRecord("answer", [("user", text)], text, "stop")
    result = GenerationResult(text, "", text, "clean", "stop", completion_tokens=120, calls=[call])
    claims, finishes = Costs(), Costs()
    for _ in range(ROUNDS):
        claim = uuid.uuid4()
        with claims.measured():
            rows = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=BATCH)
        assert len(rows) == BATCH
        for row in rows:
            with finishes.measured():
                assert generation_finish(generation=row, claim=claim, result=result)
    return {f"{name}_{part}": value for name, costs in (("claim", claims), ("finish", finishes))
            for part, value in costs.medians().items()}  # fmt: skip


class Costs:
    """Statements, milliseconds, and milliseconds of the processor in this process and in PostgreSQL's, per act."""

    def __init__(self) -> None:
        self._acts: list[dict[str, float]] = []

    @contextmanager
    def measured(self) -> Iterator[None]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        server = _server_process()
        before = time.perf_counter(), time.process_time(), _cpu_s(server)
        with CaptureQueriesContext(connection) as seen:
            yield
        after = time.perf_counter(), time.process_time(), _cpu_s(server)
        ms, client, of_server = (1000 * (later - earlier) for earlier, later in zip(before, after, strict=True))
        self._acts.append({"statements": len(seen), "ms": ms, "client_cpu_ms": client, "server_cpu_ms": of_server})

    def medians(self) -> dict[str, float]:
        """The medians of the acts; of the server's processor, whose clock is coarse, the mean."""
        columns = {name: [act[name] for act in self._acts] for name in self._acts[0]}
        middle = {name: round(statistics.median(values), 1) for name, values in columns.items()}
        return middle | {"server_cpu_ms": round(statistics.fmean(columns["server_cpu_ms"]), 1)}


def _server_process() -> Any:
    """The process of PostgreSQL that serves this connection; None on SQLite and where it is on another host."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    return psutil.Process(pid) if psutil.pid_exists(pid) else None


def _cpu_s(process: Any) -> float:
    times = process.cpu_times() if process else None
    return times.user + times.system if times else 0.0


def bytes_per_generation(prompts: int) -> int | None:
    """The bytes of a finished generation with its verdicts and indexes, on PostgreSQL."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size('runs_generation') + pg_total_relation_size('runs_verdict')")
        return round(cursor.fetchone()[0] / prompts)


def median_ms(act: Callable[[], None]) -> float:
    act()  # what is loaded once
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - started))
    return round(statistics.median(times), 1)


def analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    main()
