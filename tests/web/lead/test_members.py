"""The pages of members and of accounts: leads deactivate and reactivate, revoke tokens, close accounts."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.accounts.services import token_issue
from annotator.studies.models import Assignment
from annotator.studies.services import case_next, member_add
from tests.api.client import client_of
from tests.cast import World, make_world
from tests.studies.annotating import submit


@pytest.fixture
def lead(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_user("root", password="root-password-1", is_staff=True)


def address(world: World, user: User, act: str = "") -> str:
    return f"/studies/{world.study.slug}/members/{world.study.memberships.get(user=user).pk}/{act}"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def opens(token: str) -> bool:
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get("/api/v1/studies/").status_code == 200


def test_a_lead_deactivates_a_member_who_then_opens_nothing(lead: Client, world: World, alice: User) -> None:
    submit(case_next(study=world.study, annotator=alice))
    case_next(study=world.study, annotator=alice)
    hers = Client()
    hers.force_login(alice)
    assert hers.get("/studies/pilot/").status_code == 200
    form = {"left_out": "yes", "hand_out_again": "on", "reason": "Always chose <left>."}
    page = lead.post(address(world, alice, "deactivate/"), form, follow=True)
    said = text(page)
    assert "alice no longer opens this study. 1 open case went back to the queue." in said
    assert "1 judged case is handed out again." in said
    assert "The gold of 1 case changed." in said
    assert "Always chose &lt;left&gt;." in said
    assert "left out of agreement, gold, figures and export" in said
    assert hers.get("/studies/pilot/").status_code == 404
    assert "You are in no study yet" in hers.get("/").content.decode()
    for path in ("", "dashboard/?now", "cases/"):
        assert "left out" in text(lead.get(f"/studies/pilot/{path}")), path
    case_id = Assignment.objects.filter(annotator=alice, status="submitted").get().case_id
    history = text(lead.get(f"/studies/pilot/cases/{case_id}/history/"))
    assert "left out" in history
    assert "By rule: the case was handed out again." in history


def test_a_refused_deactivation_keeps_what_was_chosen(lead: Client, world: World, alice: User) -> None:
    refused = lead.post(
        address(world, alice, "deactivate/"), {"left_out": "yes", "hand_out_again": "on", "reason": " "}
    )
    assert refused.status_code == 422
    said = text(refused)
    assert "Say in a few words why the member leaves." in said
    assert said.count("checked") == 2
    assert world.study.memberships.get(user=alice).deactivated_at is None


def test_a_reactivated_member_is_in_again(lead: Client, world: World, alice: User) -> None:
    lead.post(address(world, alice, "deactivate/"), {"left_out": "yes", "reason": "Ill."})
    page = lead.post(address(world, alice, "reactivate/"), follow=True)
    assert "alice is in again, and their annotations count." in text(page)
    hers = Client()
    hers.force_login(alice)
    assert hers.get("/studies/pilot/").status_code == 200


def test_the_owner_is_told_the_way_out(lead: Client, world: World, lena: User) -> None:
    refused = lead.post(address(world, lena, "deactivate/"), {"left_out": "no", "reason": "Tired."})
    assert (refused.status_code, "hand it over to another member first" in text(refused)) == (409, True)
    demoted = lead.post(address(world, lena, "role/"), {"role": "annotator"}, follow=True)
    assert "hand it over to another member first" in text(demoted)


def test_a_lead_who_gives_up_leading_lands_on_a_page_that_opens(
    lead: Client, world: World, lena: User, carol: User
) -> None:
    member_add(study=world.study, user=carol, role="lead")
    handed_over = lead.post(address(world, carol, "own/"), follow=True)
    assert "carol owns the study now; you lead it as before." in text(handed_over)
    assert lead.post(address(world, lena, "role/"), {"role": "annotator"}, follow=True).status_code == 200
    assert world.study.memberships.get(user=lena).role == "annotator"


def test_a_lead_sees_and_ends_the_tokens_of_members_and_of_nobody_else(
    lead: Client, world: World, alice: User, mallory: User
) -> None:
    hers, other = token_issue(user=alice, name="notebook"), token_issue(user=mallory)
    page = text(lead.get(address(world, alice)))
    assert "notebook" in page
    assert hers.text[:15] not in page
    assert lead.post(address(world, alice, f"tokens/{other.token.public_id}/revoke/")).status_code == 404
    assert lead.post(address(world, alice, f"tokens/{hers.token.public_id}/revoke/")).status_code == 302
    assert (opens(hers.text), opens(other.text)) == (False, True)


def test_the_lead_of_a_study_ends_no_token_of_a_site_lead(lead: Client, world: World, root: User) -> None:
    member_add(study=world.study, user=root, role="annotator")
    token = token_issue(user=root, name="deploy")
    assert "deploy" not in text(lead.get(address(world, root)))
    assert lead.post(address(world, root, f"tokens/{token.token.public_id}/revoke/")).status_code == 404
    assert opens(token.text)


def test_a_lead_who_adds_the_lead_of_another_study_ends_no_token_of_theirs(
    lead: Client, world: World, carol: User
) -> None:
    member_add(study=make_world("elsewhere").study, user=carol, role="lead")
    member_add(study=world.study, user=carol, role="annotator")
    token = token_issue(user=carol, name="nightly export")
    assert "nightly export" not in text(lead.get(address(world, carol)))
    assert lead.post(address(world, carol, f"tokens/{token.token.public_id}/revoke/")).status_code == 404
    assert opens(token.text)


def test_leads_of_the_same_studies_end_tokens_of_each_other(lead: Client, world: World, carol: User) -> None:
    member_add(study=world.study, user=carol, role="lead")
    token = token_issue(user=carol, name="notebook")
    assert lead.post(address(world, carol, f"tokens/{token.token.public_id}/revoke/")).status_code == 302
    assert not opens(token.text)


def test_the_lead_of_another_study_opens_no_member(client: Client, world: World, alice: User, carol: User) -> None:
    member_add(study=make_world("elsewhere").study, user=carol, role="lead")
    client.force_login(carol)
    assert client.get(address(world, alice)).status_code == 404
    elsewhere = address(world, alice).replace("/pilot/", "/elsewhere/")
    assert client.get(elsewhere).status_code == 404
    assert client.post(f"{elsewhere}deactivate/", {"left_out": "no", "reason": "x"}).status_code == 404


def test_a_site_lead_closes_an_account_and_opens_it_again(
    client: Client, world: World, alice: User, bob: User, root: User
) -> None:
    held = case_next(study=world.study, annotator=alice)
    token, hers = token_issue(user=alice), Client()
    hers.force_login(alice)
    client.force_login(root)
    assert "alice" in text(client.get("/people/"))
    closed = client.post(f"/people/{alice.pk}/close/", follow=True)
    assert "alice cannot log in any more" in text(closed)
    assert hers.get("/").status_code == 302
    assert not opens(token.text)
    assert hers.post("/login/", {"username": "alice", "password": "alice-password-1"}).status_code == 200
    taken = Assignment.objects.filter(pk=held.pk).values_list("lease_until", flat=True)
    assert taken.get() <= held.lease_until
    client.post(f"/people/{alice.pk}/open/")
    assert hers.get("/").status_code == 302, "an old session is not revived"
    assert not opens(token.text)
    assert hers.post("/login/", {"username": "alice", "password": "alice-password-1"}).status_code == 302


def test_an_account_that_a_study_or_the_site_needs_stays_open(
    client: Client, world: World, lena: User, root: User
) -> None:
    client.force_login(root)
    for person, sentence in ((lena, "lena owns study"), (root, "root is the only site lead")):
        assert sentence in text(client.post(f"/people/{person.pk}/close/", follow=True))
        person.refresh_from_db()
        assert person.is_active
