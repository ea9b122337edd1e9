"""Drafts: nothing typed is lost, and no older draft overwrites a newer one."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotator.studies.errors import DraftTooLarge, StaleDraft
from annotator.studies.models import Draft
from annotator.studies.services import case_next, draft_discard, draft_save
from tests.studies.annotating import submit


@pytest.fixture
def held(world, alice):
    return case_next(study=world.study, annotator=alice)


def test_each_save_is_the_next_version(held):
    assert draft_save(assignment=held, version=0, content={"note": "a"}).version == 1
    assert draft_save(assignment=held, version=1, content={"note": "ab"}).version == 2
    assert Draft.objects.get().content == {"note": "ab"}


@pytest.mark.parametrize("behind", [0, 1])
def test_an_older_draft_is_not_written_over_a_newer_one(held, behind):
    draft_save(assignment=held, version=0, content={"note": "a"})
    draft_save(assignment=held, version=1, content={"note": "ab"})
    with pytest.raises(StaleDraft, match="another tab or device saved draft 2") as refusal:
        draft_save(assignment=held, version=behind, content={"note": "old"})
    assert refusal.value.version == 2
    assert Draft.objects.get().content == {"note": "ab"}


def test_a_save_whose_answer_was_lost_can_be_sent_again(held):
    for version, note in ((0, "a"), (0, "a"), (1, "ab"), (1, "ab")):
        saved = draft_save(assignment=held, version=version, content={"note": note})
    assert saved.version == 2


def test_a_draft_of_a_case_submitted_elsewhere_is_refused(held):
    draft_save(assignment=held, version=0, content={"note": "a"})
    submit(held)
    with pytest.raises(StaleDraft, match="submitted elsewhere"):
        draft_save(assignment=held, version=1, content={"note": "b"})


def test_a_first_draft_that_arrives_after_its_submission_is_none(held):
    submit(held)
    with pytest.raises(StaleDraft, match="submitted elsewhere"):
        draft_save(assignment=held, version=0, content={"note": "half a thou"}, base_revision=0)
    assert not Draft.objects.exists()
    assert draft_save(assignment=held, version=0, content={"note": "on second thoughts"}, base_revision=1).version == 1


def test_a_draft_has_a_size(held):
    draft_save(assignment=held, version=0, content={"note": "x" * 60_000})
    with pytest.raises(DraftTooLarge, match="at most 262144 fit"):
        draft_save(assignment=held, version=1, content={"note": "x" * 270_000})


def test_a_draft_keeps_any_text_that_can_be_typed(held):
    draft_save(assignment=held, version=0, content={"note": "\x00 \ud800 👩‍👩‍👧 中文"})
    assert Draft.objects.get().content == {"note": "\ufffd \ufffd 👩‍👩‍👧 中文"}


def test_saving_again_after_cleaning_is_still_the_same_save(held):
    for _ in range(2):
        assert draft_save(assignment=held, version=0, content={"note": "\x00"}).version == 1


def test_old_drafts_of_submitted_cases_are_deleted_and_those_of_open_cases_stay(world, held, alice, bob, capsys):
    submit(held)
    draft_save(assignment=held, version=0, content={"note": "on second thoughts"}, base_revision=1)
    draft_save(assignment=case_next(study=world.study, annotator=bob), version=0, content={"note": "a"})
    call_command("delete_old_drafts")
    assert Draft.objects.count() == 2
    Draft.objects.update(saved_at=timezone.now() - timedelta(days=91))
    call_command("delete_old_drafts")
    assert Draft.objects.get().assignment.annotator == bob
    assert "Deleted 1 draft of submitted cases, saved over 90 days ago." in capsys.readouterr().out
    with pytest.raises(CommandError, match="give a number from 1 to 36500"):
        call_command("delete_old_drafts", "--days", "0")


def test_a_draft_is_discarded_in_the_version_that_its_page_knows(held):
    submit(held)
    draft_save(assignment=held, version=0, content={"note": "b"}, base_revision=1)
    draft_save(assignment=held, version=1, content={"note": "c"}, base_revision=1)
    with pytest.raises(StaleDraft, match="saved draft 2"):
        draft_discard(assignment=held, version=1)
    assert draft_discard(assignment=held, version=2).version == 0
    assert not Draft.objects.exists()
    assert draft_discard(assignment=held, version=0).version == 0
