"""Budgets: a run stops when its model calls have used so much, says so, and goes on with a larger one."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from annotator.runs import dispatch
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run
from annotator.runs.selectors.budgets import run_budget
from annotator.runs.services import language_model_register, run_budget_set, run_repeats_start, run_resume, run_start
from tests.cast import make_dataset
from workers.engine.scripted import ScriptedBackend
from workers.session import work_until_idle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)


@pytest.fixture
def model() -> LanguageModel:
    """A model with a price, whose answers a scripted backend writes: 3 words after a prompt of 9."""
    return language_model_register(slug="priced", backend="openai", name="gpt-4o-mini")


def started(model: LanguageModel, **budget: Any) -> Run:
    run, _created = run_start(dataset=make_dataset("everyday"), language_model=model, strategy="base")
    run_budget_set(runs=[run], **budget)
    return run


def work(run: Run) -> int:
    """Generate one request at a time."""
    replies = {prompt.text: "One two three." for prompt in run.dataset.prompts.all()}
    backend = ScriptedBackend({"replies": replies}, {"batch_size": 1})
    stored = work_until_idle(language_model_id=run.language_model_id, worker="w1", backend=backend)
    run.refresh_from_db()
    return stored


def page(run: Run, user: User) -> str:
    browser = lead(user)
    return " ".join(browser.get(f"/runs/{run.pk}/").content.decode().split())


def lead(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(user)
    return browser


def test_a_run_stops_when_its_tokens_are_used_and_goes_on_with_more(model: LanguageModel, lena: User) -> None:
    run = started(model, tokens=20)
    assert work(run) == 2
    assert run.status == "cancelled"
    budget = run_budget(run)
    assert budget is not None
    assert budget.used_up
    assert budget.tokens == sum(run.generations.filter(status="done").values_list("prompt_tokens", flat=True)) + 6
    shown = page(run, lena)
    assert "The run stopped because its budget is used up; resume it with a larger one." in shown
    assert f"{budget.tokens} of 20 tokens are used." in shown
    with pytest.raises(RunError, match="has used up its budget: resume it with a larger one"):
        run_resume(run=run)
    lead(lena).post(f"/runs/{run.pk}/resume/", {"budget_tokens": "1000"})
    assert work(run) == 2
    assert run.status == "done"
    assert set(run.generations.values_list("attempts", flat=True)) == {1}


def test_a_run_stops_when_its_money_is_used(model: LanguageModel, lena: User) -> None:
    run = started(model, usd=0.000002)
    assert 0 < work(run) < 4
    budget = run_budget(run)
    assert budget is not None
    assert budget.usd is not None
    assert budget.usd >= 0.000002
    assert "US dollars are used." in page(run, lena)


def test_a_budget_that_cannot_be_kept_is_refused(model: LanguageModel) -> None:
    local = language_model_register(slug="tiny", backend="scripted", name="tiny")
    run, _created = run_start(dataset=make_dataset("d"), language_model=local, strategy="base")
    with pytest.raises(RunError, match="No price of tiny is known"):
        run_budget_set(runs=[run], usd=1)
    for limit in ({"usd": 0.0}, {"usd": float("nan")}, {"tokens": 0}):
        with pytest.raises(RunError, match="above 0"):
            run_budget_set(runs=[run], **limit)  # type: ignore[arg-type]


def test_a_run_and_its_repeats_have_one_budget(model: LanguageModel) -> None:
    runs = run_repeats_start(
        repeats=3, dataset=make_dataset("d"), language_model=model, strategy="base", sampling={"temperature": 0.5}
    )
    run_budget_set(runs=[runs[0][0]], tokens=20)
    assert work(runs[0][0]) == 2
    assert set(Run.objects.values_list("status", flat=True)) == {"cancelled"}


def test_the_command_line_sets_a_budget_and_a_larger_one_resumes(model: LanguageModel) -> None:
    make_dataset("everyday")

    def start(*arguments: str) -> None:
        call_command("start_run", "everyday", "priced", "base", *arguments, stdout=StringIO())

    start("--budget-tokens", "20")
    run = Run.objects.get()
    work(run)
    with pytest.raises(CommandError, match="has used up its budget"):
        start()
    start("--budget-tokens", "1000", "--budget-usd", "5")
    run.refresh_from_db()
    assert (run.status, run.budget_tokens, run.budget_usd) == ("running", 1000, 5.0)


def test_the_form_starts_a_run_with_a_budget(model: LanguageModel, lena: User) -> None:
    dataset = make_dataset("everyday")
    form = {"dataset": dataset.pk, "language_model": model.pk, "strategies": ["base"], "budget_usd": "2.5"}
    answer = lead(lena).post("/runs/new/", form)
    assert answer.status_code == 302, answer.content
    assert Run.objects.get().budget_usd == 2.5
    refused = lead(lena).post("/runs/new/", {**form, "strategies": ["cot"], "budget_usd": "-1"})
    assert refused.status_code == 422
