"""The adjudication page: blinded annotations, layered evidence, and one decision at a time."""

import json
import re
from html import unescape

import pytest

from annotator.runs.models import Generation
from annotator.studies.models import Adjudication, DecisionDraft, Dispute, Flag
from annotator.studies.services import (
    case_next,
    codebook_edit,
    flag_raise,
    member_add,
)
from tests.cast import CODEBOOK, make_world
from tests.studies.annotating import submit
from tests.studies.test_adjudications import DISPUTE, SPAN, decide, judged
from tests.web.adjudication.deciding import fields, page_of
from tests.web.payloads import PAYLOADS

# --- who may --------------------------------------------------------------------------------------------------------

PAGES = ["adjudicate/", "adjudicate/{case}/", "cases/{case}/history/"]
WRITES = ["adjudicate/{case}/decide/", "flags/{flag}/settle/"]


@pytest.fixture
def addresses(contested):
    flag = flag_raise(assignment=contested.assignments.first(), reason="why?")
    return lambda path: "/studies/pilot/" + path.format(case=contested.pk, flag=flag.pk)


@pytest.mark.parametrize("path", PAGES)
def test_adjudicators_and_leads_open_the_pages_and_for_others_they_do_not_exist(
    addresses, enter, alice, carol, lena, mallory, path
):
    seen = {person: enter(person).get(addresses(path)).status_code for person in (alice, carol, lena, mallory)}
    assert seen == {alice: 404, carol: 200, lena: 200, mallory: 404}
    assert enter(carol).post(addresses(path)).status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_a_stranger_is_asked_to_log_in_and_brought_back(addresses, client, path):
    answer = client.get(addresses(path))
    assert (answer.status_code, answer.url) == (302, f"/login/?next={addresses(path)}")


@pytest.mark.parametrize("path", WRITES)
def test_nobody_else_decides_or_settles(addresses, enter, alice, mallory, carol, path):
    for person in (alice, mallory):
        assert enter(person).post(addresses(path), fields()).status_code == 404
    assert enter(carol).get(addresses(path)).status_code == 405
    assert not Adjudication.objects.exists()
    assert Flag.objects.get().settled_at is None


def test_a_case_or_flag_of_another_study_does_not_exist(addresses, enter, carol, contested):
    other = make_world("other", overlap=2).study
    member_add(study=other, user=carol, role="adjudicator")
    assert enter(carol).get(f"/studies/other/adjudicate/{contested.pk}/").status_code == 404
    assert enter(carol).post(f"/studies/other/flags/{Flag.objects.get().pk}/settle/").status_code == 404
    assert enter(carol).get(f"/studies/other/cases/{10**30}/history/").status_code == 404


def test_the_study_page_leads_adjudicators_there_and_nobody_else(world, enter, alice, carol):
    assert "/studies/pilot/adjudicate/" in enter(carol).get("/studies/pilot/").content.decode()
    assert "adjudicate" not in enter(alice).get("/studies/pilot/").content.decode()


# --- one case -------------------------------------------------------------------------------------------------------


def test_the_annotations_stand_side_by_side_without_anybodys_name(world, contested, enter, carol):
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "Annotator A" in html
    assert "Annotator B" in html
    assert "&lt;i&gt;alices note&lt;/i&gt;" in html
    for member in world.study.memberships.exclude(user=carol):
        assert member.user.username not in html.replace("alices note", "")
        assert member.pseudonym not in html


def text_of(html, under):
    """The textContent of the elements of class `under`: without marks and signs, with references resolved."""
    found = re.findall(rf'<div class="[^"]*\b{under}\b[^"]*" dir="auto"[^>]*>(.*?)</div>', html, re.S)
    return [unescape(re.sub(r"</?(mark|span)[^>]*>", "", text)) for text in found]


def test_evidence_is_overlaid_and_the_texts_stay_exact(contested, enter, carol):
    html = enter(carol).get(page_of(contested)).content.decode()
    answer = contested.second.answer
    assert answer in text_of(html, "answer")
    assert contested.prompt.text in text_of(html, "reading")
    marks = re.findall(r'<mark class="([^"]*)"[^>]*data-evidence-ids="([^"]*)"[^>]*>([^<]*)</mark>', html)
    assert [(evidence_ids, text) for _, evidence_ids, text in marks] == [
        ("1", "Te"),
        ("1 2", "a"),
        ("1 2", ","),
        ("2", " of "),
    ]
    assert {"by-a", "by-b", "several"} <= set(marks[0][0].split())  # both marked the first span


def test_texts_with_hostile_characters_stay_exact(contested, enter, carol):
    answer = '<script>alert(1)</script>\r\n👩‍🚀é & "x" \n'
    type(contested.second).objects.filter(pk=contested.second_id).update(answer=answer)
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "<script>alert" not in html
    assert answer in text_of(html, "answer")


