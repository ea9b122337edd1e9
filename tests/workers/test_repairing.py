"""Repairing: from a request to attempts with verdicts, on the scripted backend."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.selectors.repair_requests import repair_requests_of
from annotator.exemplars.services.repair_requests import repairs_request
from annotator.runs.models import LanguageModel, Worker
from tests.cast import World
from tests.exemplars.curating import candidate_of
from workers.session import work_until_idle

pytestmark = pytest.mark.usefixtures("no_broker")

FORM = {"contains": ["Use this format:"], "reply": "THINK: I leave the comma out.\nANSWER: Tea of course."}


@pytest.fixture
def candidate(world: World, dan: User) -> Candidate:
    return candidate_of(world, dan)


def model(**options: Any) -> LanguageModel:
    return LanguageModel.objects.create(slug="helper", backend="scripted", name="helper", options=options)


def request(candidate: Candidate, helper: LanguageModel, **fields: Any) -> None:
    repairs_request(candidate=candidate, language_model=helper, user=None, **fields)


def work(helper: LanguageModel) -> int:
    return work_until_idle(language_model_id=helper.pk, worker="w1")


def test_another_model_repairs_the_answer_and_everything_it_was_sent_is_kept(candidate: Candidate) -> None:
    helper = model(lacks=["continued turns"], rules=[FORM])
    request(candidate, helper, rounds=3)
    # A scripted model offers continued turns; this one fails the request, and the form is asked for.
    assert work(helper) == 1
    repair = Repair.objects.get()
    assert (repair.answer, repair.reasoning) == ("Tea of course.", "I leave the comma out.")
    assert (repair.satisfied, repair.edit_distance, repair.status) == (1, 1, "done")
    last = repair.model_calls[-1]
    assert [role for role, _text in last["messages"]] == ["user", "assistant", "user"]
    assert candidate.generation.answer in last["messages"][1][1]
    assert "comma" in last["messages"][2][1]
    assert repair.environment is not None


def test_all_rounds_are_worked_off_in_one_session(candidate: Candidate) -> None:
    helper = model(rules=[{"contains": [], "reply": " tea, tea"}])
    request(candidate, helper, samples=2, rounds=3)
    assert work(helper) == 6
    assert list(Repair.objects.values_list("round", flat=True)) == [1, 1, 2, 2, 3, 3]
    second = Repair.objects.filter(round=2).first()
    assert second is not None
    assert second.model_calls[0]["messages"][1][1] == Repair.objects.filter(round=1)[0].answer


def test_a_request_that_fails_fails_its_attempt_alone(candidate: Candidate) -> None:
    helper = model(failures={"commas": "The server was full."})
    request(candidate, helper)
    assert work(helper) == 0
    repair = Repair.objects.get()
    assert (repair.status, repair.error) == ("failed", "The server was full.")
    assert repair_requests_of(candidate)[0].errors == ["The server was full."]


def test_a_worker_that_cannot_load_its_model_loses_nothing(candidate: Candidate) -> None:
    broken = LanguageModel.objects.create(slug="broken", backend="transformers", name="/nowhere")
    request(candidate, broken)
    assert work(broken) == 0
    assert (Repair.objects.get().status, Repair.objects.get().attempts) == ("queued", 0)
    assert Worker.objects.get().stage == Worker.Stage.LOADING


def test_an_orderly_stop_queues_the_attempt_as_if_never_claimed(candidate: Candidate) -> None:
    helper = model()
    request(candidate, helper)
    assert work_until_idle(language_model_id=helper.pk, worker="w1", keep_going=lambda: False) == 0
    assert (Repair.objects.get().status, Repair.objects.get().attempts) == ("queued", 0)
