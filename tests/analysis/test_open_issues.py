"""Open issues: flags until they are settled, disputes until they are withdrawn or decided."""

import pytest
from django.utils import timezone

from annotator.analysis.open_issues import MOST_SHOWN, disputed_verdicts, flagged_cases
from annotator.runs.models import Verdict
from annotator.studies.models import Adjudication, Dispute, Flag, Membership
from tests.analysis.annotations import assign, judge
from tests.releases.bulk import bulk_study

pytestmark = pytest.mark.django_db


def dispute(annotation, reason="It counts the comma in 1,000."):
    case = annotation.assignment.case
    verdict = Verdict.objects.get(generation=case.first, constraint__position=0, scope="answer")
    return Dispute.objects.create(annotation=annotation, verdict=verdict, reason=reason)


def test_open_flags_are_listed_newest_first_under_pseudonyms(world, alice, bob):
    names = dict(Membership.objects.values_list("user__username", "pseudonym"))
    Flag.objects.create(assignment=assign(world.study, "rain", alice), reason="Is this a joke?")
    Flag.objects.create(assignment=assign(world.study, "tea", bob), reason="Both are wrong.")
    Flag.objects.create(assignment=assign(world.study, "moon", bob), reason="Settled.", settled_at=timezone.now())
    issues = flagged_cases(world.study)
    assert [(flag.reason, flag.pseudonym) for flag in issues.rows] == [
        ("Both are wrong.", names["bob"]),
        ("Is this a joke?", names["alice"]),
    ]
    tea = world.study.cases.get(prompt__key="tea")
    assert (issues.total, issues.rows[0].case_id, issues.rows[0].prompt) == (2, tea.pk, tea.prompt.text)


def test_a_dispute_lists_its_verdict(world, alice):
    dispute(judge(world.study, "rain", alice))
    (row,) = disputed_verdicts(world.study).rows
    assert (row.run_id, row.position) == (world.first_run.pk, 0)
    assert row.case_id == world.study.cases.get(prompt__key="rain").pk
    assert (row.kind, row.obeyed) == ("punctuation:no_comma", False)
    assert row.reason == "It counts the comma in 1,000."


def test_a_revision_without_the_dispute_withdraws_it(world, alice):
    dispute(judge(world.study, "rain", alice))
    judge(world.study, "rain", alice)
    assert disputed_verdicts(world.study).total == 0
    dispute(judge(world.study, "rain", alice), "It still does.")
    assert [row.reason for row in disputed_verdicts(world.study).rows] == ["It still does."]


def test_a_dispute_is_settled_by_a_persons_later_decision_and_by_no_rule(world, alice, carol):
    case = dispute(judge(world.study, "rain", alice)).annotation.assignment.case
    Adjudication.objects.create(case=case, revision=1, label="helped", reason="All agreed.")
    assert disputed_verdicts(world.study).total == 1
    Adjudication.objects.create(case=case, revision=2, label="hurt", reason="A comma it is.", author=carol)
    assert disputed_verdicts(world.study).total == 0
    dispute(judge(world.study, "rain", alice), "Look again.")
    assert [row.reason for row in disputed_verdicts(world.study).rows] == ["Look again."]


def test_many_are_counted_and_the_newest_shown(alice, django_assert_max_num_queries):
    study = bulk_study(MOST_SHOWN + 2)
    study.memberships.create(user=alice, role=Membership.Role.ANNOTATOR, pseudonym="azure-1")
    for number in range(MOST_SHOWN + 2):
        annotation = judge(study, str(number), alice)
        dispute(annotation, f"wrong on {number}")
        Flag.objects.create(assignment=annotation.assignment, reason="?")
    with django_assert_max_num_queries(3):
        issues = disputed_verdicts(study)
    assert (len(issues.rows), issues.total) == (MOST_SHOWN, MOST_SHOWN + 2)
    assert issues.rows[0].reason == f"wrong on {MOST_SHOWN + 1}"
    with django_assert_max_num_queries(3):
        assert len(flagged_cases(study).rows) == MOST_SHOWN


def test_another_studys_concerns_are_not_listed(world, alice):
    other = bulk_study(1)
    Flag.objects.create(assignment=assign(other, "0", alice), reason="Elsewhere.")
    dispute(judge(other, "0", alice))
    assert flagged_cases(world.study).total == disputed_verdicts(world.study).total == 0
