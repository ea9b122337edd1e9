"""Whole runs through a worker and a local server: nothing lost, nothing doubled, and the pages say what happened."""

import io
import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.test import Client
from django.utils import timezone
from starlette.responses import HTMLResponse, JSONResponse

from annotator.claims import release_worker
from annotator.runs import dispatch
from annotator.runs.models import Environment, Generation, LanguageModel, MessageBatch, ModelCall, Run, Worker
from annotator.runs.services import language_model_register, run_resume, run_start
from annotator.runs.services.budgets import run_budget_set
from annotator.runs.services.message_batches import (
    message_batch_store,
    message_batches_delete_old,
    message_batches_take,
)
from tests.cast import make_dataset
from tests.workers.remote.fake_anthropic import FakeAnthropic, message, refused, text, thinking
from tests.workers.remote.fake_openai import KEY, FakeOpenAI, chat, error
from workers import backend_cache
from workers.engine.remote.backend import RemoteBackend
from workers.session import work_until_idle
from workers.strategies import retries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(dispatch, "_send", lambda queue, model_id: None)
    monkeypatch.setattr(retries, "LONGEST_DELAY_S", 0.01)
    monkeypatch.setattr(RemoteBackend, "_delay_s", lambda backend: 0.0)
    backend_cache.forget()
    yield
    backend_cache.forget()


def started(fake: FakeOpenAI, strategy: str = "base", options: dict[str, Any] | None = None, **start: Any) -> Run:
    model = language_model_register(
        slug="remote", backend="openai", name="some-model", options=options or {}, serving=fake.serving()
    )
    return run_start(dataset=make_dataset("everyday"), language_model=model, strategy=strategy, **start)[0]


def work(run: Run) -> int:
    Worker.objects.update(paused_until=None)
    return work_until_idle(language_model_id=run.language_model_id, worker="w1")


def page(run: Run, user: User) -> str:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(user)
    return browser.get(f"/runs/{run.pk}/").content.decode()


def test_a_storm_of_429_and_500_loses_and_doubles_nothing(openai_fake: FakeOpenAI) -> None:
    trouble = iter([error(429, retry_after="2"), error(500), error(529), error(503, retry_after="1")] * 2)
    answered: Counter[str] = Counter()

    def reply(body: dict[str, Any]) -> Any:
        if failed := next(trouble, None):
            return failed
        answered[body["messages"][0]["content"]] += 1
        return chat("A fig.")

    openai_fake.reply = reply
    run = started(openai_fake)
    assert work(run) == 4
    run.refresh_from_db()
    assert run.status == "done"
    assert list(answered.values()) == [1, 1, 1, 1]
    assert set(run.generations.values_list("status", "attempts", "answer", "completion_tokens")) == {
        ("done", 1, "A fig.", 7)
    }
    assert ModelCall.objects.filter(finish_reason="error").count() == 8
    environment = Environment.objects.get().content
    assert environment["backend"] == "openai"
    assert environment["server"] == openai_fake.url


def test_a_server_that_is_not_there_yet_costs_no_prompt_an_attempt_and_the_page_says_why(
    openai_fake: FakeOpenAI, lena: User
) -> None:
    run = started(openai_fake)
    pages = (error(502, "under maintenance"), HTMLResponse("under maintenance", 503), HTMLResponse("under maintenance"))
    for reply in pages:
        openai_fake.models = lambda reply=reply: reply
        assert work(run) == 0
        assert Worker.objects.get().stage == "loading"
        assert any(words in page(run, lena) for words in ("under maintenance", "no valid response"))
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 0)}
    openai_fake.models = FakeOpenAI.models
    assert work(run) == 4


def test_a_budget_that_is_used_up_after_a_storm_pays_for_no_further_answer(openai_fake: FakeOpenAI) -> None:
    asked: Counter[str] = Counter()
    answered: list[str] = []

    def reply(body: dict[str, Any]) -> Any:
        prompt = body["messages"][0]["content"]
        asked[prompt] += 1
        if asked[prompt] == 1:
            return error(500)
        answered.append(prompt)
        return chat("A fig.")

    openai_fake.reply = reply
    model = language_model_register(
        slug="remote", backend="openai", name="some-model", options={}, serving=openai_fake.serving(concurrency=1)
    )
    dataset = make_dataset("everyday")
    prompts = dataset.prompts.count()
    run = run_start(dataset=dataset, language_model=model, strategy="base")[0]
    run_budget_set(runs=[run], tokens=1)
    work(run)
    run.refresh_from_db()
    assert (prompts > 2, len(answered), run.status) == (True, 1, "paused")
    assert Counter(run.generations.values_list("status", "attempts")) == {("done", 1): 1, ("queued", 0): prompts - 1}


