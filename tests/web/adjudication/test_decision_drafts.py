"""Drafts of decisions: restored when the page is opened, private to their adjudicator, kept after every refusal."""

import json
import re
from html import unescape

import pytest

from annotator.studies.models import Adjudication, DecisionDraft
from annotator.studies.services import decision_draft_save
from tests.studies.test_adjudications import SPAN, decide
from tests.web.adjudication.deciding import fields, page_of
from tests.web.payloads import PAYLOADS

HELD = {**SPAN, "quote": "Tea,"}


def typed(**more):
    return {
        "label": "helped",
        "patterns": ["neglected", "other"],
        "other_text": "tone",
        "reason": "B read on.",
        "spans": json.dumps([HELD]),
        "base_revision": "0",
        "version": "0",
        **more,
    }


@pytest.fixture
def save(contested, enter):
    return lambda person, **more: enter(person).post(page_of(contested) + "draft/", typed(**more))


def version_on(html):
    return re.search(r'data-version="(\d+)"', html).group(1)


def test_a_draft_is_loaded_with_the_page_in_any_browser(contested, enter, save, carol):
    answer = save(carol)
    assert answer.json()["version"] == 1
    html = enter(carol).get(page_of(contested)).content.decode()
    assert re.search(r'value="helped" data-key="h"\s+checked', html)
    assert html.count('name="patterns"') - len(re.findall(r'name="patterns"[^>]*checked', html)) == 1
    assert 'value="tone"' in html
    assert "B read on." in html
    assert json.loads(unescape(re.search(r'name="spans" value="([^"]*)"', html).group(1))) == [HELD]
    assert version_on(html) == "1"
    assert f'datetime="{DecisionDraft.objects.get().saved_at.isoformat(timespec="microseconds")[:19]}' in html
    assert "taken meanwhile" not in html


def test_no_adjudicator_ever_sees_anothers_draft(contested, enter, save, carol, lena, client):
    save(carol, reason="carol's own words")
    html = enter(lena).get(page_of(contested)).content.decode()
    assert "own words" not in html
    assert version_on(html) == "0"
    assert save(lena, reason="lena's").json()["version"] == 1
    for path in ("history", "adjudication"):
        where = "/api/v1" if path == "adjudication" else ""
        assert "own words" not in client.get(f"{where}/studies/pilot/cases/{contested.pk}/{path}/").content.decode()


def test_a_save_on_top_of_an_older_draft_is_refused_in_words(save, carol):
    save(carol)
    answer = save(carol, reason="another tab")
    assert answer.status_code == 409
    assert answer.json()["version"] == 1
    assert "another tab or device saved draft 1" in answer.json()["refusal"]
    assert DecisionDraft.objects.get().content["reason"] == "B read on."


@pytest.mark.parametrize("version", ["", "x", "-1", "1" * 30])
def test_a_version_that_is_no_number_is_refused(save, carol, version):
    assert save(carol, version=version).status_code == 400
    assert not DecisionDraft.objects.exists()


@pytest.mark.parametrize("spans", ["", "[" * 5000, "7", '[7, {"text": []}, {"start": "0", "end": 1}]', "[NaN]"])
def test_a_draft_leaves_out_spans_that_are_none(contested, enter, save, carol, spans):
    assert save(carol, spans=spans, base_revision="nonsense").status_code == 200
    assert DecisionDraft.objects.get().content["spans"] == []
    assert enter(carol).get(page_of(contested)).status_code == 200


@pytest.mark.parametrize("content", [{}, {"label": 7, "patterns": "x", "spans": {}, "base_revision": "0"}])
def test_a_draft_of_another_shape_is_shown_as_far_as_it_fits(contested, enter, save, carol, content):
    save(carol)
    DecisionDraft.objects.update(content=content)
    assert enter(carol).get(page_of(contested)).status_code == 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_draft_is_text_on_the_page(contested, enter, save, carol, payload):
    save(carol, reason=payload, other_text=payload, label=payload, patterns=[payload])
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "<" not in payload or payload not in html


def test_a_draft_on_top_of_an_older_decision_comes_with_what_was_decided_meanwhile(contested, enter, save, carol, lena):
    save(carol)
    decide(contested, lena, reason="I was first.")
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "decision 1 was taken meanwhile" in html
    assert "I was first." in html
    assert "B read on." in html
    assert 'name="base_revision" value="1"' in html
    save(carol, version="1", base_revision="1", reason="B read on, I say.")
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "taken meanwhile" not in html
    assert "B read on, I say." in html


