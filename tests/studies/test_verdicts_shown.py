"""When annotators see what the checkers decided: the study's setting, kept with each choice and annotation."""

import pytest

from annotator import access
from annotator.analysis.agreement import study_agreement
from annotator.studies.models import Annotation, Assignment, Study
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.services import assignment_choose_blind, case_next
from tests.analysis.annotations import judge
from tests.studies.annotating import submit

SEEN = {
    "from_start": (True, True, True),
    "after_blind": (False, True, True),
    "after_label": (False, False, True),
    "never": (False, False, False),
}


def seen(assignment):
    """Whether anything on the sheet tells what a checker decided; all of it or nothing."""
    sheet = case_sheet(access.assignment_to_read(assignment.annotator, assignment.case_id))
    verdicts = [verdict for each in sheet.constraints for verdict in (each.left, each.right)]
    telling = {verdict.judged for verdict in verdicts} | {bool(v.spans or v.observed or v.obeyed) for v in verdicts}
    if sheet.revealed:
        telling |= {bool(each.effect) for each in sheet.constraints} | {bool(sheet.outcome)}
    assert telling == {sheet.verdicts_shown} or sheet.verdicts_shown
    return sheet.verdicts_shown


@pytest.mark.parametrize("shown", Study.VerdictsShown.values)
def test_verdicts_are_seen_from_the_step_that_the_study_says(world, alice, shown):
    Study.objects.update(verdicts_shown=shown)
    held = case_next(study=Study.objects.get(), annotator=alice)
    found = [seen(held)]
    assignment_choose_blind(assignment=held, choice="left")
    found.append(seen(held))
    submit(held)
    found.append(seen(held))
    assert tuple(found) == SEEN[shown]


def test_a_study_without_a_blind_step_shows_them_at_once(world, alice):
    Study.objects.update(blind=False)
    assert seen(case_next(study=Study.objects.get(), annotator=alice))


def test_the_setting_is_kept_with_each_choice_and_annotation(world, alice):
    Study.objects.update(verdicts_shown="never")
    submit(case_next(study=Study.objects.get(), annotator=alice))
    Study.objects.update(verdicts_shown="from_start")
    assert Annotation.objects.get().verdicts_shown == "never"
    assert Assignment.objects.get().verdicts_shown == "never"


def test_agreement_and_position_bias_are_split_by_the_setting(world, alice, bob):
    for shown, key, choice in (("never", "rain", "left"), ("from_start", "tea", "right")):
        for person in (alice, bob):
            judge(world.study, key, person, blind_choice=choice, verdicts_shown=shown)
            Annotation.objects.filter(assignment__case__prompt__key=key).update(verdicts_shown=shown)
    parts = {part.verdicts_shown: part for part in study_agreement(world.study).by_verdicts_shown}
    assert list(parts) == ["from_start", "never"]
    assert [part.annotations for part in parts.values()] == [2, 2]
    assert (parts["never"].blind.position.left_share.value, parts["from_start"].blind.position.left_share.value) == (
        1,
        0,
    )
