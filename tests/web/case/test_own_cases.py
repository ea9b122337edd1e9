"""An annotator's own cases: the list by kind, previous and next, and skips taken back."""

import re
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Assignment
from annotator.studies.services import assignment_skip, case_next, draft_save, flag_answer, flag_raise, rework_request
from tests.cast import World
from tests.studies.annotating import submit

MINE = "/studies/pilot/mine/"


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def own(world: World, alice: User, lena: User) -> list[Assignment]:
    """Four cases of alice: submitted and flagged, submitted and sent back, skipped, and held with a draft."""
    cases = []
    for _ in range(4):
        assignment = case_next(study=world.study, annotator=alice)
        assert assignment is not None
        cases.append(assignment)
        if len(cases) < 3:
            submit(assignment)
        elif len(cases) == 3:
            assignment_skip(assignment=assignment, reason="<b>cannot read it</b>")
    flag_raise(assignment=cases[0], reason="two readings")
    rework_request(assignment=cases[1], author=lena, note="Count the <i>commas</i> again.", base_revision=1)
    draft_save(assignment=cases[3], version=0, content={"note": "half"})
    return cases


@pytest.mark.parametrize(
    ("kind", "places"),
    [
        ("", [3, 2, 1, 0]),
        ("done", [1, 0]),
        ("open", [3]),
        ("drafts", [3]),
        ("flagged", [0]),
        ("skipped", [2]),
        ("sent_back", [1]),
        ("of no kind", [3, 2, 1, 0]),
    ],
)
def test_every_own_case_is_listed_by_its_kind_the_latest_first(
    own: list[Assignment], browser: Client, kind: str, places: list[int]
) -> None:
    html = browser.get(MINE, {"kind": kind}).content.decode()
    listed = re.findall(r'href="/cases/(\d+)/(?:\?kind=\w+)?"', html)
    assert [int(pk) for pk in listed] == [own[place].case_id for place in places]


def test_previous_and_next_lead_through_all_of_them_and_end_in_the_list(own: list[Assignment], browser: Client) -> None:
    address, way = f"/cases/{own[3].case_id}/", []
    while address != MINE:
        way.append(address)
        address = browser.get(f"{address}previous/").url
    assert way == [f"/cases/{assignment.case_id}/" for assignment in reversed(own)]
    assert browser.get(f"/cases/{own[0].case_id}/following/").url == way[-2]
    assert browser.get(f"/cases/{own[3].case_id}/following/").url == MINE


def test_they_stay_within_a_kind(own: list[Assignment], browser: Client) -> None:
    address = f"/cases/{own[1].case_id}/previous/?kind=done"
    assert browser.get(address).url == f"/cases/{own[0].case_id}/?kind=done"
    assert browser.get(f"/cases/{own[1].case_id}/following/?kind=done").url == f"{MINE}?kind=done"
    html = browser.get(f"/cases/{own[0].case_id}/?kind=done").content.decode()
    assert f'href="/cases/{own[0].case_id}/following/?kind=done"' in html
    assert '"><script' not in browser.get(f"/cases/{own[0].case_id}/", {"kind": '"><script>'}).content.decode()


def test_a_prefetched_case_is_none_of_them(world: World, own: list[Assignment], browser: Client) -> None:
    Assignment.objects.filter(pk=own[3].pk).update(status="prefetched")
    assert browser.get(f"/cases/{own[2].case_id}/following/").url == MINE
    assert f"/cases/{own[3].case_id}/" not in browser.get(MINE).content.decode()


def test_a_skip_is_taken_back_on_the_list_and_on_the_page(own: list[Assignment], browser: Client) -> None:
    unskip = f"/cases/{own[2].case_id}/unskip/"
    listed = browser.get(MINE, {"kind": "skipped"}).content.decode()
    assert unskip in listed
    assert "&lt;b&gt;cannot read it&lt;/b&gt;" in listed
    html = browser.get(f"/cases/{own[2].case_id}/").content.decode()
    assert unskip in html
    assert "cannot read it" in html
    assert browser.post(unskip).url == f"/cases/{own[2].case_id}/"
    own[2].refresh_from_db()
    assert own[2].status == "held"
    assert unskip not in browser.get(MINE).content.decode()


def test_a_skip_that_others_have_filled_says_so(
    world: World, own: list[Assignment], browser: Client, bob: User
) -> None:
    submit(next(row for row in iter(lambda: case_next(study=world.study, annotator=bob), None)))
    answer = browser.post(f"/cases/{own[2].case_id}/unskip/")
    assert answer.status_code == 409
    assert "others have taken it since you skipped it" in answer.content.decode()


def test_the_page_of_a_case_that_is_sent_back_shows_the_note_and_closes_it_with_the_revision(
    own: list[Assignment], browser: Client
) -> None:
    html = browser.post("/studies/pilot/next/", follow=True).content.decode()
    assert "Sent back to you" in html
    assert "Count the &lt;i&gt;commas&lt;/i&gt; again." in html
    rework = re.search(r'name="rework" value="(\d+)"', html)
    assert rework is not None
    fields = {"label": "hurt", "submission_key": str(uuid4()), "base_revision": "1", "rework": rework[1]}
    answer = browser.post(f"/cases/{own[1].case_id}/submit/", fields)
    assert answer.url == f"/cases/{own[3].case_id}/"
    assert "sent back" not in browser.get(MINE).content.decode().replace("sent back to me", "")


def test_the_flag_and_its_answer_are_on_the_page_and_a_reply_opens_it_again(
    own: list[Assignment], browser: Client, lena: User
) -> None:
    flag_answer(flag=own[0].flag, author=lena, text="Read it <u>literally</u>.")
    html = browser.get(f"/cases/{own[0].case_id}/").content.decode()
    assert "Read it &lt;u&gt;literally&lt;/u&gt;." in html
    assert browser.post(f"/cases/{own[0].case_id}/flag/reply/", {"text": " "}).status_code == 409
    browser.post(f"/cases/{own[0].case_id}/flag/reply/", {"text": "And the title?"})
    own[0].flag.refresh_from_db()
    assert own[0].flag.settled_at is None
    assert browser.post(f"/cases/{own[1].case_id}/flag/reply/", {"text": "x"}).status_code == 404  # no flag there


def test_a_reply_to_a_flag_is_as_long_as_the_browser_counts_it_and_is_given_back_if_it_is_refused(
    own: list[Assignment], browser: Client
) -> None:
    reply = f"/cases/{own[0].case_id}/flag/reply/"
    lines = "word\r\n" * 399 + "word"  # 1,999 characters for maxlength, which counts one for the end of a line
    assert browser.post(reply, {"text": lines}).status_code == 302
    assert own[0].flag.messages.get().text == lines.replace("\r\n", "\n")
    answer = browser.post(reply, {"text": "<b>" * 667})
    assert answer.status_code == 409
    assert "&lt;b&gt;" * 667 + "</textarea>" in answer.content.decode()


def test_a_page_of_a_submitted_case_sends_no_heartbeat(own: list[Assignment], browser: Client) -> None:
    assert "data-renew" not in browser.get(f"/cases/{own[0].case_id}/").content.decode()
    assert "data-renew" in browser.get(f"/cases/{own[3].case_id}/").content.decode()
