"""A blind choice knows whether it was blind; one that was not is in no figure."""

import json

import pytest

from annotator import access
from annotator.analysis.agreement import study_agreement
from annotator.releases.annotations import annotation_lines
from annotator.runs.models import Generation
from annotator.studies.models import Assignment, Study
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.selectors.study_overview import study_overview
from annotator.studies.services import assignment_choose_blind, case_next
from tests.studies.annotating import submit


@pytest.fixture
def held(world, alice):
    return case_next(study=world.study, annotator=alice)


def answers(held, **texts):
    """Put texts in the place of the two answers."""
    for side, text in texts.items():
        Generation.objects.filter(pk=getattr(held.case, f"{side}_id")).update(answer=text)


def test_a_choice_between_two_answers_that_are_shown_alike_is_blind(world, held):
    answers(held, second="THINK: one\nANSWER: Rain")
    assert assignment_choose_blind(assignment=held, choice="left").blind is True
    assert study_agreement(world.study).blind.position.left_share.n == 1
    assert study_overview(world.study).sides["left"] == 1


@pytest.mark.parametrize("side", ["first", "second"])
def test_a_choice_beside_an_empty_answer_is_not_blind_and_counts_in_no_figure(world, held, lena, side):
    answers(held, **{side: ""})
    submit(held)
    assert Assignment.objects.get().blind is False
    assert study_agreement(world.study).blind.position.left_share.n == 0
    overview = study_overview(world.study)
    assert (overview.sides["left"], overview.not_blind) == (0, 1)
    line = json.loads(next(annotation_lines(access.study_led_by(lena, world.study.slug))))
    assert (line["blind_choice"], line["blind"]) == ("left", False)


def test_beside_verdicts_an_answer_that_was_masked_is_told_apart(world, held):
    Study.objects.update(verdicts_shown="from_start")
    held.case.study.refresh_from_db()
    answers(held, second="THINK: one, two\nANSWER: Rain")
    assert assignment_choose_blind(assignment=held, choice="left").blind is False


def test_evidence_in_a_masked_answer_lies_on_the_same_characters(world, held):
    Study.objects.update(verdicts_shown="from_start")
    case = held.case
    for generation in (case.first, case.second):
        text = f"THINK: so be it\nANSWER: {generation.answer}"
        for verdict in generation.verdicts.all():
            shift = text.index("ANSWER: ") + len("ANSWER: ")
            strict = verdict.evidence["strict"]
            strict["spans"] = [[start + shift, end + shift] for start, end in strict["spans"]]
            verdict.save()
        Generation.objects.filter(pk=generation.pk).update(answer=text)
    sheet = case_sheet(access.assignment_to_read(held.annotator, case.pk))
    assert "THINK" not in sheet.left.answer + sheet.right.answer
    for constraint in sheet.constraints:
        for side, verdict in ((sheet.left, constraint.left), (sheet.right, constraint.right)):
            assert {side.answer[start:end] for start, end in verdict.spans} <= {","}
