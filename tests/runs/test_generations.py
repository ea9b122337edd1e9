"""Claims of generations: one worker at a time, returned when the lease runs out, and nothing generated twice."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotator.claims import release_claims, release_worker, renew_claims
from annotator.constraints import check_all
from annotator.datasets.models import Dataset
from annotator.runs.models import Generation, LanguageModel, Run
from annotator.runs.selectors import SentMessage, calls_of
from annotator.runs.services import verdicts
from annotator.runs.services.generations import GenerationResult, generation_fail, generation_finish, generations_claim
from annotator.runs.services.model_calls import CallRecord
from annotator.runs.services.verdicts import verdicts_for
from annotator.text_cleaning import storable
from tests.cast import make_dataset, make_run

RESULT = GenerationResult(
    completion="Rain, again", reasoning="", answer="Rain, again", split_status="clean", finish_reason="stop"
)


@pytest.fixture
def run(db: None) -> Run:
    return queued_run("everyday")


def queued_run(name: str, strategy: str = "base", dataset: Dataset | None = None) -> Run:
    model, _ = LanguageModel.objects.get_or_create(slug="tiny", backend="scripted", name="tiny")
    return make_run(dataset or make_dataset(name), model, strategy, done=False)


def take(run: Run, claim: uuid.UUID, limit: int = 2) -> list[Generation]:
    return generations_claim(language_model_id=run.language_model_id, claim=claim, worker="w1", limit=limit)


def test_the_two_runs_of_a_dataset_advance_side_by_side(run: Run) -> None:
    cot = queued_run("", "cot", run.dataset)
    claimed = take(run, uuid.uuid4(), limit=4)
    assert [(g.position, g.run_id) for g in claimed] == [(0, run.pk), (0, cot.pk), (1, run.pk), (1, cot.pk)]


def test_what_one_worker_claimed_another_does_not_get(run: Run) -> None:
    first, second, third = (take(run, uuid.uuid4(), limit=3) for _ in range(3))
    assert [len(first), len(second), len(third)] == [3, 1, 0]
    assert not {g.pk for g in first} & {g.pk for g in second}


def test_an_expired_lease_frees_a_generation_and_the_late_owner_changes_nothing(run: Run) -> None:
    slow, quick = uuid.uuid4(), uuid.uuid4()
    [lost, *_] = take(run, slow)
    Generation.objects.filter(claim=slow).update(lease_until=timezone.now() - timedelta(seconds=1))
    [taken, *_] = take(run, quick)
    assert taken.pk == lost.pk
    assert generation_finish(generation=taken, claim=quick, result=RESULT)
    late = GenerationResult("other", "", "other", "clean", "stop")
    assert not generation_finish(generation=lost, claim=slow, result=late)
    assert not generation_fail(generation=lost, claim=slow, error="too late")
    taken.refresh_from_db()
    assert (taken.status, taken.answer, taken.attempts) == ("done", "Rain, again", 2)


def test_a_renewed_lease_is_kept(run: Run) -> None:
    claim = uuid.uuid4()
    take(run, claim)
    Generation.objects.filter(claim=claim).update(lease_until=timezone.now() + timedelta(seconds=1))
    assert renew_claims(claim=claim) == 2
    assert Generation.objects.filter(claim=claim, lease_until__gt=timezone.now() + timedelta(seconds=60)).count() == 2


def test_an_orderly_stop_gives_claims_back_unharmed_and_a_killed_one_counts(run: Run) -> None:
    claim = uuid.uuid4()
    take(run, claim)
    assert release_claims(claim=claim) == 2
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 0)}
    take(run, claim)
    assert release_worker(worker="w1") == 2
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 0), ("queued", 1)}


def test_a_prompt_that_kills_its_worker_every_time_fails_alone(run: Run, settings: Any) -> None:
    settings.GENERATION_ATTEMPTS = 2
    for _ in range(2):
        take(run, uuid.uuid4(), limit=1)
        release_worker(worker="w1")
    rest = take(run, uuid.uuid4(), limit=9)
    assert [g.position for g in rest] == [1, 2, 3]
    fatal = run.generations.get(position=0)
    assert fatal.status == "failed"
    assert "the worker died 2 times" in fatal.error


def test_a_cancelled_run_is_claimed_no_more(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(status="cancelled")
    assert take(run, uuid.uuid4()) == []


def test_finishing_stores_verdicts_of_every_scope_and_the_last_one_ends_the_run(run: Run) -> None:
    claim = uuid.uuid4()
    for generation in take(run, claim, limit=9):
        run.refresh_from_db()
        assert run.status == "running"
        result = GenerationResult("THINK: a, b\nANSWER: c", "a, b", "c", "clean", "stop")
        assert generation_finish(generation=generation, claim=claim, result=result)
    run.refresh_from_db()
    assert run.status == "done"
    first = run.generations.get(position=0)
    assert dict(first.verdicts.values_list("scope", "strict")) == {
        "answer": True,
        "completion": False,
        "reasoning": False,
    }
    silent = verdicts_for(first, {"answer": "a", "completion": "a", "reasoning": ""})
    assert [verdict.scope for verdict in silent] == ["answer", "completion"]
    shown = first.verdicts.get(scope="completion").evidence["strict"]
    assert shown["spans"] == [[8, 9]]


def test_a_text_of_two_scopes_is_checked_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = list[str]()

    def counted(specs: Any, text: str, **more: Any) -> Any:
        checked.append(text)
        return check_all(specs, text, **more)

    monkeypatch.setattr(verdicts, "check_all", counted)
    generation = take(run, uuid.uuid4())[0]
    made = verdicts_for(generation, {"answer": "a, b", "completion": "a, b", "reasoning": "c"})
    assert checked == ["a, b", "c"]
    assert [(verdict.scope, verdict.strict) for verdict in made] == [
        ("answer", False),
        ("completion", False),
        ("reasoning", True),
    ]
    assert made[0].evidence == made[1].evidence


def test_what_no_database_stores_is_replaced_one_for_one(run: Run) -> None:
    claim = uuid.uuid4()
    [generation, *_] = take(run, claim)
    hostile = "a\x00b\ud800,\udc00"
    assert generation_finish(
        generation=generation,
        claim=claim,
        result=GenerationResult(
            hostile, "", hostile, "clean", "stop", calls=[CallRecord("answer", [("user", hostile)], hostile, "stop")]
        ),
    )
    generation.refresh_from_db()
    assert generation.answer == "a\ufffdb\ufffd,\ufffd"
    [shown] = calls_of(generation)
    assert shown.messages == [SentMessage("user", "a\ufffdb\ufffd,\ufffd")]
    assert shown.call.text == "a\ufffdb\ufffd,\ufffd"
    assert generation.verdicts.get(scope="answer").evidence["strict"]["spans"] == [[4, 5]]
    assert storable({"x": (None, 1.5, True)}) == {"x": [None, 1.5, True]}


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_claim_every_generation_exactly_once() -> None:
    run = queued_run("race")
    start = threading.Barrier(8)
    taken: list[int] = []

    def work() -> None:
        start.wait()
        claim = uuid.uuid4()
        while claimed := take(run, claim, limit=1):
            taken.extend(g.pk for g in claimed)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(run.generations.values_list("pk", flat=True))
