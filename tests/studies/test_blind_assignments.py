"""Nobody who can read whose answer is whose judges a case of a blind study: whatever page they would read it on."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import Run
from annotator.studies.errors import NotBlind
from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.services import (
    assignment_choose_blind,
    assignment_skip,
    case_next,
    case_prefetch,
    member_add,
    study_create,
)
from tests.cast import World, make_run

# Every page, list and file that says which run an answer is of or what the checkers decided, and who opens it.
DOORS = {
    "adjudication page": ("/studies/pilot/adjudicate/{case}/", {"adjudicator", "lead", "staff"}),
    "history": ("/studies/pilot/cases/{case}/history/", {"adjudicator", "lead", "staff"}),
    "case over REST": ("/api/v1/studies/pilot/cases/{case}/adjudication/", {"adjudicator", "lead", "staff"}),
    "case list": ("/studies/pilot/cases/", {"lead", "staff"}),
    "search": ("/studies/pilot/cases/?text=rain&outcome=helped", {"lead", "staff"}),
    "cases over REST": ("/api/v1/studies/pilot/cases/", {"lead", "staff"}),
    "export": ("/api/v1/studies/pilot/annotations.jsonl", {"lead", "staff"}),
    "results": ("/studies/pilot/results/numbers/", {"lead", "staff"}),
    "practice editor": ("/studies/pilot/cases/{case}/practice/", {"lead", "staff"}),
    "generation": ("/runs/{run}/prompts/0/", {"lead", "staff", "elsewhere"}),
    "generations over REST": ("/api/v1/runs/{run}/generations/", {"lead", "staff", "elsewhere"}),
    "repairs": ("/studies/pilot/repairs/", {"curator", "lead", "staff"}),
    "proposals over REST": ("/api/v1/studies/pilot/proposals/", {"curator", "lead", "staff"}),
    "comparison": ("/studies/pilot/prompt-sets/compare/?run={run}", {"curator", "lead", "staff"}),
    "training rows": ("/api/v1/studies/pilot/pairs.jsonl", {"curator", "lead", "staff"}),
}


def _member(role: Membership.Role) -> Callable[[World, User], None]:
    return lambda world, user: _add(world.study, user, role)


def _add(study: Study, user: User, role: Membership.Role) -> None:
    member_add(study=study, user=user, role=role)


def _staff(world: World, user: User) -> None:
    user.is_staff = True
    user.save()
    _add(world.study, user, Membership.Role.ANNOTATOR)


def _leads_another_study_of_its_run(world: World, user: User) -> None:
    other = make_run(world.dataset, world.language_model, "restate")
    study = study_create(
        slug="other", title="Other", first_run=world.first_run, second_run=other, codebook=world.codebook, lead=user
    )
    assert study.cases.exists()
    _add(world.study, user, Membership.Role.ANNOTATOR)


def _leads_a_study_of_a_repeat(world: World, user: User) -> None:
    repeat = make_run(world.dataset, world.language_model, "restate")
    Run.objects.filter(pk=repeat.pk).update(repeat_of=world.second_run)
    other = make_run(world.dataset, world.language_model, "few_shot")
    study_create(slug="other", title="Other", first_run=other, second_run=repeat, codebook=world.codebook, lead=user)
    _add(world.study, user, Membership.Role.ANNOTATOR)


def _started_its_run(world: World, user: User) -> None:
    Run.objects.filter(pk=world.second_run.pk).update(created_by=user)
    _add(world.study, user, Membership.Role.ANNOTATOR)


def _adjudicated_before(world: World, user: User) -> None:
    _add(world.study, user, Membership.Role.ADJUDICATOR)
    _add(world.study, user, Membership.Role.ANNOTATOR)


READERS: dict[str, Callable[[World, User], None]] = {
    "lead": _member(Membership.Role.LEAD),
    "adjudicator": _member(Membership.Role.ADJUDICATOR),
    "curator": _member(Membership.Role.CURATOR),
    "staff": _staff,
    "elsewhere": _leads_another_study_of_its_run,
    "lead of a repeat": _leads_a_study_of_a_repeat,
    "starter of a run": _started_its_run,
    "former adjudicator": _adjudicated_before,
}


def _open(world: World, case: Case, user: User, door: str) -> int:
    client = Client()
    client.force_login(user)
    return client.get(door.format(case=case.pk, run=world.first_run.pk)).status_code


@pytest.mark.parametrize("reader", READERS)
def test_whoever_can_read_the_sides_gets_no_case_of_a_blind_study(world: World, carol: User, reader: str) -> None:
    READERS[reader](world, carol)
    for get in (case_next, case_prefetch):
        with pytest.raises(NotBlind, match="cannot judge its cases blind; leave them to its annotators"):
            get(study=world.study, annotator=carol)
    assert not Assignment.objects.filter(annotator=carol).exists()


@pytest.mark.parametrize("reader", READERS)
def test_a_study_that_is_not_blind_gives_them_cases(world: World, carol: User, reader: str) -> None:
    READERS[reader](world, carol)
    world.study.blind = False
    world.study.save()
    assert case_next(study=world.study, annotator=carol) is not None


@pytest.mark.parametrize("door", DOORS)
def test_nobody_who_opens_a_door_to_the_sides_is_given_a_case_and_no_annotator_opens_it(
    world: World, carol: User, alice: User, door: str
) -> None:
    address, opened_by = DOORS[door]
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    assert _open(world, held.case, alice, address) == 404
    for number, reader in enumerate(sorted(opened_by)):
        user = User.objects.create_user(f"reader{number}")
        READERS[reader](world, user)
        assert _open(world, held.case, user, address) == 200
        with pytest.raises(NotBlind):
            case_next(study=world.study, annotator=user)


@pytest.mark.parametrize("reader", READERS)
def test_whoever_could_read_the_sides_after_getting_a_case_cannot_choose_a_side_any_more(
    world: World, carol: User, reader: str
) -> None:
    member_add(study=world.study, user=carol, role=Membership.Role.ANNOTATOR)
    held = case_next(study=world.study, annotator=carol)
    assert held is not None
    READERS[reader](world, carol)
    held = Assignment.objects.select_related("annotator", "case__study").get(pk=held.pk)
    with pytest.raises(NotBlind, match=f"Skip case {held.case_id}, and another annotator gets it"):
        assignment_choose_blind(assignment=held, choice="left")
    held.refresh_from_db()
    assert (held.blind_choice, held.revealed_at) == ("", None)
    assert assignment_skip(assignment=held, reason="I adjudicate now").status == Assignment.Status.SKIPPED


def test_a_choice_that_was_made_blind_stays_when_its_author_becomes_an_adjudicator(world: World, carol: User) -> None:
    member_add(study=world.study, user=carol, role=Membership.Role.ANNOTATOR)
    held = case_next(study=world.study, annotator=carol)
    assert held is not None
    assignment_choose_blind(assignment=held, choice="left")
    member_add(study=world.study, user=carol, role=Membership.Role.ADJUDICATOR)
    assert assignment_choose_blind(assignment=held, choice="left").blind_choice == "left"


def test_annotators_who_read_the_sides_of_another_study_only_go_on(world: World, alice: User, carol: User) -> None:
    """A study of other runs over the same prompts names no side of this one."""
    runs = [make_run(world.dataset, world.language_model, strategy) for strategy in ("restate", "few_shot")]
    study_create(
        slug="other", title="Other", first_run=runs[0], second_run=runs[1], codebook=world.codebook, lead=alice
    )
    assert case_next(study=world.study, annotator=alice) is not None


def test_the_page_of_a_study_offers_no_case_to_whoever_reads_the_sides(
    world: World, lena: User, client: Client
) -> None:
    client.force_login(lena)
    page = client.get("/studies/pilot/").content.decode()
    assert "Start labelling" not in page
    assert "its cases are labelled by others, blind" in page
    assert "Start labelling" not in client.get("/").content.decode()
    answer = client.post("/studies/pilot/next/", follow=True).content.decode()
    assert "cannot judge its cases blind" in answer