@pytest.mark.parametrize("path", PAGES[1:])
def test_evidence_names_its_pattern_as_the_codebook_of_its_annotator_did(world, contested, enter, lena, path):
    without = {**CODEBOOK, "patterns": [each for each in CODEBOOK["patterns"] if each["slug"] != "neglected"]}
    codebook_edit(study=world.study, base_id=world.codebook.pk, content=without)
    html = enter(lena).get("/studies/pilot/" + path.format(case=contested.pk)).content.decode()
    assert re.search(r"·\s+<bdi>simple constraint neglected</bdi>", html)
    assert "<bdi>neglected</bdi>" not in html


def test_the_history_keeps_the_name_that_a_pattern_had(world, contested, enter, lena):
    renamed = [{**each, "name": f"{each['name']}, renamed"} for each in CODEBOOK["patterns"]]
    codebook_edit(study=world.study, base_id=world.codebook.pk, content={**CODEBOOK, "patterns": renamed})
    html = enter(lena).get(f"/studies/pilot/cases/{contested.pk}/history/").content.decode()
    assert re.search(r"·\s+<bdi>simple constraint neglected</bdi>", html)
    assert "renamed" not in html


def test_a_span_outside_its_text_shows_its_quote_and_cannot_be_kept(contested, enter, carol):
    html = enter(carol).get(page_of(contested)).content.decode()
    assert "words long gone" in html
    assert "no longer found in the text" in html
    assert html.count("data-use=") == 2


def test_taking_and_merging_are_prepared_by_the_server(contested, enter, carol):
    html = enter(carol).get(page_of(contested)).content.decode()
    takes = json.loads(re.search(r'id="takes"[^>]*>(.*?)</script>', html).group(1))
    by_label = {dict(taken).get("label"): taken for taken in takes.values()}
    assert ["patterns", "neglected"] in by_label["hurt"]
    assert ["other_text", "tone"] in by_label["helped"]
    assert by_label[None] == takes["merge"]
    assert [value for name, value in takes["merge"] if name == "patterns"] == ["neglected", "other"]
    places = [(span["start"], span["end"]) for span in json.loads(dict(takes["merge"])["spans"])]
    assert places == [(0, 4), (2, 8)]


def test_a_pattern_that_has_left_the_codebook_is_said_and_taken_by_nobody(world, contested, enter, carol):
    kept = [{"slug": "other", "name": "Other", "hotkey": "9", "needs_text": True}]
    codebook_edit(study=world.study, base_id=world.codebook.pk, content={"guideline": "", "patterns": kept})
    html = enter(carol).get(page_of(contested)).content.decode()
    assert html.count("no longer in the codebook") == 1
    takes = json.loads(re.search(r'<script id="takes" type="application/json">(.*?)</script>', html)[1])
    (spans,) = [value for name, value in takes["merge"] if name == "spans"]
    assert {span["pattern"] for span in json.loads(spans)} == {""}
    sent = fields(spans=spans, patterns=["other"], other_text="tone")
    assert enter(carol).post(page_of(contested) + "decide/", sent).status_code == 302


def test_the_page_comes_back_with_what_an_annotator_says_now(world, contested, enter, carol, bob):
    html = enter(carol).get(page_of(contested)).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', html)[1]
    submit(contested.assignments.get(annotator=bob), note="I changed my mind.")
    answer = enter(carol).post(page_of(contested) + "decide/", fields(seen=seen))
    assert answer.status_code == 409
    assert "revised their annotation meanwhile" in answer.content.decode()
    assert "I changed my mind." in answer.content.decode()


def test_a_disputed_verdict_and_the_decision_that_stands_are_shown(contested, enter, carol, lena):
    annotation = contested.assignments.first().annotations.last()
    Dispute.objects.create(annotation=annotation, verdict=contested.second.verdicts.first(), reason="not a comma")
    decide(contested, lena, reason="B is right.")
    flag_raise(assignment=annotation.assignment, reason="two readings")
    html = enter(carol).get(page_of(contested)).content.decode()
    assert 'constraint 1, cot: <bdi lang="">not a comma</bdi>' in html
    assert 'Flagged for discussion: <bdi lang="">two readings</bdi>' in html
    assert "Decided as <b>hurt</b> (decision 1): <bdi>B is right.</bdi>" in html


def test_a_case_without_an_answer_to_judge_and_how_it_was_split_are_said(contested, enter, carol):
    browser = enter(carol)
    assert "No answer to judge" not in browser.get(page_of(contested)).content.decode()
    type(contested).objects.filter(pk=contested.pk).update(outcome="no_answer")
    Generation.objects.update(split_status="missing_marker")
    html = browser.get(page_of(contested)).content.decode()
    assert "No answer to judge: an answer is empty or was cut off" in html
    for sentence in ("The model did not close its reasoning", "No ANSWER: marker was found"):
        assert html.count(sentence) == 1, "each side by what its strategy asked for"


def test_a_case_that_is_not_filled_shows_no_form(world, enter, alice, carol):
    case = submit(case_next(study=world.study, annotator=alice)).assignment.case
    html = enter(carol).get(page_of(case)).content.decode()
    assert "it can be decided when 2 people have submitted" in html
    assert 'id="decision"' not in html
    assert "Annotator A" not in html  # she may be the next to judge it
    answer = enter(carol).post(page_of(case) + "decide/", fields())
    assert answer.status_code == 409


