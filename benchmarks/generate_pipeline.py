"""The pipeline's arm of the generation benchmark: a run through broker, database and a worker process, with verdicts.

Everything is in a temporary folder: the database (SQLite, or DATABASE_URL), the broker's socket, the key. The worker
has loaded the model and answered one prompt before the clock starts; it stops when the last generation closes the run.
"""

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
_WAIT_S, _POLL_S = 240.0, 0.1
_TICKS = os.sysconf("SC_CLK_TCK")

Measure = dict[str, Any]


def pipeline(records: Sequence[Mapping[str, Any]], arguments: argparse.Namespace) -> Measure:
    """Measure one run of `base` over `records`, from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ["VAR_DIR"] = folder
        for name in ("BROKER_URL", "DATABASE_URL"):
            os.environ.pop(name, None)
        (Path(folder) / "secret_key").write_text(secrets.token_urlsafe(50))
        os.chmod(Path(folder) / "secret_key", 0o600)
        _set_up()
        from annotator.runs.services import language_model_register, run_start

        model = language_model_register(
            slug="bench", backend="transformers", name=arguments.model, options={"dtype": arguments.dtype},
            serving={"threads": arguments.threads},
        )  # fmt: skip
        first, dataset = _dataset("first", records[:1]), _dataset("all", records)
        with _process("start_broker"):
            _wait_for_broker()
            sampling = {"max_new_tokens": 4}
            warm, _ = run_start(dataset=first, language_model=model, strategy="base", sampling=sampling)
            with _process("start_worker", model.slug) as worker:
                _wait_for(warm, worker)
                sampling = {"max_new_tokens": arguments.new_tokens}
                forget_peak(worker.pid)
                cpu, started = _cpu_seconds(worker.pid), time.perf_counter()
                run, _ = run_start(dataset=dataset, language_model=model, strategy="base", sampling=sampling)
                _wait_for(run, worker)
                seconds = time.perf_counter() - started
                return _measure(run, seconds, _cpu_seconds(worker.pid) - cpu, peak_mb(worker.pid), len(records))


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    os.environ["LOG_LEVEL"] = "WARNING"
    import django
    from django.core.management import call_command

    from annotator.private_files import keep_files_private

    keep_files_private()
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)


def _dataset(name: str, records: Sequence[Mapping[str, Any]]) -> Any:
    from annotator.datasets.services import dataset_import

    return dataset_import(name=name, path_or_lines=[json.dumps(record) for record in records]).dataset


@contextmanager
def _process(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command of manage.py, which is replaced by its program, until the end of the block."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # an end from outside ends these processes, too
    command = [sys.executable, str(REPOSITORY / "manage.py"), *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_broker() -> None:
    from django.conf import settings

    from annotator.broker_socket import broker_socket
    from annotator.operations.supervisor.valkey import answers

    deadline = time.monotonic() + _WAIT_S
    while not answers(broker_socket(settings.VAR_DIR)):
        if time.monotonic() > deadline:
            raise SystemExit("The broker did not answer.")
        time.sleep(_POLL_S)


def _wait_for(run: Any, worker: "subprocess.Popen[bytes]") -> None:
    while run.status not in ("done", "failed"):
        if worker.poll() is not None:
            raise SystemExit("The worker ended before the run did.")
        time.sleep(_POLL_S)
        run.refresh_from_db()


def _measure(run: Any, seconds: float, cpu_seconds: float, peak_mb: float, count: int) -> Measure:
    from annotator.runs.models import Verdict

    answers = list(run.generations.filter(status="done").values_list("completion_tokens", flat=True))
    if len(answers) != count:
        raise SystemExit(f"{count - len(answers)} of {count} generations failed.")
    tokens = sum(answers)
    return {
        "tokens": tokens,
        "seconds": round(seconds, 2),
        "tokens_per_second": round(tokens / seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "peak_rss_mb": peak_mb,
        "load": os.getloadavg()[0],
        "verdicts": Verdict.objects.filter(generation__run=run).count(),
    }


def forget_peak(pid: int) -> None:
    """Let the kernel count a process's peak of memory from now on, where it lets itself be asked (Linux)."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(pid: int) -> float:
    """The highest resident memory of a process, in MB."""
    for row in Path(f"/proc/{pid}/status").read_text().splitlines():
        if row.startswith("VmHWM:"):
            return round(int(row.split()[1]) / 1024, 1)
    return 0.0


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
