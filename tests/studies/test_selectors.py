"""What a case page may show, above all before the blind choice, and how far an annotator is."""

import dataclasses

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from annotator import access
from annotator.constraints import title
from annotator.datasets.models import Constraint
from annotator.runs.models import Verdict
from annotator.studies.models import Assignment, Case
from annotator.studies.selectors.progress import Progress, my_progress, recent_assignments
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.services import (
    assignment_choose_blind,
    assignment_skip,
    case_next,
    draft_save,
    member_add,
)
from tests.cast import NO_COMMA, make_world
from tests.studies.annotating import submit
from tests.studies.test_queue import expire


@pytest.fixture
def bike(world, alice):
    """Alice's held assignment of the case with two constraints; the second answer is on the left."""
    Case.objects.exclude(prompt__key="bike").update(complete=True)
    case_id = case_next(study=world.study, annotator=alice).case_id
    Assignment.objects.update(second_is_left=True)
    return access.assignment_to_read(alice, case_id)


def revealed(assignment, choice="left"):
    assignment_choose_blind(assignment=assignment, choice=choice)
    return case_sheet(assignment)


TELLING = ("Let me think", "312", "96", "reasoning", "cot", "base", "THINK", "clean", "stop", "gained", "lost", "tie")


def leaves(value):
    """Every value inside nested dataclasses and tuples."""
    if dataclasses.is_dataclass(value):
        return [leaf for field in dataclasses.fields(value) for leaf in leaves(getattr(value, field.name))]
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def test_a_blind_sheet_does_not_tell_the_sides_apart(bike):
    sheet = case_sheet(bike)
    assert sheet.case_id == bike.case_id  # any number: as 967 it has the tokens of the reasoning in it
    shown = leaves(dataclasses.replace(sheet, patterns=(), study=None, case_id=0))
    assert [word for word in TELLING if any(word in str(value) for value in shown)] == []
    assert not any(isinstance(value, Model) for value in shown)


def test_a_blind_sheet_is_the_mirror_image_of_the_other_side_order(bike):
    sheet = case_sheet(bike)
    bike.second_is_left = False
    swapped = case_sheet(bike)
    mirrored = dataclasses.replace(
        swapped,
        left=dataclasses.replace(swapped.right, name="left"),
        right=dataclasses.replace(swapped.left, name="right"),
        constraints=tuple(dataclasses.replace(row, left=row.right, right=row.left) for row in swapped.constraints),
    )
    assert sheet == mirrored


def test_a_blind_sheet_of_a_study_of_completions_judges_the_answers(alice):
    study = make_world(scope="completion", verdicts_shown="from_start").study
    member_add(study=study, user=alice, role="annotator")
    Case.objects.exclude(prompt__key="moon").update(complete=True)
    case_id = case_next(study=study, annotator=alice).case_id
    sheet = case_sheet(access.assignment_to_read(alice, case_id))
    assert (sheet.constraints[0].left.obeyed, sheet.constraints[0].right.obeyed) == (True, True)
    assert sheet.constraints[0].effect == ""


def test_after_the_choice_the_sides_are_named_and_the_reasoning_opens(bike):
    sheet = revealed(bike)
    assert sheet.revealed
    assert sheet.blind_choice == "left"
    assert (sheet.left.role, sheet.right.role) == ("cot", "base")
    assert sheet.left.reasoning == "Let me think about bike, slowly."
    assert (sheet.left.reasoning_tokens, sheet.left.answer_tokens, sheet.left.split_status) == (312, 96, "clean")
    assert (sheet.outcome, [constraint.effect for constraint in sheet.constraints]) == ("tie", ["gained", "lost"])


def test_a_study_that_is_not_blind_names_the_sides_at_once(alice):
    study = make_world(blind=False).study
    member_add(study=study, user=alice, role="annotator")
    sheet = case_sheet(access.assignment_to_read(alice, case_next(study=study, annotator=alice).case_id))
    assert sheet.revealed
    assert {sheet.left.role, sheet.right.role} == {"cot", "base"}


