"""Budgets: a run pauses when its model calls have used so much, says so, and goes on with a larger one."""

import uuid
from dataclasses import replace
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.events.models import Event
from annotator.exemplars.errors import RepairError
from annotator.exemplars.services.repair_requests import repair_finish, repairs_claim, repairs_request
from annotator.runs.errors import RunError
from annotator.runs.models import Generation, LanguageModel, ModelCall, Run, RunUsage
from annotator.runs.selectors import judge_replies_wait
from annotator.runs.selectors.budgets import run_budget
from annotator.runs.services import (
    language_model_register,
    run_budget_set,
    run_cancel,
    run_repeats_start,
    run_resume,
    run_start,
)
from annotator.runs.services.generations import (
    GenerationResult,
    generation_fail,
    generation_finish,
    generations_claim,
)
from annotator.runs.services.judge_replies import judge_replies_claim, judge_replies_request, judge_reply_finish
from annotator.runs.services.model_calls import CallRecord
from tests.api.client import client_of
from tests.cast import World, make_dataset
from tests.complexbench import answered_run, make_bench, make_judge
from tests.exemplars.curating import at_once, candidate_of
from workers.engine.scripted import ScriptedBackend
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


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
    assert (run.status, run.over_budget) == ("paused", True)
    budget = run_budget(run)
    assert budget is not None
    assert budget.used_up
    assert budget.tokens == sum(run.generations.filter(status="done").values_list("prompt_tokens", flat=True)) + 6
    shown = page(run, lena)
    assert "The run is paused because its budget is used up; resume it with a larger one." in shown
    assert f"{budget.tokens} of 20 tokens are used." in shown
    with pytest.raises(RunError, match="has used up its budget: raise it on its page"):
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
    assert set(Run.objects.values_list("status", "over_budget")) == {("paused", True)}


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


def test_a_run_whose_last_answers_use_up_its_budget_is_done(model: LanguageModel) -> None:
    run = started(model, tokens=40)
    assert work(run) == 4
    assert (run.status, run.over_budget) == ("done", True)


def test_a_worker_that_ends_last_closes_a_run_that_its_budget_paused(model: LanguageModel) -> None:
    run = started(model, tokens=10)
    claim = uuid.uuid4()
    rows = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=4)
    for row in rows:
        generation_finish(generation=row, claim=claim, result=result(5))
    run.refresh_from_db()
    assert run.status == "done"
    assert list(Event.objects.filter(kind__startswith="run.").order_by("pk").values_list("kind", flat=True)) == [
        "run.started",
        "run.paused",
        "run.finished",
    ]


def test_what_a_run_used_is_summed_by_worker_and_checked_without_reading_its_calls(model: LanguageModel) -> None:
    run = started(model, tokens=10**6)
    for worker in ("w1", "w2"):
        claim = uuid.uuid4()
        rows = generations_claim(language_model_id=model.pk, claim=claim, worker=worker, limit=2)
        for row in rows:
            generation_finish(generation=row, claim=claim, result=result(5))
    used = RunUsage.objects.order_by("worker").values_list("run", "language_model", "worker", "completion_tokens")
    assert list(used) == [(run.pk, model.pk, "w1", 10), (run.pk, model.pk, "w2", 10)]
    with CaptureQueriesContext(connection) as seen:
        budget = run_budget(run)
    assert budget is not None
    assert budget.tokens == 20
    assert not [query for query in seen.captured_queries if "runs_modelcall" in query["sql"]]


def test_a_failed_call_counts_and_a_second_try_counts_on(model: LanguageModel) -> None:
    run = started(model, tokens=10**6)
    for _ in range(2):
        claim = uuid.uuid4()
        [row] = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=1)
        generation_fail(generation=row, claim=claim, error="Cut.", calls=result(7).calls)
        Generation.objects.filter(pk=row.pk).update(status="queued", attempts=0, error="")
    budget = run_budget(run)
    assert budget is not None
    assert budget.tokens == 14
    assert ModelCall.objects.count() == 1


def test_what_is_reused_or_recorded_costs_nothing(model: LanguageModel) -> None:
    run = started(model, tokens=10**6)
    claim = uuid.uuid4()
    [row] = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=1)
    recorded = replace(result(9), recorded_at=timezone.now())
    generation_finish(generation=row, claim=claim, result=recorded)
    assert not RunUsage.objects.filter(run=run).exists()


