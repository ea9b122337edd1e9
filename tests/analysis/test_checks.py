"""Accuracy on hidden checks, and that what is said about them is in no other figure."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator import access
from annotator.analysis.agreement import study_agreement
from annotator.analysis.annotators import annotator_rows
from annotator.analysis.checks import check_accuracy, check_count
from annotator.analysis.progress import case_counts
from annotator.analysis.results.cases import pattern_results
from annotator.releases.annotations import annotation_lines
from annotator.studies.models import Assignment, Case, Membership, Study
from annotator.studies.selectors.case_search import CaseQuery, case_search
from annotator.studies.selectors.gold import gold_of
from annotator.studies.selectors.study_overview import study_overview
from annotator.studies.services import case_next, check_set, member_add, study_check_every
from tests.releases.bulk import bulk_study
from tests.studies.annotating import submit


@pytest.fixture
def study(alice: User, bob: User, lena: User) -> Study:
    """20 cases with an overlap of 2, 4 of them checks; alice labels all "hurt", bob all "helped"."""
    study = bulk_study(20, overlap=2)
    member_add(study=study, user=lena, role=Membership.Role.LEAD)
    for case, choice in zip(study.cases.order_by("pk")[:4], ["first", "first", "second", ""], strict=True):
        check_set(case=case, label="hurt", choice=choice)
    study_check_every(study=study, every=4)
    for person, label in ((alice, "hurt"), (bob, "helped")):
        member_add(study=study, user=person, role=Membership.Role.ANNOTATOR)
        while (held := case_next(study=study, annotator=person)) is not None:
            Assignment.objects.filter(pk=held.pk).update(second_is_left=False)
            held.second_is_left = False
            submit(held, label=label, patterns=["neglected"])  # chooses left: the first
    return study


def test_accuracy_is_the_share_of_known_labels_with_wilsons_interval(study: Study, alice: User, bob: User) -> None:
    accuracy = check_accuracy(study)
    hers, his = accuracy[alice.pk].label, accuracy[bob.pk].label
    assert (hers.value, hers.n, his.value, his.n) == (1.0, 4, 0.0, 4)
    assert hers.low == pytest.approx(0.5101, abs=1e-4)  # 1 / (1 + z^2 / n)
    assert his.high == pytest.approx(1 - 0.5101, abs=1e-4)


def test_blind_choices_are_compared_where_the_lead_said_which_answer_obeys_better(study: Study, alice: User) -> None:
    choice = check_accuracy(study)[alice.pk].choice
    assert (choice.value, choice.n) == (pytest.approx(2 / 3), 3)
    Assignment.objects.filter(annotator=alice).update(blind=False)
    assert check_accuracy(study)[alice.pk].choice.n == 0


def test_the_newest_revision_is_compared(study: Study, bob: User) -> None:
    check = Assignment.objects.exclude(case__known_label="").filter(annotator=bob).first()
    assert check is not None
    submit(Assignment.objects.select_related("case__study", "annotator").get(pk=check.pk), label="hurt")
    assert check_accuracy(study)[bob.pk].label.value == 0.25


def test_annotations_of_checks_are_in_no_agreement_gold_result_count_or_filter(study: Study, alice: User) -> None:
    counted = set(study.cases.filter(known_label="").values_list("pk", flat=True))
    assert study_agreement(study).cases == len(counted) == 16
    assert not set(gold_of(study.cases.values_list("pk", flat=True))) - counted
    assert case_counts(study).total == 16
    overview = study_overview(study)
    assert overview.cases == 16
    assert (overview.with_gold, overview.without_gold) == (0, 16)
    (neglected,) = [row for row in pattern_results(study) if row.slug == "neglected"]
    assert neglected.labels["hurt"] == 16
    found = case_search(study, CaseQuery(label="hurt", pattern="neglected"), limit=50)
    assert {case.pk for case in found.cases} == counted
    assert {row.counts.judged for row in annotator_rows(study) if row.checks} == {16}


def test_leads_find_the_checks_and_read_the_accuracy_on_the_dashboard(study: Study, lena: User, client: Client) -> None:
    client.force_login(lena)
    assert check_count(study) == 4
    html = client.get(f"/studies/{study.slug}/cases/?concern=check").content.decode()
    assert html.count(">hidden check</a>") == 4
    dashboard = client.get(f"/studies/{study.slug}/dashboard/numbers/").content.decode()
    assert "Right on hidden checks" in dashboard
    assert "One of 4 cases that an annotator gets is one." in dashboard
    Case.objects.filter(study=study).update(known_label="", known_choice="")
    assert "hidden check" not in client.get(f"/studies/{study.slug}/dashboard/numbers/").content.decode()


def test_the_export_has_the_annotations_of_checks_marked_and_without_gold(study: Study, lena: User) -> None:
    lines = [json.loads(line) for line in annotation_lines(access.study_led_by(lena, study.slug))]
    checks = [line for line in lines if line["check"]]
    assert (len(lines), len(checks)) == (40, 8)
    assert {line["known_answer"]["label"] for line in checks} == {"hurt"}
    assert {line["known_answer"]["blind_choice"] for line in checks} == {"first", "second", None}
    assert [line["gold"] for line in checks] == [None] * 8
    assert all(line["known_answer"] is None for line in lines if not line["check"])
