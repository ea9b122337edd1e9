"""Model calls: messages and replies are stored, and repeated texts once."""

import uuid

import pytest

from annotator.runs.models import Environment, MessageText, ModelCall
from annotator.runs.selectors import calls_of
from annotator.runs.services.generations import GenerationResult, generation_fail, generation_finish
from annotator.runs.services.model_calls import CallRecord
from tests.runs.test_generations import queued_run, take

pytestmark = pytest.mark.django_db

EXEMPLARS = [("user", "An exemplar."), ("assistant", "Its answer.")]


def call(prompt: str, **values: object) -> CallRecord:
    return CallRecord("answer", [*EXEMPLARS, ("user", prompt)], "Rain.", "stop", **values)  # type: ignore[arg-type]


def test_the_exemplars_of_a_set_are_stored_once_for_all_calls() -> None:
    claim = uuid.uuid4()
    rows = take(queued_run("everyday"), claim, limit=9)
    for row in rows:
        result = GenerationResult("a", "", "a", "clean", "stop", calls=[call(row.prompt.text)])
        generation_finish(generation=row, claim=claim, result=result)
    assert MessageText.objects.count() == len(EXEMPLARS) + len(rows)
    [shown] = calls_of(rows[2])
    assert [(message.role, message.text) for message in shown.messages] == [*EXEMPLARS, ("user", rows[2].prompt.text)]


def test_calls_are_numbered_and_a_failed_generation_keeps_its_calls_until_it_is_tried_again() -> None:
    run, claim = queued_run("everyday"), uuid.uuid4()
    [row] = take(run, claim, limit=1)
    calls = [call("x"), call("x", error="The server was full.")]
    generation_fail(generation=row, claim=claim, error="The server was full.", calls=calls)
    assert list(ModelCall.objects.values_list("number", "error")) == [(1, ""), (2, "The server was full.")]
    run.generations.filter(pk=row.pk).update(status="queued", error="")
    [row] = take(run, claim, limit=1)
    generation_finish(
        generation=row, claim=claim, result=GenerationResult("a", "", "a", "clean", "stop", calls=[call("x")])
    )
    assert [(row.call.number, row.call.error) for row in calls_of(row)] == [(1, "")]


def test_one_environment_is_one_row() -> None:
    claim = uuid.uuid4()
    for row in take(queued_run("everyday"), claim, limit=9):
        result = GenerationResult("a", "", "a", "clean", "stop", environment={"torch": "2.13.0", "device": "cpu"})
        generation_finish(generation=row, claim=claim, result=result)
        row.refresh_from_db()
        assert row.environment == Environment.objects.get()
