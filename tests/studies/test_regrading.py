"""Regrading: outcomes follow verdicts that change later; annotations do not."""

from typing import Any

from django.contrib.auth.models import User

from annotator.runs.models import Generation, Verdict
from annotator.studies.models import Case
from annotator.studies.services import (
    AnnotationContent,
    annotation_submit,
    assignment_choose_blind,
    case_next,
    run_regrade,
)
from tests.cast import World

BIKE = {"prompt__key": "bike"}


def decide(world: World, *, first: bool | None, second: bool | None, position: int = 0) -> None:
    """Change a verdict on one constraint of the prompt with two, in the study's scope."""
    for run, obeyed in ((world.first_run, first), (world.second_run, second)):
        verdicts = Verdict.objects.filter(generation__run=run, generation__prompt__key="bike", scope="answer")
        verdicts.filter(constraint__position=position).update(strict=obeyed, loose=obeyed)


def shown(case: Case) -> tuple[str, list[str], int]:
    case.refresh_from_db()
    return case.outcome, case.contrast, case.disagreeing_constraints


def test_outcome_contrast_and_hardness_follow_the_verdicts(world: World) -> None:
    case = world.study.cases.get(**BIKE)
    assert shown(case) == ("tie", ["gained", "lost"], 2)
    decide(world, first=True, second=True)
    assert run_regrade(run_id=world.second_run.pk) == 1
    assert shown(case) == ("hurt", ["both", "lost"], 1)
    decide(world, first=None, second=True, position=1)
    assert run_regrade(run_id=world.first_run.pk) == 1
    assert shown(case) == ("tie", ["both", "unverifiable"], 1)


def test_a_new_verdict_gives_no_outcome_to_a_case_without_an_answer_to_judge(world: World) -> None:
    case = world.study.cases.get(**BIKE)
    Generation.objects.filter(pk=case.first_id).update(finish_reason="length")
    decide(world, first=True, second=False)
    assert run_regrade(run_id=world.second_run.pk) == 1
    assert shown(case) == ("no_answer", ["unverifiable", "unverifiable"], 0)
    assert run_regrade(run_id=world.second_run.pk) == 0


def test_where_no_verdict_changed_no_case_does(world: World) -> None:
    before = list(Case.objects.values())
    assert run_regrade(run_id=world.first_run.pk) == 0
    assert list(Case.objects.values()) == before


def test_a_case_whose_verdicts_are_not_all_there_stays_as_it_is(world: World) -> None:
    case = world.study.cases.get(**BIKE)
    decide(world, first=True, second=True)
    Verdict.objects.filter(generation=case.second, constraint__position=1).delete()
    assert run_regrade(run_id=world.first_run.pk) == 0
    assert shown(case) == ("tie", ["gained", "lost"], 2)


def test_what_people_said_of_a_case_stays(world: World, alice: User) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assignment_choose_blind(assignment=assignment, choice="left")
    annotation = annotation_submit(
        assignment=assignment, submission_key="8f5c6a3e-58a5-4b39-9c7f-0d1f5f0f8a11", base_revision=0,
        content=AnnotationContent(label="hurt"),
    )  # fmt: skip
    Verdict.objects.update(strict=True, loose=True)
    assert run_regrade(run_id=world.first_run.pk) == 3
    annotation.refresh_from_db()
    assert annotation.label == "hurt"
    assert set(Case.objects.values_list("outcome", flat=True)) == {"tie"}
    assert Case.objects.filter(complete=True).count() == 1


def test_regrading_costs_the_same_number_of_queries_for_any_number_of_cases(
    world: World, django_assert_max_num_queries: Any
) -> None:
    Verdict.objects.update(strict=True, loose=True)
    with django_assert_max_num_queries(9):
        run_regrade(run_id=world.first_run.pk)
