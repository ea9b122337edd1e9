"""Budgets of SQL statements per click of an annotator."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.studies.models import Assignment, Membership, Study
from annotator.studies.services import assignment_choose_blind, check_set, member_add, study_check_every
from tests.cast import make_world
from tests.releases.bulk import bulk_study
from tests.studies.annotating import held_by, submit

MOST_STATEMENTS = 30
SWAPS = {"Cotrast-Swaps": "yes"}


@pytest.fixture(params=Study.Order.values)
def study(request: pytest.FixtureRequest, alice: User) -> Study:
    """In each order; alice has judged a case and holds the next one, so that her queue starts in the middle."""
    world = make_world(order=request.param, overlap=2)
    member_add(study=world.study, user=alice, role=Membership.Role.ANNOTATOR)
    submit(held(world.study, alice))
    return world.study


def held(study: Study, person: User) -> Assignment:
    return assignment_choose_blind(assignment=held_by(study, person), choice="left")


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def statements(click: Callable[[], Any]) -> int:
    """The number of SQL statements, those of transactions included."""
    with CaptureQueriesContext(connection) as seen:
        answer = click()
    assert answer.status_code == 200
    return len(seen)


def annotation() -> dict[str, str]:
    numbers = {"submission_key": str(uuid4()), "base_revision": "0", "version": "0"}
    return {"label": "hurt", "patterns": "neglected", "note": "n", **numbers}


def test_a_submission_and_the_next_case_stay_within_the_budget(study: Study, browser: Client, alice: User) -> None:
    address = f"/cases/{held(study, alice).case_id}/submit/"
    assert statements(lambda: browser.post(address, annotation(), headers=SWAPS)) <= MOST_STATEMENTS


def test_without_a_script_both_requests_together_stay_within_the_budget(
    study: Study, browser: Client, alice: User
) -> None:
    address = f"/cases/{held(study, alice).case_id}/submit/"
    assert (
        statements(lambda: browser.post(address, annotation(), follow=True)) <= MOST_STATEMENTS + 4
    )  # who asks, twice


def test_the_page_of_a_case_stays_within_half_of_the_budget(study: Study, browser: Client, alice: User) -> None:
    address = f"/cases/{held(study, alice).case_id}/"
    assert statements(lambda: browser.get(address)) <= MOST_STATEMENTS // 2


def test_a_case_prefetched_stays_within_the_budget(study: Study, browser: Client, alice: User) -> None:
    held(study, alice)
    assert statements(lambda: browser.post(f"/studies/{study.slug}/prefetch/")) <= MOST_STATEMENTS


@pytest.mark.parametrize("checks", [0, 20])
def test_hidden_checks_stay_within_the_budget_and_cost_what_cases_cost(
    client: Client, alice: User, checks: int
) -> None:
    """Every click of a queue in which every second case is a check: a click that takes longer would tell."""
    study = bulk_study(40, overlap=2)
    member_add(study=study, user=alice, role=Membership.Role.ANNOTATOR)
    for case in study.cases.order_by("pk")[:checks]:
        check_set(case=case, label="hurt")
    study_check_every(study=study, every=2 if checks else 0)
    client.force_login(alice)
    current = held(study, alice)
    clicks: dict[tuple[bool, bool], set[int]] = {}
    for _ in range(16):
        address = f"/cases/{current.case_id}/submit/"
        counted = statements(lambda address=address: client.post(address, annotation(), headers=SWAPS))
        following = held(study, alice)
        clicks.setdefault((current.case.is_check, following.case.is_check), set()).add(counted)
        current = following
    counts = [counted for found in clicks.values() for counted in found]
    assert max(counts) <= MOST_STATEMENTS, clicks
    assert max(counts) - min(counts) <= 6, clicks
