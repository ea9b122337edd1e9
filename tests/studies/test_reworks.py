"""Reworks: sent back to one annotator, first in their queue, closed by the revision that saw them."""

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from annotator.events.models import Event
from annotator.studies.errors import ReworkRefused, StaleRevision, StudyClosed
from annotator.studies.models import Assignment, Case, Membership, Rework
from annotator.studies.selectors.adjudication_queue import next_undecided, undecided_cases
from annotator.studies.selectors.history import case_history
from annotator.studies.selectors.reworks import open_reworks, rework_of, reworks_of
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.services import (
    assignment_choose_blind,
    case_prefetch,
    member_add,
    member_deactivate,
    member_reactivate,
    practice_set,
    rework_request,
    rework_withdraw,
    study_close,
)
from tests.cast import World, make_world
from tests.studies.annotating import held_by, submit
from tests.studies.test_adjudications import decide, judged, reload
from tests.studies.test_queue import at_once, crowd


def send_back(assignment: Assignment, author: User, **fields) -> Rework:
    return rework_request(
        assignment=assignment, author=author, **{"note": "Count the commas again.", "base_revision": 1, **fields}
    )


@pytest.fixture
def judged_case(world: World, alice: User) -> Assignment:
    assignment = held_by(world.study, alice)
    submit(assignment, label="hurt")
    assignment.refresh_from_db()
    return assignment


def test_a_case_that_is_sent_back_comes_first_in_its_annotators_queue_before_the_held_one(
    world: World, judged_case: Assignment, alice: User, lena: User
) -> None:
    held = held_by(world.study, alice)
    send_back(judged_case, lena)
    assert held_by(world.study, alice) == judged_case
    rework = Rework.objects.get()
    submit(judged_case, base_revision=1, label="helped", rework=rework.pk)
    assert held_by(world.study, alice) == held
    assert list(reworks_of(alice)) == []


def test_nobody_elses_queue_changes(world: World, judged_case: Assignment, bob: User, lena: User) -> None:
    send_back(judged_case, lena)
    assert held_by(world.study, bob).case_id != judged_case.case_id


def test_the_annotation_counts_until_it_is_revised_and_then_the_revision_does(
    alice: User, bob: User, carol: User
) -> None:
    study = make_world(overlap=2).study
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator")):
        member_add(study=study, user=person, role=role)
    case, (alices, _bobs) = judged(study, {"label": "hurt"}, {"label": "helped"})
    alices.refresh_from_db()
    rework = send_back(alices, carol)
    assert (reload(case).submissions, reload(case).undecided) == (2, True)
    submit(alices, base_revision=1, label="helped", rework=rework.pk)
    assert case.adjudications.get().label == "helped"  # by rule: the two agree now
    assert not reload(case).undecided
    kinds = list(Event.objects.filter(kind__startswith="rework.").values_list("kind", flat=True))
    assert kinds == ["rework.requested", "rework.finished"]
    story = [(event.kind, getattr(event.row, "note", "")) for event in case_history(reload(case)).events]
    assert ("sent_back", "Count the commas again.") in story


def test_a_revision_from_a_page_that_did_not_show_the_rework_leaves_it_open(
    world: World, judged_case: Assignment, alice: User, lena: User
) -> None:
    send_back(judged_case, lena)
    submit(judged_case, base_revision=1)
    assert held_by(world.study, alice) == judged_case
    assert Rework.objects.get().closed_at is None


def test_the_page_shows_the_note_and_the_number_that_its_submission_closes(
    world: World, judged_case: Assignment, lena: User
) -> None:
    assert case_sheet(judged_case).rework is None
    rework = send_back(judged_case, lena)
    assert case_sheet(judged_case).rework == rework == rework_of(judged_case)


def test_the_same_request_twice_is_one_and_another_one_waits_for_the_first(
    judged_case: Assignment, lena: User, carol: User
) -> None:
    first = send_back(judged_case, lena)
    assert send_back(judged_case, lena) == first
    with pytest.raises(ReworkRefused, match="sent back to them already"):
        send_back(judged_case, carol, note="And the capitals.")
    rework_withdraw(rework=first)
    rework_withdraw(rework=first)
    assert send_back(judged_case, carol, note="And the capitals.") != first
    assert Event.objects.filter(kind="rework.withdrawn").count() == 1


