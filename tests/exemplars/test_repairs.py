"""Repairs: a person's and a mechanical edit are appended with their verdicts; drafts are as safe as annotations'."""

import pytest
from django.contrib.auth.models import User

from annotator.exemplars.edit_distance import word_edit_distance
from annotator.exemplars.errors import RepairError, StaleApprovalError
from annotator.exemplars.models import Repair, RepairDraft
from annotator.exemplars.services.drafts import repair_draft_save
from annotator.exemplars.services.repairs import repair_mechanical
from annotator.studies.errors import StaleDraft
from tests.cast import World
from tests.exemplars.curating import candidate_of, edited

DRAFT = {"reasoning": "No commas: tea of course.", "answer": "Tea of course.", "parent": None}


@pytest.mark.parametrize(
    ("before", "after", "distance"),
    [
        ("", "", 0),
        ("tea is warm", "tea is warm", 0),
        ("tea  is\nwarm", "tea is warm", 0),
        ("Tea, of course.", "Tea of course.", 1),
        ("tea is warm", "tea warm", 1),
        ("tea is warm", "green tea is very warm", 2),
        ("tea is warm", "", 3),
    ],
)
def test_an_edit_is_counted_in_words(before: str, after: str, distance: int) -> None:
    assert word_edit_distance(before, after) == distance


def test_a_persons_edit_is_stored_with_its_verdicts_and_its_distance(world: World, dan: User) -> None:
    repair = edited(candidate_of(world, dan), dan)
    assert (repair.method, repair.author, repair.status) == ("person", dan, "done")
    assert (repair.satisfied, repair.undecided, repair.edit_distance) == (1, 0, 1)
    assert [(row["kind"], row["strict"]) for row in repair.verdicts] == [("punctuation:no_comma", True)]


def test_every_edit_is_appended_and_the_same_one_sent_again_is_one(world: World, dan: User, lena: User) -> None:
    candidate = candidate_of(world, dan)
    first = edited(candidate, dan, "Tea, yes.")
    second = edited(candidate, dan, parent=first)
    assert edited(candidate, dan, parent=first) == second
    assert edited(candidate, lena, parent=first) != second
    assert list(Repair.objects.values_list("parent", flat=True)) == [None, first.pk, first.pk]


def test_a_mechanical_edit_keeps_the_reasoning_and_says_what_it_did(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    edits = [{"position": 0, "label": "Take the commas out"}]
    repair = repair_mechanical(candidate=candidate, answer="Tea of course.", edits=edits, user=dan)
    assert (repair.method, repair.author, repair.parameters) == ("mechanical", dan, {"edits": edits})
    assert repair.reasoning == candidate.generation.reasoning
    assert repair_mechanical(candidate=candidate, answer="Tea of course.", edits=edits) == repair


def test_an_edit_that_is_empty_too_long_or_of_another_candidate_is_refused(world: World, dan: User) -> None:
    candidate, other = candidate_of(world, dan), edited(candidate_of(world, dan, "bike"), dan)
    with pytest.raises(RepairError, match="has no answer"):
        edited(candidate, dan, " \n")
    with pytest.raises(RepairError, match="at most 100000 fit"):
        edited(candidate, dan, "x" * 100_001)
    with pytest.raises(RepairError, match="no finished attempt at candidate"):
        edited(candidate, dan, parent=other)


def test_a_submitted_edit_ends_its_draft(world: World, dan: User, lena: User) -> None:
    candidate = candidate_of(world, dan)
    for person in (dan, lena):
        repair_draft_save(candidate=candidate, author=person, version=0, content=DRAFT)
    repair = edited(candidate, dan, draft_version=1)
    assert [draft.author for draft in RepairDraft.objects.all()] == [lena]
    assert edited(candidate, dan, draft_version=1) == repair  # the response was lost


def test_an_edit_is_refused_where_a_newer_draft_is_stored(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    repair_draft_save(candidate=candidate, author=dan, version=0, content=DRAFT)
    repair_draft_save(candidate=candidate, author=dan, version=1, content={**DRAFT, "answer": "Tea. Of course."})
    with pytest.raises(StaleApprovalError, match="saved a newer draft"):
        edited(candidate, dan, draft_version=1)
    assert not Repair.objects.exists()
    assert RepairDraft.objects.get().version == 2


def test_a_newer_draft_with_the_submitted_words_is_no_obstacle(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    repair_draft_save(candidate=candidate, author=dan, version=0, content=DRAFT)
    assert edited(candidate, dan, draft_version=0).status == "done"
    assert not RepairDraft.objects.exists()


def test_a_draft_that_was_submitted_elsewhere_is_gone(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    repair_draft_save(candidate=candidate, author=dan, version=0, content=DRAFT)
    edited(candidate, dan, draft_version=1)
    with pytest.raises(StaleDraft, match="submitted the repair of case"):
        repair_draft_save(candidate=candidate, author=dan, version=1, content={**DRAFT, "answer": "Tea"})
    with pytest.raises(StaleDraft, match="submitted the repair of case"):  # a first draft that was still on its way
        repair_draft_save(candidate=candidate, author=dan, version=0, content=DRAFT)
    with pytest.raises(StaleApprovalError, match="load the page again"):
        edited(candidate, dan, "Other words.", draft_version=1)


def test_an_older_draft_is_not_written_over_a_newer_one(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    for version in (0, 1):
        repair_draft_save(candidate=candidate, author=dan, version=version, content={**DRAFT, "answer": str(version)})
    with pytest.raises(StaleDraft, match="saved draft 2") as refusal:
        repair_draft_save(candidate=candidate, author=dan, version=0, content=DRAFT)
    assert refusal.value.version == 2
    assert repair_draft_save(candidate=candidate, author=dan, version=2, content=DRAFT).version == 3
