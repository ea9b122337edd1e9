"""Deletion of runs, datasets and studies: refused in words while anything stands on them, and nothing half."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.deletion.selectors import study_deletion
from annotator.deletion.services import dataset_delete, run_delete, study_delete
from annotator.deletion.values import DeletionRefused
from annotator.events.models import Event
from annotator.runs import dispatch
from annotator.runs.models import AttentionTrace, Generation, Run, Verdict
from annotator.runs.services import run_start
from annotator.runs.services.generations import generation_finish, generations_claim
from annotator.studies.errors import StudyError
from annotator.studies.models import Annotation, Assignment, Case, Membership, Study
from annotator.studies.services import (
    AnnotationContent,
    annotation_submit,
    assignment_choose_blind,
    case_next,
    flag_raise,
)
from tests.cast import World, make_dataset, make_model, make_run, make_world
from tests.exemplars.curating import approved, candidate_of, edited
from tests.routing.rows import make_router
from tests.runs.test_generations import RESULT, queued_run, take
from tests.runs.test_reuse import finish, started
from tests.studies.annotating import submit
from tests.studies.test_queue import at_once
from tests.traced_studies import trace_planted


def alone(name: str = "alone") -> Run:
    return make_run(make_dataset(name), make_model(), "base")


@pytest.mark.django_db
def test_a_run_that_nothing_stands_on_goes_with_all_that_was_generated(lena: User) -> None:
    run = alone()
    went = dict(run_delete(run=run, user=lena).goes)
    assert (went["runs"], went["generations"], went["verdicts"]) == (1, 4, 10)
    assert not Run.objects.exists()
    assert not Generation.objects.exists()
    assert not Verdict.objects.exists()
    assert Dataset.objects.filter(name="alone").exists()
    event = Event.objects.get(kind="run.deleted")
    assert (event.actor.get_username(), event.payload["went"]["generations"]) == ("lena", 4)


@pytest.mark.django_db
def test_attention_traces_go_with_their_run_and_so_do_their_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, django_capture_on_commit_callbacks: Any, world: World
) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    trace_planted(world.study)
    assert len(list(tmp_path.rglob("*.npz"))) == 8
    study_delete(study=world.study)
    with django_capture_on_commit_callbacks(execute=True):
        assert dict(run_delete(run=world.second_run).goes)["attention_traces"] == 4
    assert len(list(tmp_path.rglob("*.npz"))) == 4
    assert AttentionTrace.objects.count() == 4


@pytest.mark.django_db
def test_a_running_run_is_cancelled_first() -> None:
    run = queued_run("slow")
    with pytest.raises(DeletionRefused) as refused:
        run_delete(run=run)
    assert str(refused.value) == f"run {run.pk} cannot be deleted. Run {run.pk} is running or paused: cancel it first."


def test_a_run_of_a_study_stays_and_the_refusal_names_the_study_and_the_way_out(world: World) -> None:
    with pytest.raises(DeletionRefused) as refused:
        run_delete(run=world.first_run)
    assert "1 study pairs it: pilot. Archive it instead" in str(refused.value)
    assert world.first_run.generations.count() == 4


@pytest.mark.django_db
def test_a_run_whose_generations_another_run_reuses_stays() -> None:
    first = started("a")
    finish(first)
    second = started("b")
    take(second, uuid.uuid4())
    with pytest.raises(DeletionRefused, match=f"1 run reuses its generations: run {second.pk}"):
        run_delete(run=first)
    run_delete(run=second)
    run_delete(run=first)
    assert not Generation.objects.exists()


def test_what_a_router_was_trained_on_stays(world: World) -> None:
    router = make_router("gain")
    router.training["studies"][0]["runs"] = [run_pk := alone().pk]
    router.save()
    with pytest.raises(DeletionRefused, match="1 router was trained on it: gain v1"):
        run_delete(run=Run.objects.get(pk=run_pk))
    with pytest.raises(DeletionRefused, match="1 router was trained on it: gain v1"):
        study_delete(study=world.study)


@pytest.mark.django_db
def test_a_run_goes_with_its_repeats() -> None:
    first, other = alone("a"), alone("b")
    Run.objects.filter(pk=other.pk).update(repeat_of=first)
    run_delete(run=Run.objects.get(pk=other.pk))
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_dataset_without_runs_goes_and_one_with_a_run_stays() -> None:
    run, empty = alone("used"), make_dataset("unused")
    with pytest.raises(DeletionRefused, match=f"used v1 cannot be deleted. 1 run is over it: run {run.pk}."):
        dataset_delete(dataset=run.dataset)
    assert dict(dataset_delete(dataset=empty).goes) == {"prompts": 4, "constraints": 5}
    assert set(Prompt.objects.values_list("dataset__name", flat=True)) == {"used"}
    assert Constraint.objects.count() == 5


def test_a_study_with_a_label_stays(world: World, alice: User) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment)
    with pytest.raises(DeletionRefused, match=r"study 'pilot' cannot be deleted\. It has 1 label\. 1 case has gold\."):
        study_delete(study=world.study)
    assert Annotation.objects.count() == 1


def test_a_study_with_repairs_exemplars_and_prompt_sets_stays(world: World, lena: User) -> None:
    approved(edited(candidate_of(world, lena), lena), lena)
    obstacles = study_deletion(world.study).obstacles
    assert obstacles == ["It has 1 repair.", "It has 1 exemplar."]


def test_a_study_without_labels_goes_and_its_runs_stay(world: World, alice: User, lena: User) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    flag_raise(assignment=assignment, reason="Is it a comma?")
    went = dict(study_delete(study=world.study, user=lena).goes)
    assert went == {"cases": 4, "members": 3, "unlabelled": 1, "flags": 1}
    assert not Study.objects.exists()
    assert not Case.objects.exists()
    assert Run.objects.count() == 2
    run_delete(run=world.first_run)


def test_who_still_has_a_case_of_a_deleted_study_is_refused_in_words(world: World, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    held = Assignment.objects.select_related("annotator", "case__study").get(pk=held.pk)
    study_delete(study=world.study)
    for act in (
        lambda: assignment_choose_blind(assignment=held, choice="left"),
        lambda: flag_raise(assignment=held, reason="Is it a comma?"),
        lambda: case_next(study=world.study, annotator=alice),
    ):
        with pytest.raises(StudyError):
            act()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_of_submissions_while_a_study_is_deleted_either_all_stay_or_the_study_goes() -> None:
    for number in range(6):
        study = make_world(f"race-{number}", overlap=4).study
        people = [User.objects.create_user(f"person-{number}-{n}") for n in range(4)]
        for person in people:
            Membership.objects.create(study=study, user=person, role="annotator", pseudonym=person.username)
        held = {person.pk: case_next(study=study, annotator=person) for person in people}
        for assignment in held.values():
            assert assignment is not None
            assignment_choose_blind(assignment=assignment, choice="left")

        def act(person: User | None, study: Study = study, held: dict[int, Assignment | None] = held) -> None:
            if person is None:
                study_delete(study=study)
                return
            assignment = Assignment.objects.select_related("annotator", "case__study").filter(annotator=person).first()
            if assignment is not None:  # else the page is 404
                annotation_submit(
                    assignment=assignment,
                    submission_key=uuid.uuid4(),
                    base_revision=0,
                    content=AnnotationContent("helped"),
                )

        failures = at_once(act, [*people[:2], None, *people[2:]])
        assert all(isinstance(failure, (StudyError, DeletionRefused)) for failure in failures), failures
        stays = Study.objects.filter(pk=study.pk).exists()
        labels = Annotation.objects.filter(assignment__case__study=study.pk).count()
        assert (labels > 0) == stays
        assert stays == any(isinstance(failure, DeletionRefused) for failure in failures)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_of_workers_that_finish_while_a_run_is_deleted_nothing_is_left_half() -> None:
    for number in range(6):
        run, claim = queued_run(f"race-{number}"), uuid.uuid4()
        held = take(run, claim, limit=9)
        Run.objects.filter(pk=run.pk).update(status="cancelled")

        def act(generation: Generation | None, run: Run = run, claim: uuid.UUID = claim) -> None:
            if generation is None:
                run_delete(run=run)
            else:
                generation_finish(generation=generation, claim=claim, result=RESULT)

        assert at_once(act, [*held[:2], None, *held[2:]]) == []
        assert not Generation.objects.filter(run=run.pk).exists()
        assert not Verdict.objects.exists()
        assert generations_claim(language_model_id=run.language_model_id, claim=uuid.uuid4(), worker="w", limit=9) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_run_that_starts_while_its_dataset_is_deleted_starts_whole_or_is_refused_in_words() -> None:
    model = make_model()
    for number in range(6):
        dataset = make_dataset(f"race-{number}")

        def act(deletes: bool, dataset: Dataset = dataset) -> None:
            if deletes:
                dataset_delete(dataset=dataset)
            else:
                run_start(dataset=dataset, language_model=model, strategy="base")

        failures = at_once(act, [True, False])
        assert all(isinstance(failure, ValueError) for failure in failures), failures
        assert len(failures) == 1
        assert Run.objects.filter(dataset=dataset.pk).exists() == Dataset.objects.filter(pk=dataset.pk).exists()
