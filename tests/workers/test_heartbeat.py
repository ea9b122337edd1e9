"""Heartbeat: wakes an idle worker where a message was lost, and frees the rows of dead workers."""

import os
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import psutil
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotator.exemplars.services.repair_requests import repairs_request
from annotator.idempotency.models import KeyedRequest
from annotator.runs import dispatch
from annotator.runs.models import JudgeReply, LanguageModel, Verdict, Worker
from annotator.runs.services.generations import generations_claim
from annotator.runs.services.judge_replies import judge_replies_claim, judge_replies_request
from annotator.runs.services.language_models import language_model_register
from annotator.runs.services.workers import worker_failed, worker_seen
from annotator.studies.models import Draft
from annotator.studies.services import case_next, study_create
from tests.cast import World, finish, judge_reply, make_dataset, make_run
from tests.complexbench import answered_run, make_bench, make_judge
from tests.exemplars.curating import candidate_of
from tests.studies.annotating import submit
from workers import tasks
from workers.device_report import DeviceReport
from workers.heartbeat import Heartbeat
from workers.process import is_alive, this_process

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tasks_sent: list[str] = []
    monkeypatch.setattr(dispatch, "_send", lambda queue, pk: tasks_sent.append(queue))
    return tasks_sent


def woken(model: LanguageModel, sent: list[str], on_commit: Any, *, busy: bool = False) -> list[str]:
    sent.clear()
    with on_commit(execute=True):
        Heartbeat(name="w1", model=model, busy=lambda: busy).beat(check_rows=True)
    return list(sent)


def test_cases_that_a_worker_was_killed_before_it_made_or_graded_are_made_and_graded(world: World) -> None:
    heart = Heartbeat(name="w1", model=world.language_model, busy=lambda: False)
    late = make_run(world.dataset, world.language_model, "cot", done=False)
    study = study_create(slug="late", title="L", first_run=world.first_run, second_run=late, codebook=world.codebook)
    for generation in late.generations.all():
        finish(generation)
    late.generations.update(finished_at=timezone.now() - timedelta(hours=1))
    heart.reconcile()
    assert study.cases.count() == 4
    study.cases.filter(prompt__key="tea").delete()
    heart.reconcile()
    assert study.cases.count() == 3, "what is older than a few minutes is read once"
    late.generations.update(finished_at=timezone.now())
    heart.reconcile()
    assert study.cases.count() == 4


def test_outcomes_follow_what_a_judge_replied_before_its_worker_was_killed(world: World) -> None:
    case = world.study.cases.get(prompt__key="tea")
    reply = judge_reply(case.second)
    Verdict.objects.filter(generation=case.second, scope="answer").update(strict=True, loose=True)
    JudgeReply.objects.filter(pk=reply.pk).update(finished_at=timezone.now() - timedelta(hours=1))
    Heartbeat(name="w1", model=world.language_model, busy=lambda: False).reconcile()
    case.refresh_from_db()
    assert case.outcome == "tie"


