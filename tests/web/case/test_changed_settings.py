"""A codebook or a setting that a lead changes while an annotator or adjudicator has a page open."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Adjudication, Annotation, Assignment, Draft
from annotator.studies.services import codebook_edit, member_add, study_show_verdicts
from tests.cast import CODEBOOK, World
from tests.studies.annotating import held_by, submit

REDEFINED = {**CODEBOOK, "guideline": "Helped means now what hurt meant."}
CHANGED = "changed its codebook, or when verdicts are shown, after you opened this page"


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def held(world: World, alice: User) -> Assignment:
    return held_by(world.study, alice)


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the form that the annotator or adjudicator sends."""
    own = html[html.index('name="csrfmiddlewaretoken"') :]
    return dict(re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', own))


def page(browser: Client, held: Assignment) -> str:
    return browser.get(f"/cases/{held.case_id}/").content.decode()


def redefine(world: World) -> None:
    codebook_edit(study=world.study, base_id=world.study.codebook_id, content=REDEFINED)
    world.study.refresh_from_db()


def sent(browser: Client, held: Assignment, html: str) -> Any:
    fields = {**hidden(html), "label": "helped", "patterns": "neglected", "note": "As the old one says."}
    return browser.post(f"/cases/{held.case_id}/submit/", fields)


def test_an_annotation_is_never_stored_under_a_codebook_that_its_page_did_not_show(
    world: World, browser: Client, held: Assignment
) -> None:
    browser.post(f"/cases/{held.case_id}/choose/", {"choice": "left"})
    old = page(browser, held)
    redefine(world)
    answer = sent(browser, held, old)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert CHANGED in html
    assert "As the old one says." in html
    assert not Annotation.objects.exists()
    assert Draft.objects.get().content["note"] == "As the old one says."
    assert sent(browser, held, html).status_code == 302
    assert Annotation.objects.get().codebook_id == world.study.codebook_id


@pytest.mark.parametrize("before", ["from_start", "never"])
def test_a_blind_choice_is_never_stored_under_another_setting_than_its_page_showed(
    world: World, browser: Client, held: Assignment, before: str
) -> None:
    study_show_verdicts(study=world.study, when=before)
    old = page(browser, held)
    study_show_verdicts(study=world.study, when="after_blind")
    answer = browser.post(f"/cases/{held.case_id}/choose/", {**hidden(old), "choice": "left"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert CHANGED in html
    held.refresh_from_db()
    assert (held.blind_choice, held.verdicts_shown) == ("", "")
    assert browser.post(f"/cases/{held.case_id}/choose/", {**hidden(html), "choice": "left"}).status_code == 302
    held.refresh_from_db()
    assert (held.blind_choice, held.verdicts_shown) == ("left", "after_blind")


def test_a_repeated_choice_or_submission_is_still_the_one_that_was_stored(
    world: World, browser: Client, held: Assignment
) -> None:
    blind = page(browser, held)
    choice = {**hidden(blind), "choice": "left"}
    assert browser.post(f"/cases/{held.case_id}/choose/", choice).status_code == 302
    old = page(browser, held)
    assert sent(browser, held, old).status_code == 302
    redefine(world)
    assert browser.post(f"/cases/{held.case_id}/choose/", choice).status_code == 302
    assert sent(browser, held, old).status_code == 302, "its answer was lost, and the browser sends it again"
    assert Annotation.objects.count() == 1


def test_a_decision_is_never_stored_with_patterns_of_a_codebook_that_its_page_did_not_show(
    world: World, client: Client, held: Assignment, carol: User
) -> None:
    submit(held)
    member_add(study=world.study, user=carol, role="adjudicator")
    client.force_login(carol)
    address = f"/studies/pilot/adjudicate/{held.case_id}/"
    old = client.get(address).content.decode()
    redefine(world)
    decision = {"label": "hurt", "patterns": "neglected", "reason": "The comma."}
    answer = client.post(f"{address}decide/", {**hidden(old), **decision})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "the codebook was changed after you opened this page" in html
    assert not Adjudication.objects.filter(author=carol).exists()
    assert client.post(f"{address}decide/", {**hidden(html), **decision}).status_code == 302
    assert Adjudication.objects.filter(author=carol).exists()
