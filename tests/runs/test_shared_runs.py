"""The same run started by several leads: one of their own for each, generated once, and none twice for one lead."""

import uuid

import pytest
from django.contrib.auth.models import User

from annotator.datasets.models import Dataset
from annotator.runs.models import Generation, Run
from annotator.runs.services import run_start
from annotator.runs.services.generations import generation_finish, generations_claim
from tests.cast import make_dataset, make_model
from tests.runs.test_generations import RESULT
from tests.studies.test_queue import at_once


def start(user: User | None) -> Run:
    """Start the run as a lead who opens their own runs alone, or on the command line."""
    visible = Run.objects.filter(created_by=user) if user else None
    dataset = Dataset.objects.filter(name="everyday").first() or make_dataset("everyday")
    return run_start(dataset=dataset, language_model=make_model(), strategy="base", user=user, visible=visible)[0]


@pytest.mark.django_db
def test_each_lead_has_a_run_of_their_own_and_the_command_line_the_first(alice: User, bob: User) -> None:
    nobodys, alices, bobs = start(None), start(alice), start(bob)
    assert [run.copy_for for run in (nobodys, alices, bobs)] == [0, alice.pk, bob.pk]
    assert (start(None), start(alice), start(bob)) == (nobodys, alices, bobs)


@pytest.mark.django_db
def test_the_prompts_of_both_runs_are_generated_once(alice: User, bob: User) -> None:
    alices, bobs = start(alice), start(bob)
    claim, n = uuid.uuid4(), 0
    while held := generations_claim(language_model_id=make_model().pk, claim=claim, worker="w1", limit=9):
        for generation in held:
            generation_finish(generation=generation, claim=claim, result=RESULT)
            n += 1
    assert n == 4
    assert Generation.objects.filter(run=bobs, reused_from__run=alices).count() == 4
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_of_leads_who_start_the_same_at_once_each_gets_one_run_and_no_error() -> None:
    dataset, model = make_dataset("race"), make_model()
    leads = [User.objects.create_user(f"lead-{n}") for n in range(3)]

    def act(lead: User) -> None:
        visible = Run.objects.filter(created_by=lead)
        run_start(dataset=dataset, language_model=model, strategy="base", user=lead, visible=visible)

    assert at_once(act, [*leads, *leads]) == []
    assert sorted(Run.objects.values_list("created_by__username", flat=True)) == ["lead-0", "lead-1", "lead-2"]
    assert Generation.objects.count() == 12
