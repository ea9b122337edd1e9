"""Progress of a run: counts, rate, time left, failures, and whether a worker is listening."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.runs.models import Run, Worker
from annotator.runs.selectors import run_progress, work_waits
from annotator.runs.services.workers import worker_gone, worker_seen
from tests.runs.test_generations import queued_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return queued_run("everyday")


def test_a_run_that_nobody_works_on_says_how_to_start_a_worker(run: Run) -> None:
    progress = run_progress(run)
    assert (progress.done, progress.total, progress.percent) == (0, 4, 0)
    assert progress.no_worker_message == "No worker is listening for tiny; start one with: make worker MODEL=tiny"
    assert (progress.tokens_per_s, progress.seconds_left) == (None, None)


def test_a_worker_is_listening_until_it_leaves_or_falls_silent(run: Run) -> None:
    worker_seen(name="w1", queue="generate.tiny")
    worker_seen(name="w1", queue="generate.tiny")
    assert run_progress(run).worker_listening
    Worker.objects.update(last_seen=timezone.now() - timedelta(seconds=9))
    assert not run_progress(run).worker_listening
    worker_seen(name="w1", queue="generate.another")
    assert not run_progress(run).worker_listening
    worker_gone(name="w1", queue="generate.another")
    assert not Worker.objects.filter(queue="generate.another").exists()


def test_rate_and_time_left_come_from_what_was_finished_lately(run: Run) -> None:
    now = timezone.now()
    for generation in run.generations.filter(position__lt=2):
        generation.status, generation.completion_tokens, generation.latency_s = "done", 100, 10.0
        generation.finished_at = now
        generation.save()
    progress = run_progress(run)
    assert progress.tokens_per_s == pytest.approx(20, rel=0.05)
    assert progress.seconds_left == pytest.approx(10, rel=0.05)


def test_failures_are_named_with_their_reasons(run: Run) -> None:
    run.generations.filter(position=1).update(status="failed", error="The prompt is longer than the context.")
    progress = run_progress(run)
    assert (progress.failed, progress.finished) == (1, 1)
    assert progress.failures == [("tea", "The prompt is longer than the context.")]


def test_work_waits_only_for_running_runs(run: Run) -> None:
    assert work_waits(run.language_model_id)
    Run.objects.update(status="cancelled")
    assert not work_waits(run.language_model_id)


def test_reasons_that_differ_in_numbers_alone_are_summed_up(run: Run) -> None:
    run.generations.filter(position__lt=3).update(status="failed", error="Worker 1: out of memory at 4096 tokens.")
    run.generations.filter(position=1).update(error="Worker 2: out of memory at 2048 tokens.")
    run.generations.filter(position=3).update(status="failed", error="The prompt is longer than the context.")
    reasons = [(reason.n, reason.sentence) for reason in run_progress(run).reasons]
    assert reasons == [
        (3, "Worker 1: out of memory at 4096 tokens."),
        (1, "The prompt is longer than the context."),
    ]
