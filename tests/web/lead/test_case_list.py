"""The case list: for leads alone, with allow-listed parameters, and continued where a search ran out of time."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Membership
from annotator.studies.services import case_next, codebook_edit, member_add
from annotator.web.lead import case_list
from tests.cast import CODEBOOK, World
from tests.studies.annotating import submit

LIST = "/studies/pilot/cases/"


@pytest.fixture
def browser(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


def listed(browser: Client, **parameters: Any) -> str:
    return browser.get(LIST, parameters).content.decode()


def test_a_row_says_what_was_judged_under_pseudonyms_and_leads_to_the_history(
    browser: Client, world: World, alice: User
) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt", patterns=["neglected"])
    pseudonym = world.study.memberships.get(user=alice).pseudonym
    html = listed(browser, annotator=pseudonym)
    assert f'href="{LIST}{assignment.case_id}/history/"' in html
    assert f"{pseudonym}: simple constraint neglected" in html
    assert html.count("/history/") == 1
    assert "alice" not in html


def test_a_pattern_that_an_older_codebook_had_can_still_be_asked_for(
    browser: Client, world: World, alice: User
) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt", patterns=["neglected"])
    without = {**CODEBOOK, "patterns": [pattern for pattern in CODEBOOK["patterns"] if pattern["slug"] != "neglected"]}
    codebook_edit(study=world.study, base_id=world.codebook.pk, content=without)
    html = listed(browser, pattern="neglected")
    assert '<option value="neglected" selected>simple constraint neglected</option>' in html
    assert html.count("/history/") == 1


@pytest.mark.parametrize("person", ["alice", "carol"])
def test_annotators_and_adjudicators_do_not_see_who_said_what(
    client: Client, world: World, alice: User, carol: User, person: str
) -> None:
    member_add(study=world.study, user=carol, role=Membership.Role.ADJUDICATOR)
    client.force_login(User.objects.get(username=person))
    assert client.get(LIST).status_code == 404


DAMAGED = "The address of this page of the list is damaged; begin again with all cases."


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"outcome": "x"}, "x is not offered here; choose one of the list, or any."),
        ({"label": "helped or 1=1"}, "helped or 1=1 is not offered here"),
        ({"annotator": "alice"}, "alice is not offered here"),
        ({"concern": "first__answer"}, "first__answer is not offered here"),
        ({"kind": "nosuch:kind"}, "nosuch:kind is not offered here"),
        ({"after": "-1"}, DAMAGED),
        ({"after": "9" * 30}, DAMAGED),
        ({"have": "1000"}, DAMAGED),
        ({"after": "x", "have": "y"}, DAMAGED),
        ({"text": "a\x00b"}, "Null characters are not allowed."),
        ({"text": "x" * 201}, "has at most 200 characters; this one has 201."),
    ],
)
def test_a_value_that_is_not_offered_is_refused_in_one_sentence(
    browser: Client, parameters: dict[str, str], sentence: str
) -> None:
    answer = browser.get(LIST, parameters)
    assert answer.status_code == 400
    assert answer.content.decode().count(sentence) == 1
    assert "All cases" in answer.content.decode()


@pytest.mark.parametrize(
    "parameters", [{"ordering": "first__answer"}, {"study": "2"}, {"second__reasoning__contains": "x"}]
)
def test_other_parameters_are_not_read(browser: Client, parameters: dict[str, str]) -> None:
    assert listed(browser, **parameters).count("/history/") == 4


def test_pages_follow_each_other_and_keep_the_filters(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_list, "PAGE_SIZE", 3)
    first = listed(browser, text="do not use")
    assert first.count("/history/") == 3
    (rest,) = [piece.split('"')[0] for piece in first.split('rel="next" href="')[1:]]
    second = browser.get(LIST + rest.replace("&amp;", "&")).content.decode()
    assert second.count("/history/") == 1
    assert 'value="do not use"' in second
    assert "First page" in second
    assert "Next page" not in second


def test_a_search_that_takes_long_says_how_far_it_is_and_goes_on_by_itself(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = case_list.case_search

    def slow(*args: Any, **kwargs: Any) -> Any:
        return search(*args, **kwargs, window=1, budget_s=0)

    monkeypatch.setattr(case_list, "case_search", slow)
    html, pages = listed(browser, text="do not use"), 1
    assert "of the cases are looked through" in html
    assert "have=1" in html
    found = html.count("/history/")
    while 'data-poll="' in html:
        more = LIST + html.split('data-poll="')[1].split('"')[0].replace("&amp;", "&")
        html = browser.get(more, headers={"Cotrast-Fragment": "yes"}).content.decode()
        assert "<form" not in html
        found, pages = found + html.count("/history/"), pages + 1
    assert (found, pages) == (4, 5)


def test_nothing_found_says_what_to_do(browser: Client) -> None:
    assert "No case is like that" in listed(browser, text="zebra")


def test_a_hostile_prompt_is_text(browser: Client, world: World) -> None:
    world.study.cases.update(outcome="tie")
    prompt = world.study.cases.all()[0].prompt
    prompt.text = "<script>alert(1)</script>"
    prompt.save()
    html = listed(browser, text="<script>alert(1)")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_the_list_takes_a_constant_number_of_queries(browser: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(14):
        listed(browser, text="do not use", concern="disagreement", kind="punctuation:no_comma", label="hurt")
