"""The page of skipped cases: reasons for leads, and cases handed out again."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Assignment, Rework
from annotator.studies.services import assignment_skip, case_next
from tests.cast import World

SKIPS = "/studies/pilot/skips/"


@pytest.fixture
def browser(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def skipped(world: World, alice: User, bob: User) -> Assignment:
    """alice skips two cases, and bob the first of them too."""
    first = case_next(study=world.study, annotator=alice)
    assert first is not None
    assignment_skip(assignment=first, reason="<b>too long</b>")
    bobs = case_next(study=world.study, annotator=bob)
    assert bobs is not None
    assert bobs.case_id == first.case_id
    assignment_skip(assignment=bobs, reason="me neither")
    second = case_next(study=world.study, annotator=alice)
    assert second is not None
    assignment_skip(assignment=second, reason="only alice")
    return first


def test_leads_read_who_skipped_and_why_by_pseudonym(world: World, skipped: Assignment, browser: Client) -> None:
    html = browser.get(SKIPS).content.decode()
    for text in ("&lt;b&gt;too long&lt;/b&gt;", "me neither", "only alice"):
        assert text in html
    assert "1 case has been skipped by so many that nobody is left to judge it." in html
    assert world.study.memberships.get(user__username="alice").pseudonym in html
    only = browser.get(SKIPS, {"only": "stranded"}).content.decode()
    assert "me neither" in only
    assert "only alice" not in only


def test_a_case_is_handed_out_again_with_a_note(
    world: World, skipped: Assignment, browser: Client, alice: User
) -> None:
    answer = browser.post(
        f"/studies/pilot/cases/{skipped.case_id}/hand-out/", {"note": "Please try."}, follow=True
    ).content.decode()
    assert f"Case {skipped.case_id} waits again in the queues of 2 annotators who skipped it." in answer
    assert "me neither" not in answer
    assert case_next(study=world.study, annotator=alice) == skipped
    assert set(Rework.objects.values_list("note", flat=True)) == {"Please try."}
    again = browser.post(f"/studies/pilot/cases/{skipped.case_id}/hand-out/", follow=True).content.decode()
    assert "nobody who annotates in this study skips it now" in again


def test_the_list_is_paged(world: World, skipped: Assignment, browser: Client, monkeypatch) -> None:
    monkeypatch.setattr("annotator.web.paging.PAGE_SIZE", 1)
    html = browser.get(SKIPS).content.decode()
    first = min(Assignment.objects.filter(status="skipped").values_list("case", flat=True))
    assert f'rel="next" href="?after={first}"' in html


def test_nothing_skipped_says_so(world: World, browser: Client) -> None:
    assert "No case is skipped." in browser.get(SKIPS).content.decode()