def test_an_idle_worker_is_woken_for_what_waits_and_for_nothing_else(
    sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    judge = make_judge()
    assert woken(judge, sent, django_capture_on_commit_callbacks) == []
    judge_replies_request(run=answered_run(make_bench()), judge=judge)
    assert woken(judge, sent, django_capture_on_commit_callbacks) == [judge.queue]
    assert woken(judge, sent, django_capture_on_commit_callbacks, busy=True) == []
    judge_replies_claim(language_model_id=judge.pk, claim=uuid.uuid4(), worker="w2", limit=9)
    assert woken(judge, sent, django_capture_on_commit_callbacks) == []
    make_run(make_dataset("everyday"), judge, "base", done=False)
    assert woken(judge, sent, django_capture_on_commit_callbacks) == [judge.queue]


def test_an_idle_worker_is_woken_for_rows_that_it_held_when_it_lost_the_database(
    sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    run = make_run(make_dataset("everyday"), make_judge(), "base", done=False)
    generations_claim(language_model_id=run.language_model_id, claim=uuid.uuid4(), worker="w1", limit=9)
    assert woken(run.language_model, sent, django_capture_on_commit_callbacks) == [run.language_model.queue]
    assert woken(run.language_model, sent, django_capture_on_commit_callbacks, busy=True) == []


def test_an_idle_worker_is_woken_for_a_repair(
    sent: list[str], django_capture_on_commit_callbacks: Any, world: World
) -> None:
    helper = make_judge("helper")
    repairs_request(candidate=candidate_of(world), language_model=helper, user=None)
    assert woken(helper, sent, django_capture_on_commit_callbacks) == [helper.queue]


def test_a_paused_worker_is_not_woken(sent: list[str], django_capture_on_commit_callbacks: Any) -> None:
    judge = make_judge()
    make_run(make_dataset("everyday"), judge, "base", done=False)
    worker_failed(name="w1", queue=judge.queue, stage=Worker.Stage.LOADING, error="No space is left on this disk.")
    assert woken(judge, sent, django_capture_on_commit_callbacks) == []
    Worker.objects.update(paused_until=timezone.now())
    assert woken(judge, sent, django_capture_on_commit_callbacks) == [judge.queue]


def test_a_heartbeat_closes_runs_whose_end_was_missed(sent: list[str]) -> None:
    run = make_run(make_dataset("everyday"), make_judge(), "base", done=False)
    run.generations.update(status="done")
    Heartbeat(name="w1", model=run.language_model, busy=lambda: True).beat(check_rows=True)
    run.refresh_from_db()
    assert run.status == "done"


def test_what_a_killed_worker_held_is_freed_by_the_next_one_on_its_host(sent: list[str]) -> None:
    run = make_run(make_dataset("everyday"), make_judge(), "base", done=False)
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(killed.pid).create_time() - psutil.boot_time()
    process = replace(this_process(), pid=killed.pid, started=started)
    worker_seen(name="killed", queue=run.language_model.queue, process=process)
    generations_claim(language_model_id=run.language_model_id, claim=uuid.uuid4(), worker="killed", limit=3)
    heartbeat = Heartbeat(name="w1", model=run.language_model, busy=lambda: True)
    heartbeat.beat(check_rows=True)
    assert run.generations.filter(status="claimed").count() == 3
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # not reaped: a zombie is dead too
    heartbeat.beat(check_rows=True)
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 1), ("queued", 0)}
    assert list(Worker.objects.values_list("name", flat=True)) == ["w1"]
    killed.communicate()


def test_two_workers_of_one_model_on_one_host_leave_each_others_claims_alone(sent: list[str]) -> None:
    run = make_run(make_dataset("everyday"), make_judge(), "base", done=False)
    first, second = (Heartbeat(name=name, model=run.language_model, busy=lambda: True) for name in ("w1", "w2"))
    first.beat(check_rows=True)
    generations_claim(language_model_id=run.language_model_id, claim=uuid.uuid4(), worker="w1", limit=4)
    second.beat(check_rows=True)
    assert set(run.generations.values_list("status", "claimed_by")) == {("claimed", "w1")}
    assert Worker.objects.count() == 2


def test_a_worker_of_another_host_is_never_taken_for_dead(sent: list[str]) -> None:
    run = make_run(make_dataset("everyday"), make_judge(), "base", done=False)
    elsewhere = replace(this_process(), host="another", pid=2**22)
    worker_seen(name="w9", queue=run.language_model.queue, process=elsewhere)
    generations_claim(language_model_id=run.language_model_id, claim=uuid.uuid4(), worker="w9", limit=4)
    Heartbeat(name="w1", model=run.language_model, busy=lambda: True).beat(check_rows=True)
    assert set(run.generations.values_list("status", flat=True)) == {"claimed"}


def test_a_worker_is_alive_whatever_the_clock_of_its_host_does(monkeypatch: pytest.MonkeyPatch) -> None:
    process, booted = this_process(), psutil.boot_time()
    for step_s in (-86_400, -120, 120, 86_400):
        monkeypatch.setattr("psutil._psplatform.boot_time", lambda step_s=step_s: booted + step_s)
        assert psutil.boot_time() == booted + step_s
        assert is_alive(process)


def test_a_process_number_that_was_taken_again_is_another_process() -> None:
    process = this_process()
    assert is_alive(process)
    assert not is_alive(replace(process, started=process.started - 3_600))


def test_without_the_socket_of_a_broker_a_worker_says_how_to_start_one(tmp_path: Path, settings: Any) -> None:
    make_judge()
    settings.BROKER_URL = f"redis+socket://{tmp_path}/valkey.sock"
    with pytest.raises(CommandError, match=r"No broker runs at .*valkey\.sock: start one with `make broker`"):
        call_command("start_worker", "arbiter")


