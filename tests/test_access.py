"""Role x object: who opens what, and that everything else does not exist."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import Http404

from annotator import access
from annotator.studies.models import Flag, Membership
from annotator.studies.services import case_next, flag_raise, member_add, study_hand_over
from tests.cast import make_run, make_world


@pytest.fixture
def cast(world, alice, bob, carol, lena, mallory):
    """All people by name: ruth reads the study, olga owns it, lena leads it.

    "root" is a site lead, "gone" a member with a closed account, "nobody" not signed in.
    """
    gone = User.objects.create_user("gone", is_active=False)
    member_add(study=world.study, user=gone, role=Membership.Role.LEAD)
    member_add(study=world.study, user=carol, role=Membership.Role.ADJUDICATOR)
    ruth, olga = (User.objects.create_user(name) for name in ("ruth", "olga"))
    member_add(study=world.study, user=ruth, role=Membership.Role.READER)
    study_hand_over(membership=member_add(study=world.study, user=olga, role=Membership.Role.LEAD), by=lena)
    return {
        "alice": alice,
        "bob": bob,
        "carol": carol,
        "lena": lena,
        "ruth": ruth,
        "olga": olga,
        "mallory": mallory,
        "root": User.objects.create_user("root", is_staff=True),
        "gone": gone,
        "nobody": AnonymousUser(),
    }


DOORS = {
    "study": lambda user, world, case_id: access.study_for(user, world.study.slug),
    "study led": lambda user, world, case_id: access.study_led_by(user, world.study.slug),
    "study read": lambda user, world, case_id: access.study_to_read(user, world.study.slug),
    "study owned": lambda user, world, case_id: access.study_owned_by(user, world.study.slug),
    "training rows": lambda user, world, case_id: access.study_with_pairs(user, world.study.slug),
    "case's history": lambda user, world, case_id: access.case_with_history(user, world.study.slug, case_id),
    "alice's assignment": lambda user, world, case_id: access.assignment_for(user, case_id),
    "study to adjudicate": lambda user, world, case_id: access.study_to_adjudicate(user, world.study.slug),
    "case to adjudicate": lambda user, world, case_id: access.case_to_adjudicate(user, world.study.slug, case_id),
    "flag to settle": lambda user, world, case_id: access.flag_to_settle(user, world.study.slug, Flag.objects.get().pk),
    "run": lambda user, world, case_id: access.run_for(user, world.first_run.pk),
    "dataset": lambda user, world, case_id: access.dataset_for(user, world.dataset.name, 1),
    "language model": lambda user, world, case_id: access.language_model_for(user, "tiny"),
    "a lead's page": lambda user, world, case_id: access.require_lead(user),
}
ADJUDICATED = {"study to adjudicate", "case to adjudicate", "flag to settle"}
READ = {"study", "study read", "training rows", "case's history"}
LED = {*READ, "study led", *ADJUDICATED, "run", "dataset", "language model", "a lead's page"}
OPENS = {
    "alice": {"study", "alice's assignment"},
    "bob": {"study"},
    "carol": {"study", "case's history", *ADJUDICATED},
    "ruth": READ,
    "lena": LED,
    "olga": {*LED, "study owned"},
    "root": {*LED, "study owned"},
    "mallory": set(),
    "gone": set(),
    "nobody": set(),
}


@pytest.mark.parametrize("person", OPENS)
@pytest.mark.parametrize("door", DOORS)
def test_a_door_opens_for_whom_it_should_and_does_not_exist_for_others(cast, world, person, door):
    held = case_next(study=world.study, annotator=cast["alice"])
    flag_raise(assignment=held, reason="two readings")
    case_id = held.case_id

    def opens():
        return DOORS[door](cast[person], world, case_id)

    if door in OPENS[person]:
        opens()
        return
    with pytest.raises(Http404):
        opens()


def test_the_lead_of_one_study_opens_nothing_of_another(world, lena):
    other = make_world("other")
    with pytest.raises(Http404):
        access.study_for(lena, "other")
    with pytest.raises(Http404):
        access.run_for(lena, other.first_run.pk)
    assert set(access.runs_for(lena)) == {world.first_run, world.second_run}


def test_a_lead_opens_the_runs_that_they_started(world, lena):
    run = make_run(make_world("other").dataset, world.language_model, "cot", done=False)
    run.created_by = lena
    run.save()
    assert access.run_for(lena, run.pk) == run


def test_lists_hold_what_the_doors_open(cast, world):
    make_world("other")
    assert [study.slug for study in access.studies_of(cast["alice"])] == ["pilot"]
    assert [study.slug for study in access.studies_of(cast["root"])] == ["other", "pilot"]
    assert list(access.studies_led_by(cast["alice"])) == []
    assert access.may(cast["lena"], "lead", world.study)
    assert not access.may(cast["bob"], "lead", world.study)
    assert list(access.studies_read_by(cast["ruth"])) == [world.study]
    assert not access.is_lead(cast["ruth"])
    assert set(access.runs_in_results(cast["ruth"], world.study)) == {world.first_run, world.second_run}


@pytest.mark.parametrize("case_id", [0, 10**30])
def test_an_id_that_cannot_be_is_not_found(cast, case_id):
    with pytest.raises(Http404):
        access.assignment_for(cast["alice"], case_id)
    with pytest.raises(Http404):
        access.run_for(cast["root"], case_id)


def test_a_name_that_cannot_be_is_not_found(cast):
    with pytest.raises(Http404):
        access.study_for(cast["root"], "pil\x00ot")


def test_an_assignment_comes_with_all_that_its_page_reads(cast, world, django_assert_num_queries):
    case_id = case_next(study=world.study, annotator=cast["alice"]).case_id
    assignment = access.assignment_to_read(cast["alice"], case_id)
    with django_assert_num_queries(0):
        assert assignment.case.first.answer
        assert assignment.case.second.answer
        assert assignment.case.prompt.text
        assert assignment.case.study.title
        assert assignment.annotator_id == cast["alice"].pk
