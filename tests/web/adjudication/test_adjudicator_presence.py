"""Adjudicators at the same time: next case, heartbeat, leaving, and the notice to the second one."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.studies.models import AdjudicatorPresence
from tests.cast import make_world
from tests.studies.test_adjudications import judged
from tests.web.adjudication.deciding import fields, page_of

LIST = "/studies/pilot/adjudicate/"


@pytest.fixture
def second(world, contested):
    """Another undecided case, after the contested one."""
    return judged(world.study, {"label": "hurt"}, {"label": "helped"})[0]


def banner(html):
    hidden, words = re.search(r'id="others"( hidden)?>\s*<span role="status">([^<]*)</span>', html).groups()
    return "" if hidden else words


def opened(case, person, **ago):
    now = timezone.now()
    AdjudicatorPresence.objects.create(
        case=case, adjudicator=person, opened_at=now - timedelta(**ago), open_until=now + timedelta(0, 60)
    )


def test_opening_a_page_writes_nothing_and_its_heartbeat_opens_the_case(contested, enter, carol):
    enter(carol).get(page_of(contested))
    assert not AdjudicatorPresence.objects.exists()
    assert enter(carol).post(page_of(contested) + "renew/").json() == {"others": ""}
    assert AdjudicatorPresence.objects.get().adjudicator == carol


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        ({"seconds": 20}, "Another adjudicator opened this case just now."),
        ({"seconds": 80}, "Another adjudicator opened this case 1 min ago."),
        ({"minutes": 59}, "Another adjudicator opened this case 59 min ago."),
        ({"minutes": 150}, "Another adjudicator opened this case 2 h ago."),
        ({"seconds": -5}, "Another adjudicator opened this case just now."),  # by a clock that is ahead
    ],
)
def test_the_second_adjudicator_is_told_quietly_and_without_a_name(contested, enter, carol, lena, ago, words):
    opened(contested, carol, **ago)
    html = enter(lena).get(page_of(contested)).content.decode()
    assert banner(html) == f"{words} You may decide it all the same."
    assert "carol" not in html
    assert enter(lena).post(page_of(contested) + "renew/").json()["others"].startswith(words)
    assert banner(enter(carol).get(page_of(contested)).content.decode()).startswith("Another adjudicator opened")


def test_nobody_is_told_of_themselves_or_of_who_has_left(contested, enter, carol, lena):
    opened(contested, carol)
    assert banner(enter(carol).get(page_of(contested)).content.decode()) == ""
    assert enter(carol).post(page_of(contested) + "leave/").status_code == 204
    assert banner(enter(lena).get(page_of(contested)).content.decode()) == ""


def test_next_offers_what_others_have_not_open(contested, second, enter, carol, lena):
    assert enter(carol).post(LIST + "next/").url == page_of(contested)
    assert enter(lena).post(LIST + "next/").url == page_of(second)
    assert enter(lena).post(LIST + "next/", {"after": second.pk}).url == page_of(contested)


def test_deciding_goes_on_to_what_others_have_not_open_and_frees_the_case(world, contested, second, enter, carol, lena):
    third, _ = judged(world.study, {"label": "hurt"}, {"label": "helped"})
    nearer, farther = sorted((second, third), key=lambda case: case.pk)
    opened(nearer, lena)
    enter(carol).post(page_of(contested) + "renew/")
    assert enter(carol).post(page_of(contested) + "decide/", fields()).url == page_of(farther)
    assert set(AdjudicatorPresence.objects.values_list("case", "adjudicator")) == {
        (nearer.pk, lena.pk),
        (farther.pk, carol.pk),
    }


def test_one_leaves_the_only_case_and_is_told_that_no_other_waits(contested, enter, carol):
    html = enter(carol).get(page_of(contested)).content.decode()
    assert 'form="later"' not in html
    answer = enter(carol).post(LIST + "next/", {"after": contested.pk}, follow=True)
    assert answer.redirect_chain[-1][0] == LIST
    assert "No other case waits." in answer.content.decode()


def test_leaving_for_later_is_offered_where_another_case_waits(contested, second, enter, carol):
    html = enter(carol).get(page_of(contested)).content.decode()
    assert 'form="later"' in html
    assert f'name="after" value="{contested.pk}"' in html


@pytest.mark.parametrize("after", ["", "x", "-1", "1" * 30])
def test_nonsense_to_go_on_from_is_the_first_case(contested, enter, carol, after):
    assert enter(carol).post(LIST + "next/", {"after": after}).url == page_of(contested)


def test_a_case_of_another_study_is_none_to_go_on_from(contested, enter, carol, alice):
    other = make_world("other", overlap=2).study.cases.first()
    assert enter(carol).post(LIST + "next/", {"after": other.pk}).status_code == 404
    for path in ("draft/", "renew/", "leave/"):
        assert enter(carol).post(page_of(other) + path).status_code == 404
        assert enter(alice).post(page_of(contested) + path).status_code == 404
    assert not AdjudicatorPresence.objects.exists()
