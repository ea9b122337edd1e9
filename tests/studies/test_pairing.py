"""Pairing: one case for each prompt whose two generations are done and have verdicts."""

import threading

import pytest
from django.db import connection

from annotator.runs.models import Generation, Verdict
from annotator.studies.errors import StudyRefused
from annotator.studies.models import Case, Membership, Study
from annotator.studies.services import member_add, run_pair, study_create, study_hand_over
from tests.cast import SCENES, finish, make_dataset, make_run, make_world


def _by_key(study):
    return {case.prompt.key: case for case in study.cases.select_related("prompt")}


def test_a_new_study_pairs_what_is_ready(world):
    cases = _by_key(world.study)
    assert {key: case.outcome for key, case in cases.items()} == {
        "rain": "helped",
        "tea": "hurt",
        "bike": "tie",
        "moon": "tie",
    }


def test_the_contrast_shows_the_swap_behind_a_tie(world):
    cases = _by_key(world.study)
    assert cases["bike"].contrast == ["gained", "lost"]
    assert cases["moon"].contrast == ["both"]


def test_outcomes_follow_the_scope_of_the_study(db):
    cases = _by_key(make_world(scope="completion").study)
    assert cases["rain"].outcome == "tie"  # the reasoning has a comma, the answer has none
    assert cases["moon"].outcome == "hurt"


def test_a_prompt_becomes_a_case_when_its_second_generation_is_done(world):
    late = make_run(world.dataset, world.language_model, "cot", done=False)
    study = study_create(slug="late", title="Late", first_run=world.first_run, second_run=late, codebook=world.codebook)
    assert study.cases.count() == 0
    finish(late.generations.get(prompt__key="tea"))
    assert run_pair(run_id=late.pk) == 1
    assert run_pair(run_id=late.pk) == 0
    assert _by_key(study)["tea"].outcome == "hurt"


def test_a_generation_without_all_its_verdicts_waits(world):
    Case.objects.all().delete()
    Verdict.objects.filter(generation__run=world.second_run, generation__prompt__key="bike").first().delete()
    run_pair(run_id=world.second_run.pk)
    assert set(_by_key(world.study)) == {"rain", "tea", "moon"}


def test_failed_generations_make_no_case(world):
    Case.objects.all().delete()
    Generation.objects.filter(run=world.first_run, prompt__key="rain").update(status=Generation.Status.FAILED)
    assert run_pair(run_id=world.first_run.pk) == 3


def test_an_unverifiable_constraint_decides_nothing(world):
    Case.objects.all().delete()
    Verdict.objects.filter(generation__prompt__key="rain").update(strict=None, loose=None)
    run_pair(run_id=world.first_run.pk)
    assert _by_key(world.study)["rain"].outcome == "tie"
    assert _by_key(world.study)["rain"].contrast == ["unverifiable"]


UNFINISHED = {
    "cut off": {"finish_reason": "length"},
    "empty": {"answer": "", "split_status": "empty"},
    "blank": {"answer": " \n", "split_status": "empty"},
    "never begun": {"answer": "", "split_status": "truncated", "finish_reason": "length"},
    "an open think block": {"answer": "", "split_status": "missing_marker"},
}


@pytest.mark.parametrize("fields", UNFINISHED.values(), ids=UNFINISHED.keys())
@pytest.mark.parametrize("side", ["first_run", "second_run"])
def test_an_answer_that_is_not_whole_is_no_answer_to_judge_on_either_side(world, side, fields):
    Case.objects.all().delete()
    Generation.objects.filter(run=getattr(world, side), prompt__key="bike").update(**fields)
    run_pair(run_id=world.first_run.pk)
    case = _by_key(world.study)["bike"]
    assert (case.outcome, case.contrast) == ("no_answer", ["unverifiable", "unverifiable"])
    assert case.disagreeing_constraints == 0  # not the hardest, but the least worth a look
    assert _by_key(world.study)["rain"].outcome == "helped"


