"""Members leave: access ends at once, nothing is lost, and what counts afterwards is the lead's choice everywhere."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator import access
from annotator.analysis.agreement import study_agreement
from annotator.analysis.annotators import annotator_rows
from annotator.analysis.counted_annotations import blind_choices, counted_annotations
from annotator.analysis.open_issues import flagged_cases
from annotator.analysis.progress import case_counts, throughput
from annotator.events.models import Event
from annotator.exemplars.selectors.reasons import reasons_of
from annotator.releases.annotations import Selection, annotation_lines
from annotator.studies.errors import MemberRefused, NotAMember, StudyRefused
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Draft, Membership, Practice
from annotator.studies.selectors.blinded_annotations import newest_annotations
from annotator.studies.selectors.case_search import CaseQuery, case_search
from annotator.studies.selectors.differences import differences
from annotator.studies.selectors.gold import gold_of
from annotator.studies.selectors.members import member_counts
from annotator.studies.selectors.skipped_cases import cases_with_skips, skipped_cases
from annotator.studies.selectors.study_overview import study_overview
from annotator.studies.selectors.waiting import waiting_of
from annotator.studies.services import (
    adjudication_decide,
    assignment_renew,
    assignment_skip,
    case_next,
    case_prefetch,
    draft_save,
    flag_raise,
    member_add,
    member_deactivate,
    member_reactivate,
)
from tests.cast import make_world
from tests.releases.bulk import bulk_study
from tests.studies.annotating import submit
from tests.studies.leaving import leave, member
from tests.studies.test_queue import at_once


def gold_labels(world):
    ids = list(world.study.cases.values_list("pk", flat=True))
    return {case_id: gold.label for case_id, gold in gold_of(ids).items()}


def figures(world):
    """The number of counted annotations as each part of the system says it."""
    study = access.study_led_by(User.objects.get(username="lena"), world.study.slug)
    lines = [json.loads(line) for line in annotation_lines(study)]
    assert study_overview(study).with_gold == len(gold_labels(world))
    agreement, days = study_agreement(study), throughput(study, timezone.now() + timedelta(seconds=1)).days
    return {
        "counted": len(counted_annotations(study)),
        "export": sum(line["is_latest"] for line in lines),
        "people": sum(row.counts.judged for row in annotator_rows(study)),
        "blind": blind_choices(study).count(),
        "sides": sum(study_overview(study).sides.values()),
        "agreement": agreement.annotations,
        "position bias": agreement.blind.position.left_share.n,
        "submissions": sum(world.study.cases.values_list("submissions", flat=True)),
        "first submissions": sum(bucket.annotations for bucket in days),
    }


def test_a_deactivated_member_opens_nothing_any_more(pair, bob, lena):
    judged = Assignment.objects.filter(annotator=bob).first()
    leave(pair, bob, lena)
    with pytest.raises(Http404):
        access.study_for(bob, pair.study.slug)
    with pytest.raises(Http404):
        access.assignment_to_read(bob, judged.case_id)
    with pytest.raises(Http404):
        access.assignment_for(bob, judged.case_id)
    with pytest.raises(NotAMember, match="was deactivated"):
        case_next(study=pair.study, annotator=bob)
    with pytest.raises(NotAMember, match="was deactivated"):
        submit(judged)


@pytest.mark.parametrize("role", ["lead", "adjudicator", "curator"])
def test_a_deactivated_role_decides_and_leads_nothing(pair, carol, lena, role):
    member_add(study=pair.study, user=carol, role=role)
    assert access.studies_of(carol).exists()
    leave(pair, carol, lena)
    for studies in (access.studies_of, access.studies_led_by, access.studies_adjudicated_by, access.studies_curated_by):
        assert not studies(carol).exists()
    assert not access.is_lead(carol)


def test_their_open_cases_go_back_to_the_queue_at_once_and_their_draft_stays(world, alice, bob, lena):
    held = case_next(study=world.study, annotator=alice)
    prefetched = case_prefetch(study=world.study, annotator=alice)
    draft_save(assignment=held, version=0, content={"note": "half a thought"}, base_revision=0)
    change = leave(world, alice, lena)
    assert change.released == 2
    assert not Assignment.objects.filter(pk=prefetched.pk).exists()
    assert Draft.objects.get(assignment=held).content["note"] == "half a thought"
    bobs = set()
    while (assignment := case_next(study=world.study, annotator=bob)) is not None:
        bobs.add(assignment.case_id)
        submit(assignment)
    assert {held.case_id, prefetched.case_id} <= bobs
    with pytest.raises(NotAMember):
        assignment_renew(assignment=held)


def test_kept_annotations_count_as_before_and_the_export_says_why_their_author_left(pair, bob, lena):
    before, gold = figures(pair), gold_labels(pair)
    leave(pair, bob, lena, left_out=False)
    assert figures(pair) == before
    assert gold_labels(pair) == gold
    study = access.study_led_by(lena, pair.study.slug)
    why = {line["annotator"]: line["deactivated"] for line in map(json.loads, annotation_lines(study))}
    bobs = why.pop(member(pair, bob).pseudonym)
    assert (bobs["reason"], bobs["left_out"]) == ("Moved on.", False)
    assert set(why.values()) == {None}


def test_who_is_left_out_counts_in_no_figure_and_all_figures_agree(pair, alice, bob, lena):
    before = figures(pair)
    assert set(before.values()) == {8}
    leave(pair, bob, lena, left_out=True)
    assert set(figures(pair).values()) == {4}
    assert {row.annotator_id for row in counted_annotations(pair.study)} == {alice.pk}
    assert gold_labels(pair) == {}, "one annotation of two is no agreement"
    assert Annotation.objects.count() == 8, "nothing is deleted"
    assert not any(difference.labels for difference in differences(pair.study.cases.values_list("pk")).values())
    hurt = CaseQuery(label="hurt")
    assert case_search(pair.study, hurt).cases == []
    assert len(case_search(pair.study, CaseQuery(label="hurt", annotator=bob.pk)).cases) == 1
    cases = list(pair.study.cases.select_related("prompt", "second"))
    assert {reasons.basis for reasons in reasons_of(cases, {case.pk: case.second for case in cases}).values()} == {
        "verdicts"
    }


def test_flags_and_skips_of_who_is_left_out_wait_nowhere_and_come_back_with_them(alice, bob, lena):
    world = make_world("flagging", overlap=2)
    for person, role in ((lena, "lead"), (alice, "annotator"), (bob, "annotator")):
        member_add(study=world.study, user=person, role=role)
    held = case_next(study=world.study, annotator=bob)
    flag_raise(assignment=held, reason="Two readings.")
    assignment_skip(assignment=held, reason="I wrote it.")
    assert waits(world) == {"flags": (1, 1, 1, 1), "skips": (1, 1, 1, 1)}
    leave(world, bob, lena, left_out=True)
    assert waits(world) == {"flags": (0, 0, 0, 0), "skips": (0, 0, 0, 0)}
    member_reactivate(membership=member(world, bob), by=lena)
    assert waits(world) == {"flags": (1, 1, 1, 1), "skips": (1, 1, 1, 1)}


def waits(world):
    """The numbers of open flags and of skips as the dashboard, home, lists and the export say them."""
    study = access.study_led_by(User.objects.get(username="lena"), world.study.slug)
    lines = [json.loads(line) for line in annotation_lines(study, Selection(extras=frozenset({"skips", "flags"})))]
    home, flagged = waiting_of([study])[study.pk], CaseQuery(concern="flagged")
    return {
        "flags": (
            flagged_cases(study).total,
            home.flags,
            len(case_search(study, flagged).cases),
            sum(line["record"] == "flag" for line in lines),
        ),
        "skips": (
            sum(row.counts.skipped for row in annotator_rows(study)),
            home.skipped,
            sum(len(row.skips) for row in skipped_cases(study, cases_with_skips(study))),
            sum(line["record"] == "skip" for line in lines),
        ),
    }


def test_a_case_that_was_given_back_is_open_nowhere(world, alice, lena):
    case_next(study=world.study, annotator=alice)
    assert open_cases(world, alice) == (1, 1, 1)
    leave(world, alice, lena)
    assert open_cases(world, alice) == (0, 0, 0)


def open_cases(world, person):
    """The number of cases that somebody holds as the dashboard, the study's page and the member's page say it."""
    (row,) = [row for row in annotator_rows(world.study) if row.pseudonym == member(world, person).pseudonym]
    (listed,) = [row for row in study_overview(world.study).members if row.username == person.username]
    return row.counts.held, listed.held, member_counts(member(world, person)).held


def test_left_out_annotations_are_exported_on_request_with_the_reason(pair, bob, lena):
    leave(pair, bob, lena, left_out=True)
    study = access.study_led_by(lena, pair.study.slug)
    lines = [json.loads(line) for line in annotation_lines(study, Selection(extras=frozenset({"left_out"})))]
    assert len(lines) == 8
    left_out = [line for line in lines if line["deactivated"]]
    assert len(left_out) == 4
    assert all(line["deactivated"]["left_out"] and line["deactivated"]["reason"] == "Moved on." for line in left_out)


def test_gold_by_the_rule_is_withdrawn_with_a_note_and_the_case_waits_for_an_adjudicator(pair, bob, lena):
    agreed = set(gold_labels(pair))
    change = leave(pair, bob, lena, left_out=True)
    assert change.gold_changed == len(agreed) == 3
    for case in Case.objects.filter(pk__in=agreed):
        newest = case.adjudications.order_by("-revision").first()
        assert (newest.label, newest.author) == ("", None)
        assert "an annotator was left out" in newest.reason
        assert (case.complete, case.undecided) == (True, True)
    decided = Event.objects.filter(kind="gold.decided", payload__label="")
    assert decided.count() == 3


def test_a_persons_decision_stays(pair, bob, lena):
    case = pair.study.cases.select_related("study", "prompt", "first", "second").get(undecided=True)
    decision = {"label": "hurt", "patterns": [], "other_text": "", "spans": [], "reason": "Bob is right."}
    adjudication_decide(case=case, author=lena, base_revision=0, **decision)
    leave(pair, bob, lena, left_out=True, hand_out_again=True)
    assert gold_labels(pair) == {case.pk: "hurt"}


def test_their_judged_cases_are_handed_out_again_on_request(pair, alice, bob, carol, lena):
    change = leave(pair, bob, lena, left_out=True, hand_out_again=True)
    assert (change.judged, change.reopened) == (4, 4)
    counts = case_counts(pair.study)
    assert (counts.complete, counts.partly, counts.annotations_left) == (0, 4, 4)
    assert not pair.study.cases.filter(undecided=True).exists()
    assert case_next(study=pair.study, annotator=alice) is None, "she has judged them already"
    member_add(study=pair.study, user=carol, role="annotator")
    while (assignment := case_next(study=pair.study, annotator=carol)) is not None:
        submit(assignment, label="helped", seconds=40)
    assert set(gold_labels(pair).values()) == {"helped"}
    assert len(gold_labels(pair)) == 4
    assert set(figures(pair).values()) == {8}


def test_kept_annotations_can_be_handed_out_again_too_and_then_count_beside_the_new_ones(pair, bob, carol, lena):
    leave(pair, bob, lena, left_out=False, hand_out_again=True)
    assert case_counts(pair.study).annotations_left == 4
    member_add(study=pair.study, user=carol, role="annotator")
    while (assignment := case_next(study=pair.study, annotator=carol)) is not None:
        submit(assignment, label="helped", seconds=40)
    assert set(figures(pair).values()) == {12}
    assert set(pair.study.cases.values_list("complete", flat=True)) == {True}


def test_who_is_left_out_takes_no_place_in_an_incomplete_case(pair, alice, bob, carol, lena):
    world = make_world("half", overlap=2)
    for person, role in ((lena, "lead"), (bob, "annotator"), (alice, "annotator"), (carol, "annotator")):
        member_add(study=world.study, user=person, role=role)
    submitted = case_next(study=world.study, annotator=bob)
    submit(submitted)
    leave(world, bob, lena, left_out=True)
    for person in (alice, carol):
        while (assignment := case_next(study=world.study, annotator=person)) is not None:
            submit(assignment)
    case = Case.objects.get(pk=submitted.case_id)
    assert (case.submissions, case.complete) == (2, True)


def test_a_reactivated_member_is_as_before(pair, bob, lena):
    before, gold = figures(pair), gold_labels(pair)
    leave(pair, bob, lena, left_out=True, hand_out_again=True)
    member_reactivate(membership=member(pair, bob), by=lena)
    assert figures(pair) == before
    assert gold_labels(pair) == gold
    assert set(pair.study.cases.values_list("complete", flat=True)) == {True}
    assert pair.study.cases.filter(undecided=True).count() == 1
    assert access.study_for(bob, pair.study.slug)
    assert (member(pair, bob).deactivation_reason, member(pair, bob).left_out) == ("", False)


def test_leaving_and_return_cost_the_same_statements_for_any_number_of_cases(alice, bob, lena):
    """One member may have judged thousands; gold by the rule with evidence and patterns is what it was before."""
    counts = []
    for n in (6, 30):
        study = bulk_study(n, slug=f"bulk{n}", overlap=2)
        for person, role in ((lena, "lead"), (alice, "annotator"), (bob, "annotator")):
            member_add(study=study, user=person, role=role)
        span = {"text": "prompt", "start": 0, "end": 5, "pattern": "", "quote": "Write"}
        for person in (alice, bob):
            while (assignment := case_next(study=study, annotator=person)) is not None:
                submit(assignment, label="hurt", patterns=["neglected"], spans=[span])
        before = decided(study)
        membership = study.memberships.get(user=bob)
        with CaptureQueriesContext(connection) as leaving:
            member_deactivate(membership=membership, by=lena, reason="Moved on.", left_out=True)
        assert set(decided(study).values()) == {("", 0, 0)}
        with CaptureQueriesContext(connection) as returning:
            member_reactivate(membership=membership, by=lena)
        assert decided(study) == before
        assert set(before.values()) == {("hurt", 1, 1)}
        assert Event.objects.filter(kind="gold.decided").count() == 3 * n
        QuerySet(Event).delete()  # not through the manager, which refuses it
        counts.append((len(leaving), len(returning)))
    assert counts[0] == counts[1]


def decided(study):
    """case id -> label, number of patterns and of spans of its newest decision."""
    rows = Adjudication.objects.filter(case__study=study).order_by("revision")
    return {row.case_id: (row.label, row.patterns.count(), len(row.spans)) for row in rows}


def test_the_choice_can_be_changed_afterwards(pair, bob, lena):
    leave(pair, bob, lena, left_out=True)
    at = member(pair, bob).deactivated_at
    leave(pair, bob, lena, left_out=False)
    assert set(figures(pair).values()) == {8}
    assert member(pair, bob).deactivated_at == at


def test_cached_agreement_turns_with_the_choice(pair, alice, bob, lena):
    figures(pair)
    leave(pair, bob, lena, left_out=True)
    without_bob = study_agreement(pair.study)
    member_reactivate(membership=member(pair, bob), by=lena)
    leave(pair, alice, lena, left_out=True)
    assert study_agreement(pair.study) is not without_bob
    assert {row.annotator_id for row in counted_annotations(pair.study)} == {bob.pk}


def test_the_other_annotator_keeps_their_letter(pair, alice, bob, lena):
    case = pair.study.cases.first()
    before = {row.assignment.annotator_id: letter for letter, row in newest_annotations(case.pk).items()}
    leave(pair, bob, lena, left_out=True)
    after = {row.assignment.annotator_id: letter for letter, row in newest_annotations(case.pk).items()}
    assert after == {alice.pk: before[alice.pk]}


def test_a_revision_after_somebody_was_left_out_makes_no_gold_of_one_annotation(pair, alice, bob, lena):
    leave(pair, bob, lena, left_out=True)
    submit(Assignment.objects.filter(annotator=alice).first(), label="hurt")
    assert gold_labels(pair) == {}


def test_practice_and_checks_are_left_out_of_the_export_and_never_handed_out_again(pair, bob, lena):
    practice, check = pair.study.cases.order_by("pk")[:2]
    Practice.objects.create(case=practice, label="helped")
    Case.objects.filter(pk=check.pk).update(known_label="helped")
    change = leave(pair, bob, lena, left_out=True, hand_out_again=True)
    assert (change.judged, change.reopened) == (2, 2)
    assert set(Case.objects.filter(pk__in=[practice.pk, check.pk]).values_list("complete", flat=True)) == {True}
    study = access.study_led_by(lena, pair.study.slug)
    authors = {line["annotator"] for line in map(json.loads, annotation_lines(study))}
    assert member(pair, bob).pseudonym not in authors


def test_the_event_keeps_who_and_why(pair, bob, lena):
    leave(pair, bob, lena, left_out=True, hand_out_again=True)
    event = Event.objects.get(kind="membership.deactivated")
    assert (event.actor, event.study) == (lena, pair.study.pk)
    assert event.payload == {
        "study": "pair",
        "member": member(pair, bob).pseudonym,
        "reason": "Moved on.",
        "left_out": True,
        "released": 0,
        "judged": 4,
        "reopened": 4,
        "gold_changed": 3,
    }


@pytest.mark.parametrize(("reason", "sentence"), [("  ", "Say in a few words"), ("x" * 501, "at most 500")])
def test_a_reason_is_needed(pair, bob, lena, reason, sentence):
    with pytest.raises(MemberRefused, match=sentence):
        member_deactivate(membership=member(pair, bob), by=lena, reason=reason)
    assert member(pair, bob).deactivated_at is None


def test_the_database_keeps_no_deactivation_without_a_reason(pair, bob):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user=bob).update(left_out=True)


def test_a_deactivated_member_is_not_added_again_by_the_way(pair, bob, lena):
    leave(pair, bob, lena)
    with pytest.raises(StudyRefused, match="reactivate them"):
        member_add(study=pair.study, user=bob, role="annotator")


@pytest.mark.django_db(transaction=True)
def test_a_submission_at_the_same_moment_is_counted_wholly_or_refused():
    for attempt in range(6):
        world = make_world(f"submitting{attempt}")
        lead, person = (User.objects.create_user(f"{name}{attempt}") for name in ("lead", "person"))
        member_add(study=world.study, user=lead, role="lead")
        member_add(study=world.study, user=person, role="annotator")
        held = case_next(study=world.study, annotator=person)

        def act(who, world=world, held=held, lead=lead, person=person):
            if who == lead:
                leave(world, person, lead, left_out=True)
            else:
                submit(held)

        failures = at_once(act, [lead, person])
        assert [type(failure) for failure in failures] in ([], [NotAMember])
        case, assignment = Case.objects.get(pk=held.case_id), Assignment.objects.get(pk=held.pk)
        assert assignment.left_out
        assert case.submissions == 0
        assert gold_of([case.pk]) == {}
        assert (assignment.status == "submitted") == (not failures)


@pytest.mark.django_db(transaction=True)
def test_the_next_case_at_the_same_moment_is_given_back_or_refused():
    for attempt in range(6):
        world = make_world(f"next{attempt}")
        lead, person = (User.objects.create_user(f"{name}{attempt}") for name in ("lead", "person"))
        member_add(study=world.study, user=lead, role="lead")
        member_add(study=world.study, user=person, role="annotator")

        def act(who, world=world, lead=lead, person=person):
            if who == lead:
                leave(world, person, lead)
            else:
                case_next(study=world.study, annotator=person)

        at_once(act, [lead, person])
        taken = Assignment.objects.filter(case__study=world.study, lease_until__gt=timezone.now())
        assert not taken.exists()
