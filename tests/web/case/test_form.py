"""Further fields of the case page over plain HTTP: confidence, effects, disputed verdicts, evidence by sides."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Annotation, Assignment, Case, Draft, Study
from annotator.studies.services import assignment_choose_blind, case_next
from tests.cast import World
from tests.web.case.test_case_page import keep, page, submit


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture(params=[False, True], ids=["reasoning right", "reasoning left"])
def named(world: World, alice: User, request: pytest.FixtureRequest) -> Assignment:
    """The case with two constraints (gained, lost), the sides named; once in each order of the sides."""
    Case.objects.filter(prompt__key="bike").update(queue_rank=0)
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    held.second_is_left = request.param
    held.save()
    return assignment_choose_blind(assignment=held, choice="left")


def reasoned(named: Assignment) -> str:
    return "left" if named.second_is_left else "right"


def span(named: Assignment, **fields: Any) -> dict[str, Any]:
    shown = {"text": f"{reasoned(named)}.answer", "start": 2, "end": 6, "pattern": "neglected", "quote": "Bike"}
    return {**shown, **fields}


def test_no_effect_is_chosen_until_somebody_chooses_one(browser: Client, named: Assignment) -> None:
    html = page(browser, named)
    assert re.findall(r'<option value="(\w+)" selected', html) == []
    assert "cot gained it" in html, "the contrast of the verdicts stands beside the control"
    submit(browser, named, effects=["no_difference", "cant_tell"], confidence="medium", label="no_difference")
    annotation = Annotation.objects.get()
    assert (annotation.effects, annotation.confidence) == (["no_difference", "cant_tell"], "medium")
    html = page(browser, named)
    assert re.findall(r'<option value="(\w+)" selected', html) == ["no_difference", "cant_tell"]
    assert re.search(r'value="medium"[^>]*checked', html)


def test_an_effect_that_nobody_touched_is_stored_as_not_judged(browser: Client, named: Assignment) -> None:
    submit(browser, named, label="helped", effects=["", "helped"])
    assert Annotation.objects.get().effects == [None, "helped"]
    assert re.findall(r'<option value="(\w*)" selected', page(browser, named)) == ["helped"]


def test_a_label_against_all_effects_is_questioned_once(browser: Client, named: Assignment) -> None:
    against = {"label": "helped", "effects": ["no_difference", "hurt"], "note": "typed with care"}
    html = submit(browser, named, **against).content.decode()
    assert "Your label is “helped”, but no constraint that you judged supports it." in html
    assert "typed with care" in html
    assert not Annotation.objects.exists()
    questioned = re.search(r'name="questioned" value="(\w*)"', page(browser, named))
    assert questioned is not None
    submit(browser, named, questioned=questioned[1], **against)
    assert Annotation.objects.get().label == "helped"


def test_a_verdict_called_wrong_is_kept_for_the_side_that_it_is_on(browser: Client, named: Assignment) -> None:
    side = reasoned(named)
    submit(browser, named, **{"disputes": f"{side}-2", f"why-{side}-2": "Names are fine."})
    dispute = Annotation.objects.get().disputes.get()
    assert (dispute.verdict.generation, dispute.verdict.constraint.position) == (named.case.second, 1)
    html = page(browser, named)
    assert re.search(rf'value="{side}-2" form="annotation"\s+checked', html)
    assert 'value="Names are fine."' in html


def test_a_dispute_stays_when_the_lead_hides_the_verdicts_afterwards(browser: Client, named: Assignment) -> None:
    side = reasoned(named)
    submit(browser, named, **{"disputes": f"{side}-2", f"why-{side}-2": "Names are fine."})
    Study.objects.update(verdicts_shown="never")
    html = page(browser, named)
    assert "checker wrong" not in html
    sent = dict(re.findall(r'<input type="hidden" name="(disputes|why-\w+-2)" value="([^"]*)"', html))
    submit(browser, named, base_revision="1", **sent)
    assert Annotation.objects.get(revision=2).disputes.get().reason == "Names are fine."


def test_evidence_is_stored_by_generation_and_shown_by_side(browser: Client, named: Assignment) -> None:
    submit(browser, named, spans=json.dumps([span(named)]))
    assert Annotation.objects.get().spans == [{**span(named), "text": "second.answer"}]
    shown = re.search(r'name="spans" value="([^"]*)"', page(browser, named))
    assert shown is not None
    assert json.loads(shown[1].replace("&quot;", '"')) == [span(named)]


@pytest.mark.parametrize("fields", [{"text": "middle.answer"}, {"quote": "bike"}, {"end": 99}])
def test_evidence_that_does_not_fit_is_refused_and_stays_on_the_page(
    browser: Client, named: Assignment, fields: dict[str, Any]
) -> None:
    answer = submit(browser, named, note="typed with care", spans=json.dumps([span(named, **fields)]))
    assert answer.status_code == 409
    assert "typed with care" in answer.content.decode()
    assert not Annotation.objects.exists()


def test_a_draft_keeps_all_of_it(browser: Client, named: Assignment) -> None:
    fields = {
        "confidence": "high",
        "effects": ["hurt", ""],
        "disputes": ["left-1"],
        "why-left-1": "half a rea",
        "spans": json.dumps([span(named)]),
    }
    assert keep(browser, named, "0", **fields).status_code == 200
    html = page(browser, named)
    assert re.findall(r'<option value="(\w*)" selected', html) == ["hurt"]
    assert 'value="half a rea"' in html
    assert re.search(r'value="high"[^>]*checked', html)
    assert "&quot;Bike&quot;" in html


@pytest.mark.parametrize("sent", ["", "{", "[" * 5_000, "3", '[{"text": 1}]', '["x"]', '{"a": []}'])
def test_damaged_evidence_breaks_nothing(browser: Client, named: Assignment, sent: str) -> None:
    assert keep(browser, named, "0", spans=sent).status_code == 200
    assert Draft.objects.get().content["spans"] == []
    assert submit(browser, named, spans=sent).status_code == 302


def test_none_of_it_is_asked_before_the_sides_are_named(world: World, browser: Client, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    html = page(browser, held)
    for name in ("effects", "disputes", "spans", "confidence"):
        assert f'name="{name}"' not in html