def test_what_cannot_be_revised_is_not_sent_back(
    world: World, judged_case: Assignment, alice: User, bob: User, lena: User
) -> None:
    with pytest.raises(ReworkRefused, match="Say in a few words"):
        send_back(judged_case, lena, note="  ")
    with pytest.raises(ReworkRefused, match="2001 characters; at most 2000"):
        send_back(judged_case, lena, note="n" * 2001)
    with pytest.raises(ReworkRefused, match="no annotation of this annotator"):
        send_back(held_by(world.study, bob), lena, base_revision=0)
    with pytest.raises(StaleRevision, match="revised meanwhile"):
        send_back(judged_case, lena, base_revision=2)
    membership = Membership.objects.get(user=alice)
    member_deactivate(membership=membership, by=lena, reason="On leave.")
    with pytest.raises(ReworkRefused, match="has left the study"):
        send_back(judged_case, lena)
    member_reactivate(membership=membership, by=lena)
    judged_case.case.study = study_close(study=world.study)
    with pytest.raises(StudyClosed, match="open it again first"):
        send_back(judged_case, lena)


def test_practice_is_not_sent_back(world: World, alice: User, lena: User) -> None:
    practice_set(case=world.study.cases.first(), label="hurt", patterns=[], feedback="")
    practised = held_by(world.study, alice)
    submit(practised)
    with pytest.raises(ReworkRefused, match="for practice"):
        send_back(practised, lena)


def test_a_prefetched_case_waits_behind_it(world: World, judged_case: Assignment, alice: User, lena: User) -> None:
    held = held_by(world.study, alice)
    prefetched = case_prefetch(study=world.study, annotator=alice)
    rework = send_back(judged_case, lena)
    submit(held)
    assert held_by(world.study, alice) == judged_case
    submit(judged_case, base_revision=1, rework=rework.pk)
    assert held_by(world.study, alice) == prefetched


def test_an_undecided_case_that_is_sent_back_is_marked_and_offered_last(alice: User, bob: User, carol: User) -> None:
    study = make_world(overlap=2).study
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator")):
        member_add(study=study, user=person, role=role)
    first, (alices, _bobs) = judged(study, {"label": "hurt"}, {"label": "helped"})
    second, _ = judged(study, {"label": "hurt"}, {"label": "helped"})
    send_back(alices, carol)
    assert next_undecided(study, reader=carol) == second
    assert next_undecided(study, reader=carol, after=second) == first
    assert {row.case: row.sent_back for row in undecided_cases(study)} == {first: True, second: False}
    decide(first, carol)
    assert list(open_reworks([study])) == list(Rework.objects.all())  # a decision takes no request back


def test_what_is_sent_back_to_somebody_who_left_waits_for_nobody(
    world: World, judged_case: Assignment, alice: User, lena: User
) -> None:
    send_back(judged_case, lena)
    member_deactivate(membership=Membership.objects.get(user=alice), by=lena, reason="On leave.")
    assert list(open_reworks([world.study])) == []


def test_a_hidden_check_is_not_sent_back(world: World, judged_case: Assignment, lena: User) -> None:
    Case.objects.filter(pk=judged_case.case_id).update(known_label="hurt", complete=True)
    with pytest.raises(ReworkRefused, match="hidden check"):
        send_back(judged_case, lena)


@pytest.mark.django_db(transaction=True)
def test_of_a_rework_and_a_revision_at_once_either_the_note_or_the_revision_was_read() -> None:
    world = make_world()
    lead, annotator = crowd(world, 2)
    for _ in range(3):
        assignment = held_by(world.study, annotator)
        submit(assignment)
        assignment = Assignment.objects.select_related("case__study", "annotator").get(pk=assignment.pk)
        acts = [
            lambda assignment=assignment: send_back(assignment, lead),
            lambda assignment=assignment: submit(assignment, base_revision=1, label="hurt"),
        ]
        failures = at_once(lambda act: act(), acts)
        assert assignment.annotations.count() == 2
        open_ones = Rework.objects.filter(case=assignment.case, closed_at=None).count()
        # The lead had read revision 1: either the request came first and is still open, or it was refused.
        assert [type(failure) for failure in failures] == ([] if open_ones else [StaleRevision])
        Rework.objects.update(closed_at="2026-01-01T00:00:00Z")


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_send_a_case_back_once() -> None:
    world = make_world()
    annotator, *leads = crowd(world, 3)
    assignment = held_by(world.study, annotator)
    submit(assignment)
    assignment = Assignment.objects.select_related("case__study", "annotator").get(pk=assignment.pk)
    failures = at_once(lambda lead: send_back(assignment, lead, note=f"By {lead}."), leads)
    assert [type(failure) for failure in failures] == [ReworkRefused]
    assert Rework.objects.count() == 1


def test_the_blind_choice_stays_when_a_case_is_sent_back(world: World, judged_case: Assignment, lena: User) -> None:
    choice = judged_case.blind_choice
    send_back(judged_case, lena)
    with transaction.atomic():
        assert assignment_choose_blind(assignment=judged_case, choice=choice).blind_choice == choice