def test_a_stored_decision_ends_the_draft_and_the_page_shows_the_decision(contested, enter, save, carol):
    save(carol)
    enter(carol).post(page_of(contested) + "decide/", fields())
    assert not DecisionDraft.objects.exists()
    html = enter(carol).get(page_of(contested)).content.decode()
    assert re.search(r'value="hurt" data-key="u"\s+checked', html)
    assert "B read on." not in html
    assert save(carol).status_code == 409  # on its way when she decided


@pytest.mark.parametrize(
    "sent", [{"reason": ""}, {"label": ""}, {"patterns": ["laziness"]}, {"base_revision": "7"}, {"base_revision": ""}]
)
def test_a_refused_decision_becomes_the_draft(contested, enter, carol, sent):
    answer = enter(carol).post(page_of(contested) + "decide/", {**typed(), "other_text": "my words", **sent})
    assert answer.status_code in (409, 422)
    assert version_on(answer.content.decode()) == "1"
    assert DecisionDraft.objects.get().content["other_text"] == "my words"
    assert not Adjudication.objects.exists()


def test_a_refused_decision_writes_nothing_over_the_draft_of_another_tab(contested, enter, save, carol):
    save(carol, reason="the other tab's")
    sent = {**typed(label="", reason="this tab's"), "version": "0"}
    html = enter(carol).post(page_of(contested) + "decide/", sent).content.decode()
    assert "this tab&#x27;s" in html
    assert version_on(html) == "0"
    assert 'data-unsaved="yes"' in html
    assert DecisionDraft.objects.get().content["reason"] == "the other tab's"
    html = enter(carol).post(page_of(contested) + "decide/", {**sent, "version": "1"}).content.decode()
    assert version_on(html) == "2"
    assert "data-unsaved" not in html
    assert DecisionDraft.objects.get().content["reason"] == "this tab's"


def test_a_page_that_never_saw_the_newest_draft_is_told_of_it_before_its_decision_replaces_it(
    contested, enter, save, carol
):
    save(carol, reason="an hour of words, from the phone")
    decide_at, sent = page_of(contested) + "decide/", fields(reason="short", version="0")
    answer = enter(carol).post(decide_at, sent)
    html = answer.content.decode()
    assert (answer.status_code, Adjudication.objects.count()) == (409, 0)
    assert "saved other words meanwhile, as draft 1; submit again to replace them" in html
    assert "short" in html
    assert version_on(html) == "0"
    assert 'data-unsaved="yes"' in html
    assert DecisionDraft.objects.get().content["reason"] == "an hour of words, from the phone"
    base = re.search(r'name="base" value="(\d+)"', html).group(1)
    assert enter(carol).post(decide_at, sent | {"base": base}).status_code == 302
    assert Adjudication.objects.get().reason == "short"
    assert not DecisionDraft.objects.exists()


def test_a_decision_taken_again_as_it_stands_replaces_no_draft_that_its_page_never_saw(contested, enter, save, carol):
    enter(carol).post(page_of(contested) + "decide/", fields())
    save(carol, base_revision="1", reason="on second thoughts")
    again = fields(base_revision="1", version="0")
    assert enter(carol).post(page_of(contested) + "decide/", again).status_code == 409
    assert DecisionDraft.objects.get().content["reason"] == "on second thoughts"


def test_a_newer_draft_that_says_what_is_decided_is_no_conflict(contested, enter, save, carol):
    save(carol)
    answer = enter(carol).post(page_of(contested) + "decide/", typed(version="0"))
    assert answer.status_code == 302
    assert not DecisionDraft.objects.exists()


def test_a_draft_that_is_too_long_is_refused_in_words(save, carol):
    answer = save(carol, reason="x" * 300_000)
    assert answer.status_code == 409
    assert "at most 262144 fit" in answer.json()["refusal"]


def test_who_no_longer_adjudicates_finds_no_draft(world, contested, enter, carol):
    decision_draft_save(case=contested, adjudicator=carol, base_revision=0, version=0, content={})
    world.study.memberships.filter(user=carol).delete()
    assert enter(carol).get(page_of(contested)).status_code == 404
    assert enter(carol).post(page_of(contested) + "draft/", typed(version="1")).status_code == 404