def test_each_started_worker_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    make_judge()
    settings.BROKER_URL = "redis://127.0.0.1:6379/0"
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: started.append(arguments))
    call_command("start_worker", "arbiter")
    call_command("start_worker", "arbiter")
    first, second = (arguments[arguments.index("--hostname") + 1] for arguments in started)
    assert first != second
    assert all(name.startswith("arbiter.") and name.endswith("@%h") for name in (first, second))


def test_the_worker_has_the_task_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(tasks, "work_until_idle", lambda **kwargs: done.append(kwargs["language_model_id"]))
    tasks.app.tasks[dispatch.WORK].apply(args=[7]).get()
    assert done == [7]


def remote(slug: str) -> LanguageModel:
    return language_model_register(slug=slug, backend="openai", name=slug, serving={"api_key_env": ""})


def test_one_worker_serves_several_remote_models_with_a_thread_each(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    remote("gpt-a")
    remote("gpt-b")
    settings.BROKER_URL = "redis://127.0.0.1:6379/0"
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: started.append(arguments))
    call_command("start_worker", "gpt-a", "gpt-b", "gpt-a")
    [arguments] = started
    assert arguments[arguments.index("--queues") + 1] == "generate.gpt-a,generate.gpt-b"
    assert arguments[arguments.index("--pool") + 1 : arguments.index("--pool") + 4] == ["threads", "--concurrency", "2"]
    make_judge()
    with pytest.raises(CommandError, match="arbiter runs on this machine and needs a worker of its own"):
        call_command("start_worker", "gpt-a", "arbiter")


def test_a_second_message_for_a_busy_model_is_left_and_other_models_are_worked_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[int] = []

    def work(*, language_model_id: int, **_: Any) -> None:
        done.append(language_model_id)
        if language_model_id == 7 and len(done) == 1:
            for number in (7, 8):
                tasks.app.tasks[dispatch.WORK].apply(args=[number]).get()

    monkeypatch.setattr(tasks, "work_until_idle", work)
    tasks.app.tasks[dispatch.WORK].apply(args=[7]).get()
    tasks.app.tasks[dispatch.WORK].apply(args=[7]).get()
    assert done == [7, 8, 7]


def test_old_drafts_and_old_answers_to_keys_are_deleted_at_the_start_and_once_a_day(
    monkeypatch: pytest.MonkeyPatch, world: World, alice: User
) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment)
    draft = Draft.objects.create(assignment=assignment, version=1, content={})
    heartbeat = Heartbeat(name="w1", model=world.language_model, busy=lambda: False)
    heartbeat.clean()
    assert Draft.objects.exists(), "it was saved just now"
    Draft.objects.filter(pk=draft.pk).update(saved_at=timezone.now() - timedelta(days=91))
    KeyedRequest.objects.create(user=alice, key="old", claimed_at=timezone.now() - timedelta(hours=25))
    KeyedRequest.objects.create(user=alice, key="new", claimed_at=timezone.now() - timedelta(hours=23))
    heartbeat.clean()
    assert not Draft.objects.exists()
    assert [row.key for row in KeyedRequest.objects.all()] == ["new"]

    beats: list[str] = []

    def beat(*, check_rows: bool) -> None:
        beats.append("beat")
        if len([what for what in beats if what == "beat"]) == 5:
            heartbeat._stop.set()

    monkeypatch.setattr("workers.heartbeat._BEAT_S", 0)
    monkeypatch.setattr("workers.heartbeat._CLEAN_EVERY_BEATS", 3)
    monkeypatch.setattr("workers.heartbeat.connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(heartbeat, "beat", beat)
    monkeypatch.setattr(heartbeat, "clean", lambda: beats.append("clean"))
    heartbeat._run()
    assert beats == ["beat", "clean", "beat", "beat", "beat", "clean", "beat"]


def test_a_heartbeat_that_fails_is_not_the_last(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    heartbeat = Heartbeat(name="w1", model=world.language_model, busy=lambda: False)
    beats: list[bool] = []

    def beat(*, check_rows: bool) -> None:
        beats.append(check_rows)
        if len(beats) == 3:
            heartbeat._stop.set()
        raise AttributeError("partially initialized module")

    monkeypatch.setattr("workers.heartbeat._BEAT_S", 0)
    monkeypatch.setattr("workers.heartbeat.connection", SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(heartbeat, "beat", beat)
    monkeypatch.setattr(heartbeat, "clean", lambda: None)
    heartbeat._run()
    assert len(beats) == 3


def test_the_device_is_not_asked_of_a_torch_that_another_thread_is_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    device = DeviceReport().read(None)
    assert (device.batch_size, device.device) == (0, "")
    assert device.memory_used
