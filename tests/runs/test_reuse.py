"""The same request in two runs is generated once, and each run has verdicts of its own."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection

from annotator.runs.models import Generation, LanguageModel, Run
from annotator.runs.selectors import calls_of, run_progress
from annotator.runs.services import language_model_register, run_start
from annotator.runs.services.generations import GenerationResult, generation_finish, generations_claim
from annotator.runs.services.model_calls import CallRecord
from tests.cast import make_dataset
from workers.session import work_until_idle

CALL = CallRecord("answer", [("user", "Write about rain.")], "Rain, again", "stop")
RESULT = GenerationResult(
    "Rain, again", "", "Rain, again", "clean", "stop", completion_tokens=7, calls=[CALL], environment={"torch": "2"}
)


def started(name: str, slug: str = "tiny") -> Run:
    model = language_model_register(slug=slug, backend="scripted", name="tiny")
    return run_start(dataset=make_dataset(name), language_model=model, strategy="base")[0]


def take(run: Run, claim: uuid.UUID, limit: int = 9) -> list[Generation]:
    return generations_claim(language_model_id=run.language_model_id, claim=claim, worker="w1", limit=limit)


def finish(run: Run) -> None:
    claim = uuid.uuid4()
    for generation in take(run, claim):
        assert generation_finish(generation=generation, claim=claim, result=RESULT)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["tiny", "other"])
def test_a_run_that_starts_later_is_finished_from_the_first_one(slug: str) -> None:
    first = started("a")
    finish(first)
    second = started("b", slug)
    assert take(second, uuid.uuid4()) == []
    second.refresh_from_db()
    assert second.status == "done"
    for row, source in zip(second.generations.all(), first.generations.all(), strict=True):
        assert (row.status, row.answer, row.reused_from, row.environment) == (
            "done", source.answer, source, source.environment,
        )  # fmt: skip
        assert set(row.verdicts.values_list("constraint__prompt_id", flat=True)) == {row.prompt_id}
        assert row.verdicts.count() == source.verdicts.count()
        assert [shown.call.generation_id for shown in calls_of(row)] == [source.pk]
        assert not row.calls.exists()


@pytest.mark.django_db
def test_what_is_reused_is_named_by_the_generation_that_was_generated() -> None:
    finish(started("a"))
    take(started("b"), uuid.uuid4())
    third = started("c")
    take(third, uuid.uuid4())
    assert set(third.generations.values_list("reused_from__run__dataset__name", flat=True)) == {"a"}


@pytest.mark.django_db
def test_of_two_runs_that_wait_one_generates_and_the_other_is_finished_with_it() -> None:
    first, second = started("a"), started("b")
    claim = uuid.uuid4()
    held = take(first, claim)
    assert [row.run_id for row in held] == [first.pk] * 4
    assert take(second, uuid.uuid4()) == []
    for generation in held:
        generation_finish(generation=generation, claim=claim, result=RESULT)
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    assert second.generations.filter(reused_from__run=first).count() == 4


@pytest.mark.django_db
def test_a_cancelled_twin_is_left_alone() -> None:
    first, second = started("a"), started("b")
    Run.objects.filter(pk=second.pk).update(status="cancelled")
    finish(first)
    assert set(second.generations.values_list("status", flat=True)) == {"queued"}


@pytest.mark.django_db
def test_a_request_that_fails_is_tried_for_the_other_run() -> None:
    first, second = started("a"), started("b")
    claim = uuid.uuid4()
    take(first, claim)
    first.generations.update(status="failed", claim=None, lease_until=None, error="too long")
    assert [row.run_id for row in take(first, uuid.uuid4())] == [second.pk] * 4


@pytest.mark.django_db
def test_reused_results_do_not_count_as_speed() -> None:
    finish(started("a"))
    second = started("b")
    take(second, uuid.uuid4(), limit=1)
    Run.objects.filter(pk=second.pk).update(status="running")
    second.refresh_from_db()
    assert run_progress(second).tokens_per_s is None


@pytest.mark.django_db
def test_a_worker_finishes_both_runs_with_one_model_call_for_each_prompt() -> None:
    first, second = started("a"), started("b")
    assert work_until_idle(language_model_id=first.language_model_id, worker="w1") == 4
    assert set(Generation.objects.values_list("status", flat=True)) == {"done"}
    assert sum(len(row.calls.all()) for row in Generation.objects.all()) == 4
    assert second.generations.filter(reused_from__run=first).count() == 4


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_generate_the_same_request_at_the_same_time() -> None:
    runs = [started("a"), started("b", "other")]
    start = threading.Barrier(4)
    generated: list[str] = []

    def work(model: LanguageModel) -> None:
        start.wait()
        claim = uuid.uuid4()
        while held := generations_claim(language_model_id=model.pk, claim=claim, worker="w", limit=1):
            generated.extend(row.fingerprint for row in held)
            for row in held:
                generation_finish(generation=row, claim=claim, result=RESULT)
        connection.close()

    threads: list[Any] = [threading.Thread(target=work, args=(run.language_model,)) for run in [*runs, *runs]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(generated) == len(set(generated))
    assert set(Generation.objects.values_list("status", flat=True)) == {"done"}
