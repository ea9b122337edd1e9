"""The lead's page of a hidden check: the known answer, the rate, and back to a real case."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.events.models import Event
from annotator.studies.models import Case
from annotator.studies.services import case_next
from tests.cast import World

CHECK = {"label": "hurt", "choice": "first", "every": "10"}


@pytest.fixture
def tea(world: World) -> Case:
    return world.study.cases.get(prompt__key="tea")


def address(case: Case) -> str:
    return f"/studies/pilot/cases/{case.pk}/check/"


def test_a_lead_marks_a_case_changes_the_answer_and_makes_it_real_again(
    client: Client, world: World, tea: Case, lena: User
) -> None:
    client.force_login(lena)
    assert "Use as a hidden check" in client.get(address(tea)).content.decode()
    answer = client.post(address(tea), CHECK, follow=True).content.decode()
    assert "Annotators get this case like any other." in answer
    tea.refresh_from_db()
    world.study.refresh_from_db()
    assert (tea.known_label, tea.known_choice, world.study.check_every) == ("hurt", "first", 10)
    client.post(address(tea), {**CHECK, "choice": "", "every": "4"})
    tea.refresh_from_db()
    assert tea.known_choice == ""
    assert "real one again" in client.post(address(tea), {"end": "1"}, follow=True).content.decode()
    tea.refresh_from_db()
    assert (tea.is_check, tea.complete) == (False, False)
    assert list(Event.objects.filter(kind__startswith="check").values_list("kind", flat=True)) == [
        "check.every",
        "check.set",
        "check.every",
        "check.set",
        "check.ended",
    ]


def test_a_refused_form_says_why_and_changes_nothing(client: Client, world: World, tea: Case, lena: User) -> None:
    client.force_login(lena)
    refused = client.post(address(tea), {**CHECK, "every": "1"})
    assert refused.status_code == 409
    assert "give a number from 2 to 1000, or 0 for none" in refused.content.decode()
    assert client.post(address(tea), {**CHECK, "label": "good"}).status_code == 422
    nothing = client.post(address(tea), {**CHECK, "label": ""})
    assert "Choose helped, hurt, no difference or can’t tell first." in nothing.content.decode()
    tea.refresh_from_db()
    assert not tea.is_check


def test_a_case_that_somebody_has_is_refused_with_the_rate_as_it_was(
    client: Client, world: World, lena: User, alice: User
) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    client.force_login(lena)
    refused = client.post(address(held.case), CHECK)
    assert refused.status_code == 409
    assert "handed out already" in refused.content.decode()
    world.study.refresh_from_db()
    assert world.study.check_every == 0


def test_rest_tells_leads_which_cases_are_checks(client: Client, world: World, tea: Case, lena: User) -> None:
    client.force_login(lena)
    client.post(address(tea), CHECK)
    rows = client.get("/api/v1/studies/pilot/cases/").json()["results"]
    assert [row["key"] for row in rows if row["check"]] == ["tea"]