def test_a_server_that_is_away_touches_no_row_and_the_run_goes_on_when_it_is_back(
    openai_fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = started(openai_fake)
    monkeypatch.setenv("FAKE_KEY", "sk-wrong-0123456789")
    assert work(run) == 0
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 0)}
    assert "401 (Unauthorized)" in Worker.objects.get().error
    monkeypatch.setenv("FAKE_KEY", KEY)
    assert work(run) == 4


NO_QUOTA = {"message": "You exceeded your quota.", "type": "insufficient_quota", "code": "insufficient_quota"}


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (error(401, "the key was revoked"), "the key was revoked"),
        (error(402, "no credit is left"), "no credit is left"),
        (JSONResponse({"error": NO_QUOTA}, 429), "You exceeded your quota"),
    ],
    ids=["key", "credit", "quota"],
)
def test_an_account_that_is_refused_in_mid_run_fails_no_prompt_and_the_run_goes_on_when_it_is_accepted(
    openai_fake: FakeOpenAI, lena: User, refusal: Any, words: str
) -> None:
    answers = iter([chat("A fig.")])
    openai_fake.reply = lambda body: next(answers, None) or refusal
    run = started(openai_fake)
    for _ in range(5):
        work(run)
    assert Counter(run.generations.values_list("status", "attempts")) == {("done", 1): 1, ("queued", 0): 3}
    assert words in page(run, lena)
    openai_fake.reply = lambda body: chat("A fig.")
    assert work(run) == 3
    assert words not in page(run, lena)


def test_a_request_that_the_server_refuses_fails_alone_and_the_page_says_why(
    openai_fake: FakeOpenAI, lena: User
) -> None:
    openai_fake.reply = lambda body: error(400, "no tea") if "tea" in str(body) else chat("A fig.")
    run = started(openai_fake)
    work(run)
    assert run.generations.get(status="failed").prompt.key == "tea"
    assert "The server answered 400 (Bad Request): no tea" in page(run, lena)
    openai_fake.reply = lambda body: chat("Tea.")
    run_resume(run=run)
    assert work(run) == 1


def test_the_run_and_the_generation_say_where_reasoning_was_requested_and_none_came(
    openai_fake: FakeOpenAI, lena: User
) -> None:
    openai_fake.reply = lambda body: chat(
        "A fig.", **({"reasoning": "Moons are no fruit."} if "moon" in str(body) else {})
    )
    run = started(openai_fake, "thinking", {"thinking_switch": "enable_thinking"})
    work(run)
    thought = run.generations.get(prompt__key="moon")
    assert (thought.reasoning, thought.reasoning_kind, thought.split_status) == ("Moons are no fruit.", "raw", "clean")
    assert run.generations.filter(split_status="missing_marker", reasoning_kind="none").count() == 3
    assert "For 3 of 4 answers thinking was requested and no reasoning came back." in page(run, lena)
    browser = Client()
    browser.force_login(lena)
    without = browser.get(f"/runs/{run.pk}/prompts/0/").content.decode()
    assert "Thinking was requested, and no reasoning came back." in without
    with_it = browser.get(f"/runs/{run.pk}/prompts/{thought.position}/").content.decode()
    assert "no reasoning came back" not in with_it


