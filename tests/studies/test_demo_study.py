"""The demo study is made once, whole, with passwords shown once; loading it again changes nothing."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Run, Verdict
from annotator.runs.services.verdicts import verdicts_for
from annotator.studies.models import Membership, Study
from annotator.studies.services import case_next, run_pair
from annotator.studies.services.demo import demo_load
from tests.constraints.specs import COMPLETE
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db


def test_it_pairs_a_base_and_a_cot_forced_run_over_all_our_prompts() -> None:
    study = demo_load().study
    assert (study.first_run.strategy, study.second_run.strategy) == ("base", "cot_forced")
    assert (study.overlap, study.blind) == (2, True)
    assert study.first_run.dataset.prompt_count >= 40
    assert study.first_run.sampling["max_new_tokens"] == 256
    assert Generation.objects.count() == 2 * study.first_run.dataset.prompt_count


def test_our_prompts_state_all_kinds_one_to_three_at_a_time() -> None:
    prompts = demo_load().study.first_run.dataset.prompts
    assert set(Constraint.objects.values_list("kind", flat=True)) == set(COMPLETE)
    assert all(1 <= prompt.constraints.count() <= 3 for prompt in prompts.all())


def test_lena_leads_alice_and_bob_annotate_carol_adjudicates_dan_curates_and_their_passwords_work() -> None:
    passwords = demo_load().passwords
    roles = dict(Membership.objects.values_list("user__username", "role"))
    assert roles == {
        "lena": "owner",
        "alice": "annotator",
        "bob": "annotator",
        "carol": "adjudicator",
        "dan": "curator",
    }
    assert set(passwords) == set(roles)
    assert all(User.objects.get(username=name).check_password(word) for name, word in passwords.items())


def test_carol_finds_the_cases_that_alice_and_bob_judge_differently_and_none_before(client: Client) -> None:
    study = demo_load(prompts=1).study
    for generation in Generation.objects.all():
        Verdict.objects.bulk_create(verdicts_for(generation, {"answer": "Yes.", "completion": "Yes."}))
    Generation.objects.update(status=Generation.Status.DONE, answer="Yes.")
    run_pair(run_id=study.second_run_id)
    client.force_login(User.objects.get(username="carol"))
    queue = f"/studies/{study.slug}/adjudicate/"
    assert client.get(queue).context["waiting"] == 0
    for name, label in (("alice", "helped"), ("bob", "hurt")):
        submit(case_next(study=study, annotator=User.objects.get(username=name)), label=label)
    assert client.get(queue).context["waiting"] == 1


def test_loading_again_makes_nothing_and_tells_no_password() -> None:
    first = demo_load()
    again = demo_load()
    assert (again.study, again.passwords) == (first.study, {})
    assert (Study.objects.count(), Run.objects.count(), User.objects.count()) == (1, 2, 5)


def test_only_the_first_prompts_if_asked() -> None:
    dataset = demo_load(prompts=3).study.first_run.dataset
    assert (dataset.name, dataset.prompt_count) == ("everyday-first-3", 3)


def test_the_command_prints_each_password_once() -> None:
    first, second = StringIO(), StringIO()
    call_command("load_demo", prompts=1, stdout=first)
    call_command("load_demo", prompts=1, stdout=second)
    assert first.getvalue().count("password  ") == 5
    assert "shown this once" in first.getvalue()
    assert "password  " not in second.getvalue()
    assert "reset_password NAME" in second.getvalue()