def test_chips_carry_the_verdicts_and_evidence_of_the_side_they_stand_on(bike):
    sheet = revealed(bike)
    no_comma, lowercase = sheet.constraints
    assert (no_comma.number, no_comma.kind, no_comma.title) == (1, NO_COMMA[0], title(*NO_COMMA[:2]))
    assert sheet.prompt_text[slice(*no_comma.span)] == "Do not use any commas"
    assert lowercase.span is None
    assert sheet.right.answer == "a bike, red"
    assert (no_comma.left.obeyed, no_comma.right.obeyed) == (True, False)
    assert no_comma.right.note == "1 commas"
    assert [sheet.right.answer[start:end] for start, end in no_comma.right.spans] == [","]


def test_a_constraint_that_was_not_checked_is_said_so(bike):
    Verdict.objects.filter(constraint__kind="change_case:english_lowercase").delete()
    verdict = revealed(bike).constraints[1].left
    assert (verdict.obeyed, verdict.note) == (None, "not checked")


def test_a_sheet_holds_the_draft_and_the_newest_annotation(bike):
    draft = draft_save(assignment=bike, version=0, content={"note": "a"})
    assert (case_sheet(bike).draft, case_sheet(bike).annotation, case_sheet(bike).revision) == (draft, None, 0)
    submit(bike, note="one")
    second = submit(bike, note="two", base_revision=1, patterns=["neglected"])
    sheet = case_sheet(access.assignment_to_read(bike.annotator, bike.case_id))
    assert (sheet.draft, sheet.annotation, sheet.revision) == (None, second, 2)
    assert [pattern.slug for pattern in sheet.annotation.patterns.all()] == ["neglected"]
    assert [pattern.slug for pattern in sheet.patterns] == ["formatting-gained", "neglected", "other"]


def test_a_sheet_costs_the_same_number_of_queries_however_much_is_on_it(bike):
    def count():
        assignment = access.assignment_to_read(bike.annotator, bike.case_id)
        with CaptureQueriesContext(connection) as queries:
            case_sheet(assignment)
        return len(queries)

    count()  # the patterns of the codebook are remembered from now on
    before = count()
    for position in range(2, 30):
        Constraint.objects.create(prompt=bike.case.prompt, position=position, kind=NO_COMMA[0], kwargs={})
    assert count() <= before <= 4


def test_progress_counts_what_is_done_and_what_is_left_for_this_person(world, alice, bob):
    assert my_progress(world.study, alice.pk) == Progress(done=0, remaining=4)
    submit(case_next(study=world.study, annotator=alice))
    assert my_progress(world.study, alice.pk) == Progress(done=1, remaining=3)
    submit(case_next(study=world.study, annotator=bob))
    assert my_progress(world.study, alice.pk) == Progress(done=1, remaining=2)
    assignment_skip(assignment=case_next(study=world.study, annotator=alice), reason="")
    assert my_progress(world.study, alice.pk) == Progress(done=1, remaining=1)
    assert my_progress(world.study, bob.pk) == Progress(done=1, remaining=2)


def test_progress_of_an_empty_study_is_complete():
    assert (Progress(done=0, remaining=0).percent, Progress(done=1, remaining=3).percent) == (100, 25)


def test_the_place_in_the_queue_counts_from_one(world, alice):
    for place in (1, 2):
        assignment = access.assignment_to_read(alice, case_next(study=world.study, annotator=alice).case_id)
        assert (case_sheet(assignment).place, case_sheet(assignment).total) == (place, 4)
        submit(assignment)


def test_my_last_cases_are_newest_first_with_what_i_said(world, alice, bob):
    first = case_next(study=world.study, annotator=alice)
    submit(first, label="hurt")
    second = case_next(study=world.study, annotator=alice)
    assignment_skip(assignment=second, reason="")
    submit(case_next(study=world.study, annotator=bob))
    expire(case_next(study=world.study, annotator=alice))
    mine = recent_assignments(world.study, alice, limit=10)
    assert [(row.case_id, row.status, row.label) for row in mine] == [
        (second.case_id, "skipped", None),
        (first.case_id, "submitted", "hurt"),
    ]
    submit(first, label="helped", base_revision=1)
    assert [row.label for row in recent_assignments(world.study, alice, limit=1)] == ["helped"]
