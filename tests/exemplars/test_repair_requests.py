"""Repairs by a model: rounds of samples, the next one after the last attempt of a round, once whoever finishes it."""

import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.claims import release_failed
from annotator.exemplars.errors import RepairError
from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.selectors.repair_requests import repair_requests_of, repairs_wait
from annotator.exemplars.services.candidates import candidate_reject
from annotator.exemplars.services.repair_requests import repair_fail, repair_finish, repairs_claim, repairs_request
from annotator.runs import dispatch
from annotator.runs.models import LanguageModel
from annotator.sampling import Sampling
from tests.cast import World
from tests.exemplars.curating import approved, at_once, candidate_of, edited

GOOD, BAD = "Tea of course.", "Tea, as ever."


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    queues: list[str] = []
    monkeypatch.setattr(dispatch, "_send", lambda queue, pk: queues.append(queue))
    return queues


@pytest.fixture
def candidate(world: World, dan: User) -> Candidate:
    return candidate_of(world, dan)


def request(candidate: Candidate, world: World, **fields: Any) -> uuid.UUID:
    return repairs_request(**{"candidate": candidate, "language_model": world.language_model, "user": None, **fields})


def claimed(world: World, limit: int = 9) -> list[tuple[Repair, uuid.UUID]]:
    """Claim waiting attempts, each under a claim of its own as two workers would."""
    pairs = []
    for _ in range(limit):
        claim = uuid.uuid4()
        rows = repairs_claim(language_model_id=world.language_model.pk, claim=claim, worker="w1", limit=1)
        pairs += [(row, claim) for row in rows]
    return pairs


def finish(pair: tuple[Repair, uuid.UUID], answer: str, reasoning: str = "No commas.") -> bool:
    return repair_finish(repair=pair[0], claim=pair[1], reasoning=reasoning, answer=answer)


def rounds() -> list[tuple[int, int, str]]:
    return list(Repair.objects.order_by("pk").values_list("round", "sample", "status"))


def test_one_sample_is_greedy_and_several_have_seeds_of_their_own(candidate: Candidate, world: World) -> None:
    request(candidate, world)
    (one,) = claimed(world)
    assert one[0].sampling["temperature"] == 0
    finish(one, GOOD)
    request(candidate, world, samples=3, sampling=Sampling(temperature=0.7, seed=10))
    assert [pair[0].sampling["seed"] for pair in claimed(world)] == [10, 11, 12]


def test_the_next_round_revises_the_best_attempt_with_new_seeds(candidate: Candidate, world: World) -> None:
    request(candidate, world, samples=2, rounds=3)
    far, near = claimed(world)
    finish(far, "Tea, as everybody says, is of course warm.")
    assert [row[0] for row in rounds()] == [1, 1]
    finish(near, BAD)
    assert rounds()[2:] == [(2, 1, "queued"), (2, 2, "queued")]
    second = claimed(world)
    assert {pair[0].parent_id for pair in second} == {near[0].pk}
    assert [pair[0].sampling["seed"] for pair in second] == [2, 3]


def test_no_round_follows_one_in_which_an_attempt_holds(candidate: Candidate, world: World) -> None:
    request_id = request(candidate, world, samples=2, rounds=3)
    first, second = claimed(world)
    finish(first, GOOD)
    finish(second, BAD)
    assert [row[2] for row in rounds()] == ["done", "done"]
    (state,) = repair_requests_of(candidate)
    assert (state.request, state.round, state.rounds, state.done, state.holds) == (request_id, 1, 3, 2, True)


def test_the_last_round_is_the_last(candidate: Candidate, world: World) -> None:
    request(candidate, world, samples=2, rounds=2)
    for _ in range(2):
        for pair in claimed(world):
            finish(pair, BAD)
    assert [row[0] for row in rounds()] == [1, 1, 2, 2]
    assert not repairs_wait(world.language_model.pk)


def test_a_greedy_round_that_changed_nothing_is_not_repeated(candidate: Candidate, world: World) -> None:
    request(candidate, world, rounds=3)
    for pair in claimed(world):
        finish(pair, candidate.generation.answer)
    assert [row[0] for row in rounds()] == [1]


def test_an_attempt_without_an_answer_is_no_text_to_revise(candidate: Candidate, world: World) -> None:
    request(candidate, world, samples=2, rounds=2)
    for pair in claimed(world):
        finish(pair, "")
    assert [pair[0].parent for pair in claimed(world)] == [None, None]


