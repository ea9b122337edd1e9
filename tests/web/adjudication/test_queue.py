"""The list of undecided cases and open flags: order, reasons, settling and paging."""

import re

from annotator.studies.services import flag_raise
from tests.studies.test_adjudications import judged
from tests.web.adjudication.deciding import page_of


def test_the_list_shows_what_waits_and_why(world, contested, enter, carol):
    agreed, held = judged(world.study, {}, {})
    flag_raise(assignment=held[0], reason="<b>two readings</b>")
    html = enter(carol).get("/studies/pilot/adjudicate/").content.decode()
    assert "1 case waits" in html
    assert page_of(contested) in html
    assert "&lt;b&gt;two readings&lt;/b&gt;" in html
    assert "annotators differ" in html
    assert f'href="{page_of(agreed)}"' in html  # in the list of flags


def test_a_settled_flag_leaves_the_list(world, contested, enter, carol):
    flag = flag_raise(assignment=contested.assignments.first(), reason="two readings")
    answer = enter(carol).post(f"/studies/pilot/flags/{flag.pk}/settle/", follow=True)
    assert "two readings" not in answer.content.decode()
    flag.refresh_from_db()
    assert flag.settled_at is not None


def test_the_list_names_what_the_annotators_differ_in(world, contested, enter, carol):
    html = re.sub(r"\s+", " ", enter(carol).get("/studies/pilot/adjudicate/").content.decode())
    assert "labels: helped ≠ hurt" in html
    assert "patterns: <bdi>simple constraint neglected, other</bdi>" in html


def test_a_flag_is_answered_in_the_list_and_a_refused_answer_is_kept_as_typed(world, contested, enter, carol):
    flag = flag_raise(assignment=contested.assignments.first(), reason="two readings")
    answer = enter(carol).post(f"/studies/pilot/flags/{flag.pk}/answer/", {"text": "<i>x</i>" * 300})
    assert answer.status_code == 409
    assert "at most 2000 fit" in answer.content.decode()
    assert "&lt;i&gt;x&lt;/i&gt;" * 300 in answer.content.decode()
    answer = enter(carol).post(f"/studies/pilot/flags/{flag.pk}/answer/", {"text": "Both count."}, follow=True)
    assert "two readings" not in answer.content.decode()
    assert flag.messages.get().author == carol


def test_the_list_is_paged_by_place(world, contested, enter, carol, monkeypatch):
    monkeypatch.setattr("annotator.web.adjudication.pages.PAGE_SIZE", 1)
    second, _ = judged(world.study, {"label": "hurt"}, {"label": "helped"})
    flag_raise(assignment=second.assignments.first(), reason="first of all")
    html = enter(carol).get("/studies/pilot/adjudicate/").content.decode()
    assert page_of(contested) not in html
    onward = re.search(r'rel="next" href="([^"]+)"', html).group(1)
    html = enter(carol).get("/studies/pilot/adjudicate/" + onward).content.decode()
    assert page_of(contested) in html
    assert 'rel="next"' not in html
