"""Closing of runs: two workers that finish together leave no run open, and missed runs are closed later."""

import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotator.runs.models import Generation, Run, Verdict
from annotator.runs.services import run_resume
from annotator.runs.services.generations import generation_finish, generations_claim
from annotator.runs.services.reconcile import runs_reconcile
from tests.runs.test_generations import RESULT, queued_run, take

ROUNDS = 20


def finish_together(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads finish the run's last two generations; on PostgreSQL, each before the other commits."""
    claim = uuid.uuid4()
    held = take(run, claim, limit=9)
    for generation in held[:-2]:
        generation_finish(generation=generation, claim=claim, result=RESULT)
    start, uncommitted = threading.Barrier(2), threading.Barrier(2)
    store = Verdict.objects.bulk_create

    def store_and_wait(*args: Any, **kwargs: Any) -> Any:
        stored = store(*args, **kwargs)
        if connection.vendor == "postgresql":  # SQLite has one writer: the second waits before its first statement
            with suppress(threading.BrokenBarrierError):
                uncommitted.wait(timeout=10)
        return stored

    monkeypatch.setattr(Verdict.objects, "bulk_create", store_and_wait)

    def finish(generation: Generation) -> None:
        start.wait()
        generation_finish(generation=generation, claim=claim, result=RESULT)
        connection.close()

    threads = [threading.Thread(target=finish, args=(generation,)) for generation in held[-2:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_finish_together_leave_no_run_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(ROUNDS):
        run = queued_run(f"round-{number}")
        finish_together(run, monkeypatch)
        run.refresh_from_db()
        statuses = set(run.generations.values_list("status", flat=True))
        assert (number, run.status, statuses) == (number, "done", {"done"})


@pytest.mark.django_db
def test_a_run_whose_end_was_missed_is_closed() -> None:
    missed, open_run, cancelled = queued_run("missed"), queued_run("open"), queued_run("cancelled")
    missed.generations.update(status="done")
    cancelled.generations.update(status="done")
    Run.objects.filter(pk=cancelled.pk).update(status="cancelled")
    assert runs_reconcile() == 1
    assert runs_reconcile() == 0
    statuses = dict(Run.objects.values_list("pk", "status"))
    assert statuses == {missed.pk: "done", open_run.pk: "running", cancelled.pk: "cancelled"}


@pytest.mark.django_db
def test_rows_whose_lease_ran_out_are_queued_again_and_the_attempt_counts() -> None:
    run, dead, alive = queued_run("everyday"), uuid.uuid4(), uuid.uuid4()
    take(run, dead, limit=1)
    take(run, alive, limit=1)
    Generation.objects.filter(claim=dead).update(lease_until=timezone.now() - timedelta(seconds=1))
    runs_reconcile()
    rows = run.generations.order_by("position").values_list("status", "claim", "attempts")
    assert list(rows) == [("queued", None, 1), ("claimed", alive, 1), ("queued", None, 0), ("queued", None, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_run_is_reconciled_while_workers_finish_it() -> None:
    runs = [queued_run(f"race-{number}") for number in range(5)]
    done = threading.Event()

    def reconcile() -> None:
        while not done.is_set():
            runs_reconcile()
        connection.close()

    def work() -> None:
        claim = uuid.uuid4()
        model_id = runs[0].language_model_id
        while claimed := generations_claim(language_model_id=model_id, claim=claim, worker="w1", limit=2):
            for generation in claimed:
                assert generation_finish(generation=generation, claim=claim, result=RESULT)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    reconciler = threading.Thread(target=reconcile)
    for thread in (reconciler, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    done.set()
    reconciler.join()
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    assert set(Generation.objects.values_list("status", "attempts")) == {("done", 1)}


@pytest.mark.django_db
def test_a_run_without_a_single_answer_has_failed_and_one_with_an_answer_is_done() -> None:
    failing, mixed = queued_run("failing"), queued_run("mixed")
    failing.generations.update(status="failed")
    mixed.generations.update(status="failed")
    mixed.generations.filter(position=0).update(status="done")
    runs_reconcile()
    assert dict(Run.objects.values_list("pk", "status")) == {failing.pk: "failed", mixed.pk: "done"}
    assert run_resume(run=failing)
    assert Run.objects.get(pk=failing.pk).status == "running"
