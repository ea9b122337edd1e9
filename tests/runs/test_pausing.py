"""Paused runs: nothing of them is begun until they are resumed, and what was begun is finished."""

import uuid
from typing import Any

import pytest

from annotator.events.models import Event
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.services import run_archive, run_cancel, run_pause, run_resume
from annotator.runs.services.generations import generation_finish
from tests.runs.test_generations import RESULT, queued_run, take
from workers.engine import load_backend
from workers.session import work_until_idle

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return queued_run("everyday")


def status(run: Run) -> str:
    return Run.objects.get(pk=run.pk).status


def test_a_paused_run_is_claimed_no_more_until_it_is_resumed(run: Run) -> None:
    assert run_pause(run=run)
    assert not run_pause(run=run)
    assert take(run, uuid.uuid4()) == []
    run.refresh_from_db()
    assert run_resume(run=run)
    assert len(take(run, uuid.uuid4())) == 2
    kinds = Event.objects.filter(kind__startswith="run.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["run.paused", "run.resumed"]


def test_what_was_begun_is_stored_and_a_run_that_was_all_begun_ends_when_it_is_resumed(run: Run) -> None:
    claim = uuid.uuid4()
    begun = take(run, claim, limit=9)
    run_pause(run=run)
    assert all(generation_finish(generation=row, claim=claim, result=RESULT) for row in begun)
    assert status(run) == "paused"
    assert not run_resume(run=Run.objects.get(pk=run.pk))
    assert status(run) == "done"


def test_a_worker_releases_what_it_claimed_and_has_not_begun(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.generating._RUN_STATUS_KEPT_S", 0)
    backend = load_backend("scripted", "tiny", "", {})
    complete = backend.complete

    def pause_after_the_first(requests: Any) -> Any:
        for completion in complete(requests):
            yield completion
            run_pause(run=run)

    backend.complete = pause_after_the_first  # type: ignore[method-assign]
    assert work_until_idle(language_model_id=run.language_model_id, worker="w1", backend=backend) == 1
    rows = run.generations.order_by("position").values_list("status", "attempts")
    assert list(rows) == [("done", 1), ("queued", 0), ("queued", 0), ("queued", 0)]


def test_failed_prompts_stay_failed_when_a_paused_run_is_resumed_and_are_tried_again_after_a_cancelled_one(
    run: Run,
) -> None:
    run.generations.filter(position=0).update(status="failed", error="Too long.")
    run_pause(run=run)
    run_resume(run=Run.objects.get(pk=run.pk))
    assert run.generations.get(position=0).status == "failed"
    run_pause(run=run)
    assert run_cancel(run=run)
    run_resume(run=Run.objects.get(pk=run.pk))
    assert run.generations.get(position=0).status == "queued"


def test_a_paused_run_is_not_archived(run: Run) -> None:
    run_pause(run=run)
    with pytest.raises(RunError, match="is running or paused; cancel it first"):
        run_archive(run=run)
