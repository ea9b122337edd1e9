"""Events: each change of a run is recorded in its own transaction or not at all."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from annotator.events.models import Event
from annotator.events.services import event_append
from annotator.runs.models import Run
from annotator.runs.services import run_cancel, run_resume, run_start
from annotator.runs.services.generations import generation_finish
from tests.cast import make_dataset, make_model
from tests.runs.test_generations import RESULT, take


def started(name: str = "everyday") -> Run:
    return run_start(dataset=make_dataset(name), language_model=make_model(), strategy="base")[0]


@pytest.mark.django_db
def test_the_life_of_a_run_is_recorded_in_order() -> None:
    run, claim = started(), uuid.uuid4()
    run_cancel(run=run)
    run_cancel(run=run)
    run_resume(run=run)
    for generation in take(run, claim, limit=9):
        generation_finish(generation=generation, claim=claim, result=RESULT)
    kinds = ["run.started", "run.cancelled", "run.resumed", "run.finished"]
    assert list(Event.objects.values_list("kind", "subject")) == [(kind, f"runs.run:{run.pk}") for kind in kinds]


@pytest.mark.django_db
def test_starting_the_same_run_again_is_no_event() -> None:
    run = started()
    run_start(dataset=run.dataset, language_model=run.language_model, strategy="base")
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_needs_the_transaction_of_its_change_and_goes_with_it() -> None:
    user = User.objects.create_user("erin")
    with pytest.raises(RuntimeError, match="must be appended inside the transaction of its service"):
        event_append("user.created", user)
    with transaction.atomic():
        event_append("user.created", user)
        transaction.set_rollback(True)
    assert not Event.objects.exists()
