"""Worker sessions: what an error does to rows, attempts and the worker, and what people can read of it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from annotator.runs.models import Generation, LanguageModel, Run, Worker
from annotator.runs.selectors import run_progress
from annotator.runs.services.workers import worker_failed, worker_paused, worker_recovered
from tests.cast import make_dataset, make_run
from tests.complexbench import answered_run, make_bench
from workers import backend_cache
from workers.engine import Completion, Request, TransientEngineError, load_backend
from workers.session import work_until_idle

pytestmark = pytest.mark.django_db


class Broken:
    """A backend that takes one request and raises."""

    batch_size = 2

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        next(iter(requests))
        raise self._error
        yield

    def count_tokens(self, text: str) -> int:
        return 1

    def describe(self) -> dict[str, str]:
        return {}


CUDA = RuntimeError("CUDA error: device-side assert triggered")


def queued(**options: Any) -> Run:
    model = LanguageModel.objects.create(slug="tiny", backend="scripted", name="tiny", options=options)
    return make_run(make_dataset("everyday"), model, "base", done=False)


def work(run: Run, worker: str = "w1", **kwargs: Any) -> int:
    Worker.objects.update(paused_until=None)  # as if the pause were over
    return work_until_idle(language_model_id=run.language_model_id, worker=worker, **kwargs)


def rows(run: Run) -> set[tuple[Any, ...]]:
    return set(run.generations.values_list("status", "attempts", "error"))


def test_a_backend_that_crashes_counts_as_an_attempt_and_after_the_last_the_row_fails_with_its_error() -> None:
    run = queued()
    for attempt in (1, 2, 3):
        assert work(run, backend=Broken(CUDA)) == 0
        assert ("queued", attempt, "RuntimeError: CUDA error: device-side assert triggered") in rows(run)
    work(run)
    failed = run.generations.filter(status="failed")
    assert set(failed.values_list("error", flat=True)) == {
        "Failed 3 times; the last time: RuntimeError: CUDA error: device-side assert triggered"
    }
    run.refresh_from_db()
    assert run.status == "done"


def test_an_engine_error_counts_too_and_is_stored_as_its_sentence() -> None:
    run = queued()
    work(run, backend=Broken(TransientEngineError("The manager of the batch died.")))
    assert ("queued", 1, "The manager of the batch died.") in rows(run)


def test_a_row_that_succeeds_later_keeps_no_error() -> None:
    run = queued()
    work(run, backend=Broken(CUDA))
    assert work(run) == 4
    assert set(run.generations.values_list("status", "error")) == {("done", "")}


def test_a_database_that_fails_is_no_attempt_of_a_row() -> None:
    run = queued()
    with pytest.raises(OperationalError):
        work(run, backend=Broken(OperationalError("the connection is closed")))
    assert rows(run) == {("queued", 0, "")}


def test_a_stop_in_the_middle_of_a_model_call_is_no_attempt() -> None:
    run = queued()
    with pytest.raises(SystemExit):
        work(run, backend=Broken(SystemExit()))
    assert rows(run) == {("queued", 0, "")}


def test_a_failing_worker_pauses_for_growing_intervals_until_it_works_again() -> None:
    run, pauses = queued(), []
    for _ in range(9):
        before = timezone.now()
        worker_failed(name="w1", queue="q", stage=Worker.Stage.WORKING, error="out of luck")
        paused_until = Worker.objects.get().paused_until
        assert paused_until is not None
        pauses.append(round((paused_until - before).total_seconds()))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert worker_paused(name="w1", queue="q")
    assert not worker_paused(name="w2", queue="q")
    worker_recovered(name="w1", queue="q")
    assert not worker_paused(name="w1", queue="q")
    assert run.status == "running"


def test_a_paused_worker_claims_nothing_whoever_wakes_it() -> None:
    run = queued()
    work(run, backend=Broken(CUDA))
    before = rows(run)
    assert work_until_idle(language_model_id=run.language_model_id, worker="w1") == 0
    assert rows(run) == before


def test_a_model_that_one_host_cannot_load_fails_no_row_and_another_host_does_the_work() -> None:
    run = queued(nonsense=1)
    for _ in range(4):
        assert work(run, worker="bad-host") == 0
    assert rows(run) == {("queued", 0, "")}
    assert "nonsense" in Worker.objects.get(name="bad-host").error
    assert work(run, worker="good-host", backend=load_backend("scripted", "tiny", "", {})) == 4


def test_an_error_that_no_engine_foresaw_while_loading_is_the_workers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any) -> None:
        raise RuntimeError("CUDA out of memory.")

    run = queued()
    monkeypatch.setattr(backend_cache, "load_backend", crash)
    backend_cache.forget()
    assert work(run) == 0
    worker = Worker.objects.get(name="w1")
    assert (worker.stage, worker.error, worker.failures) == ("loading", "RuntimeError: CUDA out of memory.", 1)
    assert rows(run) == {("queued", 0, "")}


def test_the_run_says_why_nothing_happens_until_the_worker_works_again() -> None:
    run = queued(nonsense=1)
    work(run)
    [problem] = run_progress(run).worker_problems
    assert problem.startswith("Worker w1 cannot load the model since ")
    assert "The work waits for a worker that can; this one tries again at " in problem
    assert "nonsense" in problem
    LanguageModel.objects.update(options={})
    work(run, backend=Broken(CUDA))
    [problem] = run_progress(run).worker_problems
    assert problem.startswith("Worker w1 has failed since ")
    assert problem.endswith("Reason: RuntimeError: CUDA error: device-side assert triggered")
    work(run, keep_going=iter([True, True, True, False, False, False]).__next__)
    run.refresh_from_db()
    assert run_progress(run).worker_problems == []


def test_a_failing_worker_that_fell_silent_is_no_longer_shown() -> None:
    run = queued(nonsense=1)
    work(run)
    Worker.objects.update(last_seen=timezone.now() - timedelta(minutes=1))
    assert run_progress(run).worker_problems == []


def test_judge_and_generation_share_one_session() -> None:
    judged = answered_run(make_bench())
    model = judged.language_model
    from annotator.runs.services.judge_replies import judge_replies_request

    judge_replies_request(run=judged, judge=model)
    make_run(make_dataset("everyday"), model, "base", done=False)
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 3 + 4
    assert not Generation.objects.exclude(status="done").exists()