def test_the_key_is_in_no_row_no_log_and_no_page(
    openai_fake: FakeOpenAI, lena: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    openai_fake.reply = lambda body: error(400, f"bad {KEY}") if "tea" in str(body) else chat(f"{KEY}!", reasoning=KEY)
    run = started(openai_fake)
    work(run)
    database = io.StringIO()
    for model in (LanguageModel, Run, Generation, ModelCall, Environment, Worker):
        database.write(serializers.serialize("json", model.objects.all()))
    shown = page(run, lena)
    browser = Client()
    browser.force_login(lena)
    for position in range(4):
        shown += browser.get(f"/runs/{run.pk}/prompts/{position}/").content.decode()
    assert "[key]!" in shown
    assert KEY not in database.getvalue() + shown + caplog.text


def anthropic_run(fake: FakeAnthropic, strategy: str, **serving: Any) -> Run:
    model = language_model_register(
        slug="claude", backend="anthropic", name="claude-opus-4-8", serving=fake.serving(**serving)
    )
    return run_start(dataset=make_dataset("everyday"), language_model=model, strategy=strategy)[0]


@pytest.mark.django_db(transaction=True)  # the log of batches has connections of its own
def test_a_run_of_message_batches_with_thinking_ends_whole_and_its_pages_say_what_the_reasoning_is(
    anthropic_fake: FakeAnthropic, lena: User
) -> None:
    anthropic_fake.reply = lambda body: message(
        thinking("I compare."), text(f"{len(body['messages'])} fig."), thinking_tokens=8
    )
    run = anthropic_run(anthropic_fake, "thinking", batches=True)
    assert work(run) == 4
    run.refresh_from_db()
    assert run.status == "done"
    assert set(run.generations.values_list("answer", "reasoning", "reasoning_kind", "reasoning_tokens")) == {
        ("1 fig.", "I compare.", "summary", 8)
    }
    sent = [row for batch in anthropic_fake.batches for row in batch]
    assert len(sent) == 4
    assert "no reasoning came back" not in page(run, lena)
    browser = Client()
    browser.force_login(lena)
    shown = browser.get(f"/runs/{run.pk}/prompts/0/").content.decode()
    assert "The reasoning is the provider’s summary; its tokens are those of the reasoning itself." in shown


@pytest.mark.django_db(transaction=True)  # the log of batches has connections of its own
def test_a_batch_that_expires_is_sent_again_and_a_context_that_is_full_is_a_cut_off_answer(
    anthropic_fake: FakeAnthropic,
) -> None:
    def result(row: dict[str, Any]) -> dict[str, Any]:
        if len(anthropic_fake.batches) == 1:
            return {"type": "expired"}
        built = message(text("A fi"), stop="model_context_window_exceeded")
        return {"type": "succeeded", "message": built.model_dump(mode="json", exclude_none=True)}

    anthropic_fake.batch_result = result
    run = anthropic_run(anthropic_fake, "base", batches=True)
    assert work(run) == 4
    assert set(run.generations.values_list("status", "attempts", "finish_reason")) == {("done", 1, "context_window")}
    assert run.generations.filter(Generation.without_whole_answer()).count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_result_of_a_batch_that_refuses_the_account_is_sent_again_in_another_batch(
    anthropic_fake: FakeAnthropic,
) -> None:
    def result(row: dict[str, Any]) -> dict[str, Any]:
        if len(anthropic_fake.batches) == 1 and "tea" in str(row):
            no_credit = {"type": "billing_error", "message": "no credit"}
            return {"type": "errored", "error": {"type": "error", "error": no_credit}}
        return {"type": "succeeded", "message": message(text("A fig.")).model_dump(mode="json", exclude_none=True)}

    anthropic_fake.batch_result = result
    run = anthropic_run(anthropic_fake, "base", batches=True)
    assert work(run) == 4
    assert [len(batch) for batch in anthropic_fake.batches] == [4, 1]
    assert not MessageBatch.objects.exists()


def test_credit_that_is_used_up_at_anthropic_fails_no_prompt(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = lambda body: refused(
        400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."
    )
    run = anthropic_run(anthropic_fake, "base")
    assert work(run) == 0
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 0)}


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_stopped_leaves_its_batch_and_the_next_one_pays_nothing_again(
    anthropic_fake: FakeAnthropic,
) -> None:
    run = anthropic_run(anthropic_fake, "base", batches=True)
    anthropic_fake.polls_until_ended = 10**6
    going = lambda: not MessageBatch.objects.exists()  # noqa: E731
    assert work_until_idle(language_model_id=run.language_model_id, worker="w1", keep_going=going) == 0
    kept = MessageBatch.objects.get()
    assert (kept.status, kept.batch_id, len(kept.requests)) == ("queued", "batch-1", 4)
    assert set(run.generations.values_list("status", "attempts")) == {("queued", 0)}
    backend_cache.forget()
    anthropic_fake.polls_until_ended = 2
    assert work_until_idle(language_model_id=run.language_model_id, worker="w2") == 4
    assert [len(batch) for batch in anthropic_fake.batches] == [4]
    assert anthropic_fake.cancelled == []
    assert not MessageBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_no_other_worker_reads_a_batch_that_a_living_one_waits_for(anthropic_fake: FakeAnthropic) -> None:
    run = anthropic_run(anthropic_fake, "base", batches=True)
    of_model: Any = {"language_model_id": run.language_model_id}
    claim, other = uuid.uuid4(), uuid.uuid4()
    message_batch_store(**of_model, batch_id="batch-9", requests=["a"], claim=claim, worker="w1")
    message_batch_store(**of_model, batch_id="batch-9", requests=["a"], claim=claim, worker="w1")
    assert message_batches_take(**of_model, claim=other, worker="w2") == []
    release_worker(worker="w1")
    assert [row.batch_id for row in message_batches_take(**of_model, claim=other, worker="w2")] == ["batch-9"]
    assert message_batches_take(**of_model, claim=claim, worker="w1") == []


def test_a_batch_is_forgotten_when_the_provider_has_no_answers_any_more(anthropic_fake: FakeAnthropic) -> None:
    run = anthropic_run(anthropic_fake, "base", batches=True)
    for days in (28, 30):
        MessageBatch.objects.create(
            language_model=run.language_model,
            batch_id=f"of {days} days",
            requests=[],
            created_at=timezone.now() - timedelta(days=days),
        )
    assert message_batches_delete_old() == 1
    assert MessageBatch.objects.get().batch_id == "of 28 days"