@pytest.mark.parametrize("fields", UNFINISHED.values(), ids=UNFINISHED.keys())
def test_a_study_may_judge_answers_that_are_not_whole(world, fields):
    Generation.objects.filter(run=world.second_run, prompt__key="tea").update(**fields)
    study = study_create(
        slug="all",
        title="All",
        first_run=world.first_run,
        second_run=world.second_run,
        codebook=world.codebook,
        judge_unfinished=True,
    )
    assert _by_key(study)["tea"].outcome == "hurt"


def test_pairing_costs_the_same_number_of_queries_for_any_number_of_prompts(world, django_assert_max_num_queries):
    Case.objects.all().delete()
    with django_assert_max_num_queries(10):
        run_pair(run_id=world.first_run.pk)


def test_the_queue_order_depends_on_seed_and_prompt_alone(db):
    studies = [make_world(slug, seed=seed).study for slug, seed in (("a", 1), ("b", 1), ("c", 2))]
    orders = [[case.prompt.key for case in study.cases.order_by("queue_rank")] for study in studies]
    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(orders[2])
    assert orders[0] != orders[2]


def test_the_owner_gets_another_role_once_the_study_is_handed_over(world, lena, carol):
    with pytest.raises(StudyRefused, match="lena owns study 'pilot'; hand it over to another member first"):
        member_add(study=world.study, user=lena, role="annotator")
    study_hand_over(membership=member_add(study=world.study, user=carol, role="lead"), by=lena)
    assert member_add(study=world.study, user=lena, role="annotator").role == "annotator"


def test_runs_over_different_datasets_are_refused_in_one_sentence(world):
    other = make_run(make_dataset("other"), world.language_model, "cot")
    with pytest.raises(StudyRefused, match=r"run \d+ is over pilot v1 and run \d+ over other v1; choose two runs"):
        study_create(slug="bad", title="Bad", first_run=world.first_run, second_run=other, codebook=world.codebook)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"slug": "no spaces"}, "slug: Use 1 to 64"),
        ({"slug": "pilot"}, "already exists"),
        ({"slug": "new"}, "this short name is an address of ours; choose another one"),
        ({"overlap": 0}, "The overlap must be 1 or more."),
        ({"scope": "everything"}, "scope: "),
        ({"title": ""}, "title: "),
    ],
)
def test_what_a_study_may_not_be_is_said(world, fields, complaint):
    fields_of_study = {"slug": "new", "title": "New", **fields}
    with pytest.raises(StudyRefused, match=complaint):
        study_create(first_run=world.first_run, second_run=world.second_run, codebook=world.codebook, **fields_of_study)
    assert Study.objects.count() == 1


def test_a_run_is_not_paired_with_itself(world):
    run = world.first_run
    with pytest.raises(StudyRefused, match="The two runs are the same; choose two different ones"):
        study_create(slug="self", title="Self", first_run=run, second_run=run, codebook=world.codebook)


def test_a_pseudonym_says_nothing_of_the_person_and_outlives_a_change_of_role(world, alice):
    before = Membership.objects.get(study=world.study, user=alice)
    after = member_add(study=world.study, user=alice, role="lead")
    assert "alice" not in before.pseudonym
    assert str(alice.pk) != before.pseudonym
    assert (after.pk, after.pseudonym, after.role) == (before.pk, before.pseudonym, "lead")


def test_an_unknown_role_is_refused(world, alice):
    with pytest.raises(StudyRefused, match="known roles: lead, annotator, adjudicator, curator, reader"):
        member_add(study=world.study, user=alice, role="owner")


@pytest.mark.django_db(transaction=True)
def test_many_workers_pairing_at_once_make_each_case_once():
    world = make_world()
    Case.objects.all().delete()
    start = threading.Barrier(8)
    failures = []

    def pair():
        try:
            start.wait()
            run_pair(run_id=world.first_run.pk)
        except Exception as error:  # noqa: BLE001 - the test reports whatever a thread died of
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=pair) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert world.study.cases.count() == len(SCENES)