def test_who_annotated_a_case_is_told_so_when_deciding_it(world, contested, enter, alice, carol):
    assert "annotated this case yourself" not in enter(carol).get(page_of(contested)).content.decode()
    member_add(study=world.study, user=alice, role="lead")
    assert "annotated this case yourself" in enter(alice).get(page_of(contested)).content.decode()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("payload", [each for each in PAYLOADS if "<" in each])
def test_whatever_people_wrote_is_text_on_every_page(world, enter, carol, path, payload):
    says = {"patterns": ["other"], "other_text": payload, "note": payload, "disputes": [{**DISPUTE, "reason": payload}]}
    case, held = judged(world.study, {"label": "hurt", **says}, {"label": "helped", **says})
    held[0].annotations.update(spans=[{**SPAN, "pattern": payload}, {"text": payload, "quote": payload}])
    flag_raise(assignment=held[0], reason=payload)
    address = "/studies/pilot/" + path.format(case=case.pk)
    assert payload not in enter(carol).get(address).content.decode()
    decide(case, carol, patterns=["other"], other_text=payload, reason=payload)
    assert payload not in enter(carol).get(address).content.decode()


# --- deciding -------------------------------------------------------------------------------------------------------


def test_deciding_keeps_the_evidence_and_goes_on(world, contested, enter, carol):
    following, _ = judged(world.study, {"label": "hurt"}, {"label": "helped"})
    span = {"text": "second.answer", "start": 2, "end": 8, "pattern": "neglected"}
    sent = fields(patterns=["neglected"], spans=json.dumps([{**span, "quote": "whatever the page holds"}]))
    answer = enter(carol).post(page_of(contested) + "decide/", sent)
    assert (answer.status_code, answer.url) == (302, page_of(following))
    row = contested.adjudications.get()
    assert (row.label, row.reason, row.author) == ("hurt", "The comma.", carol)
    assert row.spans == [{**span, "quote": contested.second.answer[2:8]}]


def test_a_reason_is_as_long_as_the_browser_counts_it_and_the_draft_has_the_same_words(contested, enter, carol):
    reason = "x\r\n" * 499 + "x" * 4_002  # 5,000 characters for maxlength, which counts one for the end of a line
    enter(carol).post(page_of(contested) + "draft/", {**fields(reason=reason), "version": "0"})
    kept = DecisionDraft.objects.get().content["reason"]
    answer = enter(carol).post(page_of(contested) + "decide/", fields(reason=reason))
    assert answer.status_code == 302
    assert contested.adjudications.get().reason == kept == reason.replace("\r\n", "\n")


def test_after_the_last_case_the_list_says_so(contested, enter, carol):
    answer = enter(carol).post(page_of(contested) + "decide/", fields(), follow=True)
    assert answer.redirect_chain[-1][0] == "/studies/pilot/adjudicate/"
    assert "Every case that waited is decided" in answer.content.decode()
    assert "No case waits" in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "status", "complaint"),
    [
        (fields(label=""), 422, "Choose helped, hurt, no difference"),
        (fields(reason="  "), 422, "Say in a few words why"),
        (fields(base_revision="x"), 422, "damaged or too old"),
        (fields(base_revision="1"), 409, "decision 0 was taken"),
        (fields(spans="[" * 5000), 409, "outside its text"),
        (fields(spans='{"text": "prompt"}'), 409, "outside its text"),
        (fields(spans='[7, {"text": []}]'), 409, "outside its text"),
        (fields(patterns=["laziness"]), 409, "&#x27;laziness&#x27; is not in the codebook"),
    ],
)
def test_a_refused_decision_comes_back_with_all_that_was_typed(contested, enter, carol, sent, status, complaint):
    sent = {"other_text": "my words", **sent}
    answer = enter(carol).post(page_of(contested) + "decide/", sent)
    html = answer.content.decode()
    assert answer.status_code == status
    assert complaint in html
    assert 'value="my words"' in html
    assert sent["reason"].strip() in html
    assert not Adjudication.objects.exists()


def test_the_second_of_two_adjudicators_is_told_and_sees_the_first_decision(contested, enter, carol, lena):
    decide(contested, lena, reason="I was first.")
    sent = fields(label="helped", spans=json.dumps([SPAN]))
    answer = enter(carol).post(page_of(contested) + "decide/", sent)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "decision 1 was taken meanwhile" in html
    assert "I was first." in html
    assert json.loads(unescape(re.search(r'name="spans" value="([^"]*)"', html).group(1)))[0]["end"] == 4
    assert 'name="base_revision" value="1"' in html
    assert contested.adjudications.get().author == lena


@pytest.mark.parametrize("path", PAGES)
def test_pages_take_a_constant_number_of_queries(world, contested, enter, carol, django_assert_max_num_queries, path):
    address = "/studies/pilot/" + path.format(case=contested.pk)
    browser = enter(carol)
    for _ in range(3):
        judged(world.study, {"label": "hurt"}, {"label": "helped"})
    with django_assert_max_num_queries(18):
        browser.get(address)
