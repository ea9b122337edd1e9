"""Notices of a run that does not advance, and the details of a generation, as leads read them."""

import uuid
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from annotator.runs import watching
from annotator.runs.models import Run, Worker
from annotator.runs.services import run_start
from annotator.runs.services.generations import generations_claim
from annotator.runs.services.workers import worker_failed
from tests.cast import make_dataset, make_model
from tests.runs.test_reuse import finish, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(User.objects.create_user("dora", is_staff=True, is_superuser=True))
    return client


def failing(run: Run, error: str = "The hub <b>is</b> out of reach.") -> None:
    worker_failed(name="tiny.1@gpu3", queue=run.language_model.queue, stage=Worker.Stage.LOADING, error=error)


def test_a_runs_page_says_which_worker_cannot_load_the_model_and_why(lead: Client) -> None:
    run = started("a")
    failing(run)
    html = lead.get(f"/runs/{run.pk}/").content.decode()
    assert "Worker tiny.1@gpu3 cannot load the model since" in html
    assert "The hub &lt;b&gt;is&lt;/b&gt; out of reach." in html


def test_a_runs_page_says_so_in_chinese(lead: Client) -> None:
    run = started("a")
    failing(run)
    html = lead.get(f"/runs/{run.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "工作进程 tiny.1@gpu3 自" in html


def test_watching_a_run_says_why_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, model = make_dataset("a"), make_model()
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    failing(run)
    shown: list[str] = []
    monkeypatch.setattr(watching.tqdm, "write", lambda bar, text: shown.append(text))
    monkeypatch.setattr(watching.time, "sleep", lambda seconds: Run.objects.update(status="cancelled"))
    call_command("start_run", "a", "tiny", "base", "--watch", stdout=StringIO(), stderr=StringIO())
    assert [text.partition(" since ")[0] for text in shown] == ["Worker tiny.1@gpu3 cannot load the model"]


def test_a_runs_page_shows_the_parameters_of_its_strategy_where_it_has_any(lead: Client) -> None:
    run = started("a")
    assert "Parameters of the strategy" not in lead.get(f"/runs/{run.pk}/").content.decode()
    Run.objects.filter(pk=run.pk).update(parameters={"template": "<b>Think</b>", "excluded": ["rain"]})
    html = lead.get(f"/runs/{run.pk}/").content.decode()
    assert "Parameters of the strategy" in html
    assert "&lt;b&gt;Think&lt;/b&gt;" in html
    assert "[\n  &quot;rain&quot;\n]" in html


def test_a_generations_page_shows_its_model_calls_and_the_run_it_was_generated_in(lead: Client) -> None:
    first = started("a")
    finish(first)
    second = started("b")
    assert generations_claim(language_model_id=second.language_model_id, claim=uuid.uuid4(), worker="w", limit=9) == []
    html = lead.get(f"/runs/{second.pk}/prompts/0/").content.decode()
    assert "Model call 1: answer" in html
    assert "Write about rain." in html
    assert f"The same request was generated in run {first.pk}" in html
