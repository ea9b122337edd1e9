"""The history of a case: every event in order, both runs by their roles, and the verdicts of every scope."""

import re

from annotator.runs.models import Verdict
from annotator.studies.models import Assignment, Dispute
from annotator.studies.services import assignment_skip, case_next, flag_raise, member_add, practice_set
from tests.studies.annotating import submit
from tests.studies.test_adjudications import decide, judged, reload

TAGS = re.compile(r"<[^>]+>|\s+")


def text_of(browser, address):
    return " ".join(TAGS.sub(" ", browser.get(address).content.decode()).split())


def test_the_history_names_each_run_by_its_role(contested, enter, carol):
    shown = text_of(enter(carol), f"/studies/pilot/cases/{contested.pk}/history/")
    assert re.search(r"was given the case, with cot on the (left|right)\.", shown)
    assert re.search(r"chose blind: (left|right), the answer of (base|cot)\.", shown) or "both the same" in shown
    assert re.search(r"No commas punctuation:no_comma base .* No commas punctuation:no_comma cot", shown)


def test_a_scope_has_a_column_where_it_has_verdicts(contested, enter, carol):
    address = f"/studies/pilot/cases/{contested.pk}/history/"
    assert "In the answer In the whole completion Checker version" in text_of(enter(carol), address)
    Verdict.objects.filter(generation=contested.second_id, scope="completion").update(scope=Verdict.Scope.REASONING)
    assert "In the answer In the whole completion In the reasoning" in text_of(enter(carol), address)


def test_the_history_tells_everything_in_order_under_pseudonyms(world, contested, enter, alice, bob, carol, mallory):
    member_add(study=world.study, user=mallory, role="annotator")
    skipped = Assignment.objects.create(
        case=contested, annotator=mallory, lease_until=contested.created_at, second_is_left=True
    )
    assignment_skip(assignment=skipped, reason="cannot read it")
    alices = contested.assignments.get(annotator=alice)
    Dispute.objects.create(
        annotation=alices.annotations.get(), verdict=contested.second.verdicts.first(), reason="no comma"
    )
    flag_raise(assignment=alices, reason="two readings")
    submit(alices, base_revision=1, label="no_difference", note="second thought")
    decide(reload(contested), carol, reason="Settled.")
    html = enter(carol).get(f"/studies/pilot/cases/{contested.pk}/history/").content.decode()
    entries = [
        "the case was made",
        "was given the case",
        "chose blind: left",
        "submitted revision 1:",
        "checker is wrong on constraint 1",
        'skipped the case: <bdi lang="">cannot read it',
        'flagged the case for discussion: <bdi lang="">two readings',
        "submitted revision 2:",
        "decided (decision 1):",
        "Settled.",
    ]
    places = [html.index(words) for words in entries]
    assert places == sorted(places)
    assert html.count("was given the case") == 3
    assert html.count("submitted revision 1:") == 2
    assert "words long gone" in html
    for person in (alice, bob, mallory):
        assert world.study.memberships.get(user=person).pseudonym in html
        assert person.username not in html.replace("alices note", "")


def test_the_history_tells_adjudicators_no_annotation_before_all_are_in(world, enter, alice, carol, lena):
    case = submit(case_next(study=world.study, annotator=alice), note="my first thought").assignment.case
    path = f"/studies/pilot/cases/{case.pk}/history/"
    html = enter(carol).get(path).content.decode()
    assert "my first thought" not in html
    assert "was given the case" not in html
    assert "Annotations are shown when all are in." in html
    assert "my first thought" in enter(lena).get(path).content.decode()


def test_the_history_shows_gold_by_rule_its_withdrawal_and_the_checkers_version(world, enter, lena):
    case, held = judged(world.study, {}, {})
    submit(held[0], base_revision=1, label="hurt")
    html = enter(lena).get(f"/studies/pilot/cases/{case.pk}/history/").content.decode()
    assert html.index("By rule: all 2 annotations agree.") < html.index("took the gold label back (decision 2)")
    assert "whole completion" in html
    assert ">test<" in html  # the checker's version in this world


def test_the_history_of_a_practice_case_says_so_and_leads_its_lead_to_the_practice_page(world, enter, carol, lena):
    case = world.study.cases.first()
    history, practice = f"/studies/pilot/cases/{case.pk}/history/", f"/studies/pilot/cases/{case.pk}/practice/"
    assert "practice" not in enter(lena).get(history).content.decode()
    practice_set(case=case, label="hurt", patterns=[], feedback="")
    for person, link in ((lena, True), (carol, False)):
        html = enter(person).get(history).content.decode()
        assert '<span class="tag">practice case</span>' in html
        assert (f'href="{practice}"' in html) is link
    assert enter(lena).get(practice).status_code == 200


def test_the_history_says_which_choice_was_not_blind(contested, enter, carol):
    address, sentence = f"/studies/pilot/cases/{contested.pk}/history/", "so this choice counts in no figure."
    assert sentence not in text_of(enter(carol), address)
    Assignment.objects.filter(case=contested).update(blind=False)
    assert text_of(enter(carol), address).count(sentence) == Assignment.objects.filter(case=contested).count()
