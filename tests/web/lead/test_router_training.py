"""Training a router on its page: the form with its refusals, the progress, and the link to the router at the end."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.html import escape

from annotator.routing.models import Router, Training
from annotator.routing.services import trainings, trainings_carry_out
from annotator.studies.models import Study
from annotator.studies.services import member_add
from tests.routing.planted import planted
from tests.routing.studies import planted_study
from tests.web.payloads import PAYLOADS

CHOSEN = {
    "study": "planted",
    "name": "words",
    "labels": "verdicts",
    "features": "tfidf",
    "ties": "no",
    "calibration": "platt",
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def study(lena: User, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr(trainings, "command_start", lambda name: None)
    monkeypatch.setattr(trainings, "_REPORT_EVERY_S", 600.0)  # its thread would wait for this test's transaction
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])
    study = planted_study()
    member_add(study=study, user=lena, role="lead")
    return study


@pytest.fixture
def browser(client: Client, study: Study, lena: User) -> Client:
    client.force_login(lena)
    return client


def html_of(browser: Client, path: str = "/routers/") -> str:
    return browser.get(path).content.decode()


def test_a_lead_has_a_router_trained_and_is_led_to_it(browser: Client, lena: User) -> None:
    assert "data-poll" not in html_of(browser)
    answer = browser.post("/routers/", CHOSEN, follow=True).content.decode()
    assert "The router words is being trained; this page shows how far." in answer
    assert 'data-poll="/routers/progress/"' in answer
    trainings._claimed()
    Training.objects.update(step="kind", trained=6, expected=9)
    fragment = html_of(browser, "/routers/progress/")
    assert '<progress value="6" max="9"' in fragment
    assert "is tested on kinds of constraints that it did not see" in fragment
    assert "time left: " in fragment
    Training.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert trainings_carry_out() == 1
    fragment = html_of(browser, "/routers/progress/")
    assert "data-poll" not in fragment
    assert fragment.count('<a href="/routers/words/v1/">words v1</a>') == 2, "the training, and the list of routers"
    assert Router.objects.get().created_by == lena


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": "a b"}, "name", "'a b' is no name of a router: Use 1 to 64 letters"),
        ({"name": ""}, "name", "This field is required."),
        ({"features": "finetuned"}, "features", "manage.py train_router NAME --study SLUG --features finetuned on"),
        ({"calibration": "none"}, "calibration", "none is not one of the available choices"),
        ({"labels": "gold"}, "study", "0 prompts are labelled, 0 of them as helped; a router needs 10"),
        ({"study": "other"}, "study", "That choice is not one of the available choices"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_what_was_typed_stays(
    browser: Client, change: dict[str, str], field: str, sentence: str
) -> None:
    planted_study("other", planted(6))
    answer = browser.post("/routers/", {**CHOSEN, **change})
    html = answer.content.decode()
    assert answer.status_code == 422
    problem = html.split(f'id="id_{field}_error">')[1].split("</span>")[0]
    assert escape(sentence) in problem
    assert f'value="{escape(change.get("name", "words"))}"' in html or change.get("name") == ""
    assert not Training.objects.exists()


def test_the_form_offers_no_fine_tuning_and_names_the_command_for_it(browser: Client) -> None:
    html = html_of(browser)
    assert '<option value="minilm">' in html
    assert '<option value="finetuned">' not in html
    assert "manage.py train_router NAME --study SLUG --features finetuned" in html


def test_a_training_without_a_process_is_started_again_by_its_button(browser: Client) -> None:
    browser.post("/routers/", CHOSEN)
    Training.objects.update(created_at="2020-01-01T00:00:00Z")
    html = html_of(browser)
    assert "No process is at work." in html
    assert all(f'<input type="hidden" name="{name}" value="{value}">' in html for name, value in CHOSEN.items())
    browser.post("/routers/", CHOSEN)
    assert Training.objects.count() == 1


def test_a_failed_training_says_why(browser: Client, study: Study) -> None:
    browser.post("/routers/", CHOSEN)
    study.cases.filter(outcome="hurt").update(outcome="no_answer")
    study.cases.filter(outcome="tie").update(outcome="no_answer")
    trainings_carry_out()
    assert "80 prompts are labelled, 80 of them as helped; a router needs 10" in html_of(browser)


@pytest.mark.parametrize("payload", [text for text in PAYLOADS if len(text) <= 160])
def test_a_hostile_title_is_text_on_the_page(browser: Client, study: Study, payload: str) -> None:
    browser.post("/routers/", CHOSEN)
    Study.objects.update(title=payload)
    html = html_of(browser)
    assert html.count(escape(payload)) >= 2, "on the form and beside the training"
    assert "<" not in payload or payload not in html


def test_the_results_of_a_study_lead_its_lead_to_the_form_for_it(browser: Client, study: Study, dan: User) -> None:
    assert 'href="/routers/?study=planted"' in html_of(browser, "/studies/planted/results/")
    html = html_of(browser, "/routers/?study=planted")
    assert '<option value="planted" selected>' in html
    assert 'name="name" value="planted"' in html
    member_add(study=study, user=dan, role="reader")
    browser.force_login(dan)
    assert "/routers/" not in html_of(browser, "/studies/planted/results/")


def test_a_lead_of_another_study_sees_nothing_of_the_training(browser: Client, study: Study, dan: User) -> None:
    browser.post("/routers/", CHOSEN)
    member_add(study=planted_study("other", planted(6)), user=dan, role="lead")
    browser.force_login(dan)
    html = html_of(browser)
    assert "training-" not in html
    assert '<option value="planted"' not in html
    assert browser.post("/routers/", {**CHOSEN, "name": "his"}).status_code == 422
    assert not Training.objects.filter(name="his").exists()


@pytest.mark.parametrize("role", ["annotator", "adjudicator", "curator", "reader"])
def test_who_does_not_lead_opens_no_form(browser: Client, study: Study, dan: User, role: str, settings: Any) -> None:
    member_add(study=study, user=dan, role=role)
    browser.force_login(dan)
    assert [browser.get(path).status_code for path in ("/routers/", "/routers/progress/")] == [404, 404]
    assert browser.post("/routers/", CHOSEN).status_code == 404
    assert not Training.objects.exists()
