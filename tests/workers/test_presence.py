"""What an idle worker looks for on its own: prompts and questions whose message was lost."""

import uuid
from typing import Any

import pytest

from annotator.runs import dispatch
from annotator.runs.judgements import judgements_claim, judgements_request
from annotator.runs.models import LanguageModel
from tests.cast import make_dataset, make_run
from tests.complexbench import answered_run, make_bench, make_judge
from workers import tasks
from workers.presence import Presence

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tasks_sent: list[str] = []
    monkeypatch.setattr(dispatch, "_send", lambda queue, pk, task=dispatch.GENERATE: tasks_sent.append(task))
    return tasks_sent


def woken(model: LanguageModel, sent: list[str], on_commit: Any) -> list[str]:
    sent.clear()
    with on_commit(execute=True):
        Presence(name="w1", model=model, busy=lambda: False)._wake()
    return list(sent)


def test_it_wakes_for_what_waits_and_for_nothing_else(sent: list[str], django_capture_on_commit_callbacks: Any) -> None:
    judge = make_judge()
    assert woken(judge, sent, django_capture_on_commit_callbacks) == []
    judgements_request(run=answered_run(make_bench()), judge=judge)
    assert woken(judge, sent, django_capture_on_commit_callbacks) == [dispatch.JUDGE]
    make_run(make_dataset("everyday"), judge, "base", done=False)
    assert woken(judge, sent, django_capture_on_commit_callbacks) == [dispatch.GENERATE, dispatch.JUDGE]
    judgements_claim(language_model_id=judge.pk, claim=uuid.uuid4(), worker="w1", limit=9)
    assert woken(judge, sent, django_capture_on_commit_callbacks) == [dispatch.GENERATE]


def test_the_worker_has_a_task_for_each_message_that_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, done = make_judge(), []
    monkeypatch.setattr(tasks.jobs, "generate", lambda **asked: done.append(("generate", asked["language_model_id"])))
    monkeypatch.setattr(tasks.judging, "judge", lambda **asked: done.append(("judge", asked["language_model_id"])))
    for name in (dispatch.GENERATE, dispatch.JUDGE):
        tasks.app.tasks[name].apply(args=[judge.pk]).get()
    assert done == [("generate", judge.pk), ("judge", judge.pk)]
