"""Practice: first in the queue, for everybody, uncounted; the expected annotation is shown afterwards."""

import pytest
from django.contrib.auth.models import User

from annotator import access
from annotator.events.models import Event
from annotator.releases.annotations import annotation_lines
from annotator.studies.errors import PracticeDue, PracticeRefused
from annotator.studies.models import Adjudication, Assignment, Case, Practice
from annotator.studies.selectors.adjudication_queue import undecided_cases
from annotator.studies.selectors.progress import my_progress
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.services import assignment_renew, assignment_skip, case_next, practice_end, practice_set
from annotator.studies.services.checks import check_set
from tests.cast import World
from tests.studies.annotating import held_by, submit
from tests.studies.test_queue import at_once

pytestmark = pytest.mark.django_db


def practise(world: World, *keys: str) -> list[Case]:
    cases = [world.study.cases.get(prompt__key=key) for key in keys]
    for case in cases:
        practice_set(case=case, label="hurt", patterns=["neglected"], feedback="A comma after “of course”.")
    return cases


def test_practice_comes_first_in_the_order_in_which_it_was_chosen_and_then_the_real_queue(
    world: World, alice: User
) -> None:
    practise(world, "tea", "moon")
    seen = []
    while (assignment := case_next(study=world.study, annotator=alice)) is not None:
        seen.append(assignment.case.prompt.key)
        submit(assignment)
    assert seen[:2] == ["tea", "moon"]
    assert sorted(seen[2:]) == ["bike", "rain"]


def test_a_practice_case_has_room_for_everybody_whatever_the_overlap(world: World, alice: User, bob: User) -> None:
    (tea,) = practise(world, "tea")
    first, second = held_by(world.study, alice), held_by(world.study, bob)
    assert first.case == second.case == tea
    assert assignment_renew(assignment=first).status == "held"
    assert held_by(world.study, alice) == first
    submit(first)
    submit(second)
    assert Assignment.objects.filter(case=tea, status="submitted").count() == 2


def test_who_has_begun_with_real_cases_is_not_sent_back(world: World, alice: User, bob: User) -> None:
    submit(held_by(world.study, alice))
    begun = set(Assignment.objects.values_list("case", flat=True))
    (chosen,) = practise(world, world.study.cases.exclude(pk__in=begun)[0].prompt.key)
    assert held_by(world.study, alice).case != chosen
    assert held_by(world.study, bob).case == chosen


def test_practice_cannot_be_skipped(world: World, alice: User) -> None:
    practise(world, "tea")
    with pytest.raises(PracticeDue, match="judge it as well as you can"):
        assignment_skip(assignment=held_by(world.study, alice), reason="no")


def test_practice_counts_nowhere(world: World, alice: User) -> None:
    (tea,) = practise(world, "tea")
    assert (my_progress(world.study, alice.pk).done, my_progress(world.study, alice.pk).total) == (0, 3)
    submit(held_by(world.study, alice))
    assert (my_progress(world.study, alice.pk).done, my_progress(world.study, alice.pk).total) == (0, 3)
    assert not Adjudication.objects.filter(case=tea).exists()
    assert not undecided_cases(world.study)


def test_the_export_says_which_line_is_practice(world: World, alice: User, lena: User) -> None:
    practise(world, "tea")
    for _ in range(2):
        submit(held_by(world.study, alice))
    lines = b"".join(annotation_lines(access.study_led_by(lena, "pilot")))
    assert (lines.count(b'"practice":true'), lines.count(b'"practice":false')) == (1, 1)


def test_what_is_expected_is_told_after_the_annotation_and_never_before(world: World, alice: User) -> None:
    (tea,) = practise(world, "tea")
    held_by(world.study, alice)
    before = case_sheet(access.assignment_to_read(alice, tea.pk))
    assert (before.practising, before.expected) == (True, None)
    submit(access.assignment_for(alice, tea.pk))
    after = case_sheet(access.assignment_to_read(alice, tea.pk)).expected
    assert after is not None
    assert (after.label, after.patterns) == ("hurt", ("simple constraint neglected",))
    assert "of course" in after.feedback


def test_a_case_that_was_handed_out_does_not_become_practice(world: World, alice: User) -> None:
    with pytest.raises(PracticeRefused, match="choose one for practice that nobody has seen"):
        practice_set(case=held_by(world.study, alice).case, label="hurt", patterns=[], feedback="")
    assert not Practice.objects.exists()


def test_practice_ends_while_nobody_has_been_told(world: World, alice: User) -> None:
    tea, moon = practise(world, "tea", "moon")
    practice_end(case=moon)
    assert list(Case.objects.filter(pk=moon.pk).values_list("complete", flat=True)) == [False]
    submit(held_by(world.study, alice))
    with pytest.raises(PracticeRefused, match="it stays practice"):
        practice_end(case=tea)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"label": "better"}, "Label 'better' is unknown"),
        ({"patterns": ["nope"]}, "known patterns: formatting-gained"),
        ({"feedback": "x" * 5001}, "at most 5000 fit"),
    ],
)
def test_an_expectation_that_is_no_annotation_is_refused(
    world: World, fields: dict[str, object], complaint: str
) -> None:
    expected: dict[str, object] = {"label": "hurt", "patterns": [], "feedback": "", **fields}
    with pytest.raises(PracticeRefused, match=complaint):
        practice_set(case=world.study.cases.all()[0], **expected)  # type: ignore[arg-type]


def test_ending_practice_again_changes_nothing_of_a_case_that_another_tab_made_a_real_one_or_a_check(
    world: World, alice: User
) -> None:
    check, judged = (world.study.cases.get(prompt__key=key) for key in ("moon", "tea"))
    for case in (check, judged):
        practice_set(case=case, label="hurt", patterns=(), feedback="")
        practice_end(case=case)
    check_set(case=check, label="hurt")
    Case.objects.filter(pk=judged.pk).update(queue_rank=0)
    submit(held_by(world.study, alice))
    ended = Event.objects.filter(kind="practice.ended").count()
    for case in (check, judged):
        practice_end(case=case)
        case.refresh_from_db()
        assert case.complete
    assert Event.objects.filter(kind="practice.ended").count() == ended


@pytest.mark.django_db(transaction=True)
def test_a_case_is_either_handed_out_or_practice_when_both_are_tried_at_once(world: World, alice: User) -> None:
    first = world.study.cases.order_by("queue_rank")[0]

    def work(name: str) -> None:
        if name == "alice":
            case_next(study=world.study, annotator=alice)
        else:
            practice_set(case=first, label="hurt", patterns=[], feedback="")

    failures = at_once(work, ["alice", "lena"])
    assert [type(failure) for failure in failures] in ([], [PracticeRefused])
    practice = Practice.objects.filter(case=first).exists()
    assert practice != bool(failures)
    first.refresh_from_db()
    assert first.complete == practice