def test_judge_replies_count_in_the_budget_of_the_judged_run_and_wait_once_it_is_used_up(lena: User) -> None:
    run, judge = answered_run(make_bench()), make_judge()
    run_budget_set(runs=[run], tokens=10)
    judge_replies_request(run=run, judge=judge)
    claim = uuid.uuid4()
    first, *_others = judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=1)
    assert judge_reply_finish(reply=first, claim=claim, raw="yes", calls=result(11).calls)
    run.refresh_from_db()
    assert (run.status, run.over_budget) == ("done", True)
    assert judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=9) == []
    assert not judge_replies_wait(judge.pk)
    with pytest.raises(RunError, match="has used up its budget"):
        judge_replies_request(run=run, judge=judge, scope="completion")
    assert "no judge reply and no repair is begun until it is raised" in page(run, lena)
    lead(lena).post(f"/runs/{run.pk}/budget/", {"budget_tokens": "100"})
    assert len(judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=9)) == 2


def test_repairs_count_in_the_budget_of_the_run_whose_answer_they_rewrite(world: World, dan: User) -> None:
    candidate = candidate_of(world, dan)
    run = candidate.generation.run
    repairs_request(candidate=candidate, language_model=world.language_model, user=dan)
    run_budget_set(runs=[run], tokens=10)
    claim = uuid.uuid4()
    [repair] = repairs_claim(language_model_id=world.language_model.pk, claim=claim, worker="w1", limit=1)
    assert repair_finish(repair=repair, claim=claim, reasoning="", answer="Rain, rain.", calls=result(11).calls)
    run.refresh_from_db()
    assert run.over_budget
    with pytest.raises(RepairError, match="has used up its budget"):
        repairs_request(candidate=candidate, language_model=world.language_model, user=dan)


def test_a_limit_that_is_used_up_already_pauses_the_run_at_once(model: LanguageModel) -> None:
    run = started(model)
    claim = uuid.uuid4()
    [row] = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=1)
    generation_finish(generation=row, claim=claim, result=result(50))
    run_budget_set(runs=[run], tokens=20)
    run.refresh_from_db()
    assert run.status == "paused"


def test_the_api_raises_a_budget_and_resumes(model: LanguageModel, lena: User) -> None:
    run = started(model, tokens=20)
    work(run)
    User.objects.filter(pk=lena.pk).update(is_staff=True)
    client, budget, resume = client_of(lena), f"/api/v1/runs/{run.pk}/budget/", f"/api/v1/runs/{run.pk}/resume/"
    refused = client.post(resume, {}, format="json")
    assert refused.status_code == 409
    assert "has used up its budget" in refused.content.decode()
    assert {client.post(at, {"tokens": 0}, format="json").status_code for at in (budget, resume)} == {400}
    assert client.post(budget, {"tokens": 1000, "resume": True}, format="json").status_code == 400
    raised = client.post(budget, {"tokens": 900}, format="json").json()
    assert (raised["status"], raised["budget_tokens"], raised["over_budget"]) == ("paused", 900, False)
    raised = client.post(resume, {"tokens": 1000}, format="json").json()
    assert (raised["status"], raised["budget_tokens"], raised["over_budget"]) == ("running", 1000, False)
    assert work(run) == 2


@pytest.mark.django_db(transaction=True)
def test_workers_that_finish_rows_at_once_lose_no_token(model: LanguageModel) -> None:
    run = started(model, tokens=10**6)
    claim = uuid.uuid4()
    rows = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=4)
    at_once(*(partial(generation_finish, generation=row, claim=claim, result=result(5)) for row in rows))
    budget = run_budget(run)
    assert budget is not None
    assert budget.tokens == 20


@pytest.mark.django_db(transaction=True)
def test_workers_that_use_up_a_budget_at_once_pause_the_run_once(model: LanguageModel) -> None:
    run = started(model, tokens=20)
    claim = uuid.uuid4()
    rows = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=3)
    at_once(*(partial(generation_finish, generation=row, claim=claim, result=result(50)) for row in rows))
    run.refresh_from_db()
    assert (run.status, run.over_budget) == ("paused", True)
    assert Event.objects.filter(kind="run.paused").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_cancelled_as_its_budget_is_used_up_is_cancelled(model: LanguageModel) -> None:
    run = started(model, tokens=20)
    claim = uuid.uuid4()
    [row] = generations_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=1)
    at_once(partial(generation_finish, generation=row, claim=claim, result=result(50)), partial(run_cancel, run=run))
    run.refresh_from_db()
    assert run.status == "cancelled"


def result(tokens: int) -> GenerationResult:
    call = CallRecord("answer", [("user", "Hi")], "Yes.", "stop", completion_tokens=tokens)
    return GenerationResult("Yes.", "", "Yes.", "clean", "stop", completion_tokens=tokens, calls=[call])
