"""Who gets through which door: strangers log in, what is not yours does not exist, and reading never writes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Assignment
from annotator.studies.services import case_next
from tests.cast import World

ReadAddress = Callable[[World, Assignment], str]

ANNOTATORS_READ: dict[str, ReadAddress] = {
    "home": lambda world, held: "/",
    "study": lambda world, held: "/studies/pilot/",
    "case": lambda world, held: f"/cases/{held.case_id}/",
}
LEADS_READ: dict[str, ReadAddress] = {
    "codebook": lambda world, held: "/studies/pilot/codebook/",
    "practice": lambda world, held: f"/studies/pilot/cases/{held.case_id}/practice/",
    "cases": lambda world, held: "/studies/pilot/cases/",
    "new study": lambda world, held: "/studies/new/",
    "runs": lambda world, held: "/runs/",
    "new run": lambda world, held: "/runs/new/",
    "run": lambda world, held: f"/runs/{world.first_run.pk}/",
    "progress": lambda world, held: f"/runs/{world.first_run.pk}/progress/",
    "generation": lambda world, held: f"/runs/{world.first_run.pk}/prompts/0/",
    "datasets": lambda world, held: "/datasets/",
    "dataset": lambda world, held: "/datasets/pilot/1/",
}
WRITES: dict[str, ReadAddress] = {
    "next": lambda world, held: "/studies/pilot/next/",
    "ahead": lambda world, held: "/studies/pilot/ahead/",
    "member": lambda world, held: "/studies/pilot/members/",
    "choose": lambda world, held: f"/cases/{held.case_id}/choose/",
    "submit": lambda world, held: f"/cases/{held.case_id}/submit/",
    "skip": lambda world, held: f"/cases/{held.case_id}/skip/",
    "flag": lambda world, held: f"/cases/{held.case_id}/flag/",
    "draft": lambda world, held: f"/cases/{held.case_id}/draft/",
    "renew": lambda world, held: f"/cases/{held.case_id}/renew/",
    "cancel": lambda world, held: f"/runs/{world.first_run.pk}/cancel/",
    "resume": lambda world, held: f"/runs/{world.first_run.pk}/resume/",
}
IN_BACKGROUND = {"ahead", "draft", "renew"}


@pytest.fixture
def held(world: World, alice: User) -> Assignment:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    return assignment


def every(*families: dict[str, ReadAddress]) -> Any:
    addresses = {name: address for family in families for name, address in family.items()}
    return pytest.mark.parametrize("address", addresses.values(), ids=addresses.keys())


@every(ANNOTATORS_READ, LEADS_READ)
def test_a_stranger_is_asked_to_log_in_and_then_brought_back(
    world: World, held: Assignment, client: Client, address: ReadAddress
) -> None:
    answer = client.get(address(world, held))
    assert (answer.status_code, answer.url) == (302, f"/login/?next={address(world, held)}")


@pytest.mark.parametrize("name", WRITES)
def test_a_stranger_changes_nothing(world: World, held: Assignment, client: Client, name: str) -> None:
    answer = client.post(WRITES[name](world, held))
    assert answer.status_code == (401 if name in IN_BACKGROUND else 302)
    if name in IN_BACKGROUND:
        assert "Log in again" in answer.json()["refusal"]
    held.refresh_from_db()
    assert held.status == Assignment.Status.HELD


@every(ANNOTATORS_READ, LEADS_READ)
def test_what_is_not_mallorys_does_not_exist(
    world: World, held: Assignment, client: Client, mallory: User, address: ReadAddress
) -> None:
    client.force_login(mallory)
    path = address(world, held)
    assert client.get(path).status_code == (200 if path == "/" else 404)


@every(WRITES)
def test_mallory_can_write_nowhere(
    world: World, held: Assignment, client: Client, mallory: User, address: ReadAddress
) -> None:
    client.force_login(mallory)
    assert client.post(address(world, held), {"reason": "x", "choice": "left", "version": "0"}).status_code == 404


@every(LEADS_READ)
def test_annotators_see_nothing_that_tells_which_side_reasoned(
    world: World, held: Assignment, client: Client, alice: User, address: ReadAddress
) -> None:
    client.force_login(alice)
    assert client.get(address(world, held)).status_code == 404


@every(ANNOTATORS_READ, LEADS_READ)
def test_those_who_lead_open_every_page_of_their_study_but_nobody_elses_case(
    world: World, held: Assignment, client: Client, lena: User, address: ReadAddress
) -> None:
    client.force_login(lena)
    path = address(world, held)
    assert client.get(path).status_code == (404 if path.startswith("/cases/") else 200)


@every(WRITES)
def test_a_get_never_writes(world: World, held: Assignment, client: Client, alice: User, address: ReadAddress) -> None:
    client.force_login(alice)
    assert client.get(address(world, held)).status_code == 405


@every(WRITES)
def test_a_post_without_a_token_is_refused(world: World, held: Assignment, alice: User, address: ReadAddress) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post(address(world, held))
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()


@pytest.mark.parametrize("path", ["/nowhere/", "/cases/999999/", "/studies/none/"])
def test_a_missing_page_says_so_and_leads_back(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()


def test_every_page_carries_a_policy_that_lets_no_foreign_or_inline_script_run(client: Client, db: None) -> None:
    policy = client.get("/login/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
