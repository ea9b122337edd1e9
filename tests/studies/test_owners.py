"""Owners hand studies over and make leads; readers read, and label nothing."""

from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from annotator import access
from annotator.analysis.agreement import study_agreement
from annotator.studies.errors import MemberRefused, NotAMember
from annotator.studies.models import Membership
from annotator.studies.services import (
    account_close,
    assignment_choose_blind,
    case_next,
    member_add,
    member_reactivate,
    study_hand_over,
)
from tests.cast import make_world
from tests.studies.annotating import submit
from tests.studies.leaving import leave
from tests.studies.test_queue import at_once


def test_the_first_lead_owns_the_study_and_can_neither_leave_nor_be_demoted(pair, carol, lena):
    assert pair.study.memberships.get(role="owner").user == lena
    member_add(study=pair.study, user=carol, role="lead")
    with pytest.raises(MemberRefused, match="lena owns study 'pair'; hand it over"):
        leave(pair, lena, lena)
    with pytest.raises(MemberRefused, match="lena owns study 'pair'; hand it over"):
        member_add(study=pair.study, user=lena, role="annotator")
    with pytest.raises(MemberRefused, match="lena owns study 'pair'; hand it over"):
        account_close(user=lena, by=carol)


def test_a_study_that_is_handed_over_keeps_its_former_owner_as_a_lead(pair, alice, carol, lena):
    member_add(study=pair.study, user=carol, role="lead")
    alices = pair.study.memberships.get(user=alice)
    with pytest.raises(MemberRefused, match="Only its owner hands study 'pair' over"):
        study_hand_over(membership=alices, by=carol)
    assert study_hand_over(membership=alices, by=lena).role == "owner"
    assert pair.study.memberships.get(user=lena).role == "lead"
    assert pair.study.memberships.get(user=alice).unblinded_at is not None
    leave(pair, lena, lena)
    assert access.may(alice, "own", pair.study)
    assert not access.may(lena, "open", pair.study)


def test_a_study_is_handed_over_to_nobody_who_cannot_open_it(pair, bob, carol, lena):
    leave(pair, bob, lena)
    member_add(study=pair.study, user=carol, role="lead")
    carol.is_active = False
    carol.save()
    for person in (bob, carol):
        with pytest.raises(MemberRefused, match="does not open study 'pair' now"):
            study_hand_over(membership=pair.study.memberships.get(user=person), by=lena)
    assert pair.study.memberships.get(role="owner").user == lena


def test_leads_are_made_and_changed_by_the_owner_alone(pair, alice, bob, carol, lena):
    member_add(study=pair.study, user=carol, role="lead", by=lena)
    with pytest.raises(MemberRefused, match="Only its owner makes and changes the leads of study 'pair'; ask lena"):
        member_add(study=pair.study, user=bob, role="lead", by=carol)
    member_add(study=pair.study, user=bob, role="lead", by=lena)
    with pytest.raises(MemberRefused, match="ask lena"):
        member_add(study=pair.study, user=bob, role="reader", by=carol)
    with pytest.raises(MemberRefused, match="ask lena"):
        leave(pair, bob, carol)
    leave(pair, bob, lena)
    with pytest.raises(MemberRefused, match="ask lena"):
        member_reactivate(membership=pair.study.memberships.get(user=bob), by=carol)
    assert member_add(study=pair.study, user=alice, role="reader", by=carol).role == "reader"


def test_a_lead_may_step_down_and_a_site_lead_may_change_every_lead(pair, bob, carol, lena):
    root = User.objects.create_user("root", is_staff=True)
    for person in (bob, carol):
        member_add(study=pair.study, user=person, role="lead", by=root)
    assert member_add(study=pair.study, user=carol, role="curator", by=carol).role == "curator"
    leave(pair, bob, bob)
    assert not access.may(bob, "open", pair.study)


def test_the_database_keeps_one_active_owner(pair, bob, lena):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user=bob).update(role="owner")
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.filter(user=lena).update(deactivated_at=timezone.now(), deactivation_reason="x")


def test_a_study_without_a_lead_belongs_to_the_site_leads(db, carol, mallory):
    study = make_world("orphan").study
    root = User.objects.create_user("root", is_staff=True)
    member_add(study=study, user=carol, role="curator")
    assert access.may(root, "own", study)
    assert member_add(study=study, user=mallory, role="lead", by=root).role == "owner"


def test_existing_studies_are_owned_by_their_first_lead_with_an_open_account(pair, alice, bob, carol, lena):
    member_add(study=pair.study, user=carol, role="curator")
    leave(pair, alice, lena)
    Membership.objects.filter(study=pair.study).exclude(user=bob).update(role="lead")
    User.objects.filter(pk=lena.pk).update(is_active=False)
    import_module("annotator.studies.migrations.0011_owners_and_readers").give_owners(apps, None)
    assert pair.study.memberships.get(role="owner").user == carol


# --- readers --------------------------------------------------------------------------------------------------------


def test_a_reader_is_given_no_case_and_submits_none(world, alice, bob, lena):
    held = assignment_choose_blind(assignment=case_next(study=world.study, annotator=alice), choice="left")
    Membership.objects.filter(user=bob).update(unblinded_at=None)
    for person in (alice, bob):
        member_add(study=world.study, user=person, role="reader", by=lena)
        with pytest.raises(NotAMember, match="You read study 'pilot' and label nothing in it"):
            case_next(study=world.study, annotator=person)
    with pytest.raises(NotAMember, match="You read study 'pilot'"):
        submit(held)
    with pytest.raises(Http404):
        access.assignment_for(alice, held.case_id)
    held.refresh_from_db()
    assert held.lease_until <= timezone.now()


def test_what_a_reader_labelled_before_counts_as_before(pair, bob, lena):
    before = study_agreement(pair.study)
    member_add(study=pair.study, user=bob, role="reader", by=lena)
    assert study_agreement(pair.study) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["deactivated", "demoted", "closed"])
def test_an_owner_who_hands_over_while_the_next_one_is_removed_leaves_an_active_owner(way):
    for attempt in range(5):
        world = make_world(f"race{attempt}")
        owner, other = (User.objects.create_user(f"lead{attempt}{n}") for n in range(2))
        for lead in (owner, other):
            member_add(study=world.study, user=lead, role="lead")

        def act(who, world=world, owner=owner, other=other):
            if who == owner:
                study_hand_over(membership=world.study.memberships.get(user=other), by=owner)
            elif way == "deactivated":
                leave(world, other, other)
            elif way == "closed":
                account_close(user=other, by=None)
            else:
                member_add(study=world.study, user=other, role="annotator", by=other)

        failures = at_once(act, [owner, other])
        left = world.study.memberships.active().get(role="owner").user
        assert left.is_active
        if way != "demoted":
            assert [type(failure) for failure in failures] == [MemberRefused]
        else:
            assert left == other