def test_a_failed_attempt_fails_alone_and_may_be_the_last_of_its_round(candidate: Candidate, world: World) -> None:
    request(candidate, world, samples=2, rounds=2)
    first, second = claimed(world)
    finish(first, BAD)
    assert repair_fail(repair=second[0], claim=second[1], error="The server was full.")
    assert [row[0] for row in rounds()] == [1, 1, 2, 2]
    (state,) = repair_requests_of(candidate)
    assert (state.done, state.failed, state.waiting, state.errors) == (1, 1, 2, ["The server was full."])


def test_an_attempt_that_kills_its_workers_fails_and_the_request_goes_on(
    candidate: Candidate, world: World, settings: Any
) -> None:
    settings.GENERATION_ATTEMPTS = 1
    request(candidate, world, samples=2, rounds=2)
    first, second = claimed(world)
    finish(first, BAD)
    Repair.objects.filter(pk=second[0].pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert [pair[0].round for pair in claimed(world)] == [2, 2]
    assert "the worker died 1 times" in Repair.objects.get(pk=second[0].pk).error


def test_a_lost_claim_stores_nothing_and_queues_no_round(candidate: Candidate, world: World) -> None:
    request(candidate, world, rounds=2)
    (pair,) = claimed(world)
    release_failed(claim=pair[1], error="Out of memory.")
    assert not finish(pair, BAD)
    assert rounds() == [(1, 1, "queued")]


def test_the_reasoning_is_kept_and_without_one_every_constraint_is_unmentioned(
    candidate: Candidate, world: World
) -> None:
    request(candidate, world)
    (pair,) = claimed(world)
    finish(pair, GOOD, reasoning="")
    stored = Repair.objects.get()
    assert (stored.reasoning, stored.unmentioned, stored.edit_distance) == ("", [0], 1)


def test_a_rejected_candidate_gets_no_further_round(candidate: Candidate, world: World, dan: User) -> None:
    request(candidate, world, rounds=3, samples=2)
    pairs = claimed(world)
    candidate_reject(candidate=candidate, reason="Two prompts in one.", user=dan)
    for pair in pairs:
        assert finish(pair, BAD)
    assert [row[0] for row in rounds()] == [1, 1]
    with pytest.raises(RepairError, match="was rejected"):
        request(candidate, world)


def test_a_candidate_with_an_exemplar_gets_no_further_round(candidate: Candidate, world: World, dan: User) -> None:
    request(candidate, world, rounds=3)
    (pair,) = claimed(world)
    approved(edited(candidate, dan), dan)
    assert finish(pair, BAD)
    assert not repairs_wait(world.language_model.pk)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"samples": 0}, "samples=0: give a number from 1 to 16"),
        ({"rounds": 6}, "rounds=6: give a number from 1 to 5"),
        ({"samples": 2, "sampling": Sampling()}, "2 samples at temperature 0 are all the same"),
    ],
)
def test_numbers_that_make_no_request_are_refused(
    candidate: Candidate, world: World, fields: Any, sentence: str
) -> None:
    with pytest.raises(RepairError, match=sentence):
        request(candidate, world, **fields)


def test_a_model_that_is_at_it_or_cannot_be_asked_is_refused(candidate: Candidate, world: World) -> None:
    request(candidate, world)
    with pytest.raises(RepairError, match="waits for attempts by tiny already"):
        request(candidate, world)
    imported = LanguageModel.objects.create(slug="gpt", backend="imported", name="gpt")
    with pytest.raises(RepairError, match="cannot be asked"):
        request(candidate, world, language_model=imported)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_finish_the_last_two_attempts_at_once_make_one_next_round(world: World, dan: User) -> None:
    for key in ("rain", "tea", "bike", "moon"):
        candidate = candidate_of(world, dan, key)
        request(candidate, world, samples=2, rounds=2)
        first, second = claimed(world, limit=2)
        works = [partial(finish, first, BAD), partial(finish, second, "Tea, yes.")]
        assert at_once(*works) == [True, True]
        found = candidate.repairs.order_by("pk").values_list("round", "sample")
        assert list(found) == [(1, 1), (1, 2), (2, 1), (2, 2)]
        for pair in claimed(world, limit=2):
            finish(pair, GOOD)
