"""Where the choice of another language leads: to the page that one sees, by an address that can be opened."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.services import case_next
from tests.cast import World


def next_of(answer: Any) -> str:
    found = re.search(r'name="next" value="([^"]*)"', answer.content.decode())
    assert found is not None
    return unescape(found[1])


def test_a_page_leads_to_itself(client: Client, world: World, lena: User) -> None:
    client.force_login(lena)
    assert next_of(client.get("/studies/pilot/agreement/?now&pattern=other")) == (
        "/studies/pilot/agreement/?now&pattern=other"
    )


@pytest.mark.parametrize("action", ["choose", "submit", "skip", "flag"])
def test_a_refused_judgement_leads_to_its_case(client: Client, world: World, alice: User, action: str) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    client.force_login(alice)
    page = f"/cases/{held.case_id}/"
    assert next_of(client.post(f"{page}{action}/")) == page
    assert client.get(page).status_code == 200


def test_a_page_that_came_ahead_leads_to_its_own_case(client: Client, world: World, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    client.force_login(alice)
    found = next_of(client.post("/studies/pilot/ahead/"))
    assert re.fullmatch(r"/cases/\d+/", found)
    assert held is not None
    assert found != f"/cases/{held.case_id}/"


@pytest.mark.parametrize(
    ("sent_to", "page"),
    [
        ("/studies/pilot/adjudicate/{case}/decide/", "/studies/pilot/adjudicate/{case}/"),
        ("/studies/pilot/members/", "/studies/pilot/"),
        ("/studies/new/", "/studies/new/"),
        ("/studies/pilot/flags/77/settle/", "/studies/pilot/"),
        ("/studies/nowhere/close/", "/studies/nowhere/"),
    ],
)
def test_what_is_refused_leads_to_the_page_or_the_one_above_it(
    client: Client, world: World, lena: User, sent_to: str, page: str
) -> None:
    case = world.study.cases.values_list("pk", flat=True)[0]
    client.force_login(lena)
    found = next_of(client.post(sent_to.format(case=case)))
    assert found == page.format(case=case)
    assert client.get(found).status_code in (200, 404)  # never the empty page of a wrong verb
