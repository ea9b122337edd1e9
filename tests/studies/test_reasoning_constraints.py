"""Constraints on the reasoning in a study: effects by their own scope, and nothing shown before the sides are named."""

import pytest

from annotator import access
from annotator.runs.models import Verdict
from annotator.studies.models import Case, Dispute, Membership, Study
from annotator.studies.selectors.sheet import SheetConstraint, case_sheet
from annotator.studies.services import assignment_choose_blind, case_next, codebook_load, member_add, study_create
from tests.cast import CODEBOOK
from tests.runs.reasoning_runs import make_cats, reasoned_run
from tests.studies.annotating import submit

COMMAS, NONE = "Cats, I think, have four legs.", "Cats have four legs."


def make_study(first: str, second: str, **settings) -> Study:
    dataset = make_cats()
    return study_create(
        slug="cats",
        title="Does it think without commas?",
        first_run=reasoned_run(dataset, "base", first, "四"),
        second_run=reasoned_run(dataset, "cot", second, "四"),
        codebook=codebook_load(name="paper", content=CODEBOOK),
        **settings,
    )


@pytest.mark.parametrize("scope", ["answer", "completion"])
@pytest.mark.parametrize(
    ("first", "second", "effect", "outcome"),
    [
        (COMMAS, NONE, "gained", "helped"),
        (NONE, COMMAS, "lost", "hurt"),
        (NONE, NONE, "both", "tie"),
        ("", NONE, "unverifiable", "tie"),
    ],
)
def test_the_effect_is_that_on_the_reasoning_in_a_study_of_either_scope(db, scope, first, second, effect, outcome):
    case = make_study(first, second, scope=scope).cases.get(prompt__key="0")
    assert (case.contrast, case.outcome) == ([effect], outcome)


@pytest.fixture
def held(alice):
    study = make_study(COMMAS, NONE, blind=True, verdicts_shown="from_start")
    Case.objects.exclude(prompt__key="0").delete()
    member_add(study=study, user=alice, role=Membership.Role.ANNOTATOR)
    return case_next(study=study, annotator=alice)


def only(assignment) -> SheetConstraint:
    [constraint] = case_sheet(access.assignment_to_read(assignment.annotator, assignment.case_id)).constraints
    return constraint


def test_before_the_blind_choice_both_sides_say_the_same(held):
    constraint = only(held)
    assert constraint.title == "In the reasoning: No commas"
    assert constraint.left == constraint.right
    assert (constraint.left.obeyed, constraint.left.judged) == (None, False)
    assert constraint.left.note == "it is about the reasoning, which is shown after the blind choice"


def test_after_it_each_side_has_the_verdict_on_its_reasoning_without_marks_in_the_answer(held):
    assignment_choose_blind(assignment=held, choice="left")
    constraint = only(held)
    assert {constraint.left.obeyed, constraint.right.obeyed} == {True, False}
    assert constraint.effect == "gained"
    assert constraint.left.spans == constraint.right.spans == ()


def test_a_dispute_is_about_the_verdict_on_the_reasoning(held):
    submit(held, disputes=[{"side": "first", "constraint": 1, "reason": "Those are no commas."}])
    assert Dispute.objects.get().verdict.scope == Verdict.Scope.REASONING
