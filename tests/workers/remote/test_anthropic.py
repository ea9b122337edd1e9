"""Anthropic's messages against a local server: thinking by capability, tools, caching, refusals, batches, failures."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from tests.workers.remote.fake_anthropic import (
    KEY,
    FakeAnthropic,
    capabilities,
    message,
    refused,
    streamed,
    text,
    thinking,
)
from workers.engine import (
    Completion,
    KeepsBatches,
    Message,
    PermanentEngineError,
    Request,
    Sampling,
    SentBatch,
    Thinking,
    Tool,
    Usage,
    load_backend,
)
from workers.engine.protocol import Backend
from workers.strategies import Item, ItemConstraint, Job, build_strategy, drive

ON, OFF = Thinking(enabled=True), Thinking(enabled=False)
TOOL = Tool("check_answer", "Checks.", {"type": "object", "properties": {"answer": {"type": "string"}}})


def load(
    fake: FakeAnthropic, options: dict[str, Any] | None = None, name: str = "claude-opus-4-8", **serving: Any
) -> Backend:
    return load_backend("anthropic", name, "", options or {}, fake.serving(**serving))


def user(*turns: str, request_id: str = "1", sampling: dict[str, Any] | None = None, **fields: Any) -> Request:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[n % 2], turn) for n, turn in enumerate(turns or ("Name a fruit.",)))  # type: ignore[arg-type]
    return Request(request_id, messages, Sampling(**{"max_new_tokens": 64, **(sampling or {})}), **fields)


def one(backend: Backend, request: Request) -> Completion:
    try:
        [completion] = backend.complete([request])
        return completion
    finally:
        backend.close()


def asked(fake: FakeAnthropic, request: Request, options: dict[str, Any] | None = None, **load_with: Any) -> Any:
    completion = one(load(fake, options, **load_with), request)
    assert completion.finish_reason != "error", completion.error
    return fake.asked.pop()


def test_a_completion_has_text_usage_with_cache_and_reasoning_model_and_id(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = lambda body: message(
        thinking("Figs are fruit."),
        text("A fig."),
        thinking_tokens=8,
        cache_creation_input_tokens=100,
        cache_read_input_tokens=50,
    )
    completion = one(load(anthropic_fake), user(thinking=ON))
    assert (completion.text, completion.finish_reason) == ("A fig.", "stop")
    assert (completion.reasoning, completion.reasoning_kind) == ("Figs are fruit.", "summary")
    assert completion.usage == Usage(159, 12, 8, 50)
    assert (completion.model, completion.response_id) == ("claude-served", "msg-1")


@pytest.mark.parametrize(
    ("content", "tokens", "kind"),
    [
        ([thinking("Hm."), text("A fig.")], 8, "summary"),
        ([thinking(""), text("A fig.")], 8, "omitted"),
        ([text("A fig.")], 8, "omitted"),
        ([{"type": "redacted_thinking", "data": "eHg="}, text("A fig.")], 8, "redacted"),
        ([text("A fig.")], 0, "none"),
        ([text("A fig.")], None, "none"),
    ],
)
def test_the_kind_of_reasoning_says_what_came_of_it(
    anthropic_fake: FakeAnthropic, content: Any, tokens: int | None, kind: str
) -> None:
    anthropic_fake.reply = lambda body: message(*content, thinking_tokens=tokens)
    assert one(load(anthropic_fake), user(thinking=ON)).reasoning_kind == kind


def test_thinking_is_switched_in_the_form_that_the_provider_says_the_model_accepts(
    anthropic_fake: FakeAnthropic,
) -> None:
    body = asked(anthropic_fake, user(thinking=ON), {"effort": "high", "budget_tokens": 2_000})
    assert (body["thinking"], body["output_config"]) == (
        {"type": "adaptive", "display": "summarized"},
        {"effort": "high"},
    )
    assert body["max_tokens"] == 2_064
    assert asked(anthropic_fake, user(thinking=OFF))["thinking"] == {"type": "disabled"}
    assert "thinking" not in asked(anthropic_fake, user())
    assert asked(anthropic_fake, user(), {"enable_thinking": False})["thinking"] == {"type": "disabled"}
    anthropic_fake.model = lambda: JSONResponse(capabilities(("enabled", "disabled")))
    body = asked(anthropic_fake, user(thinking=ON), {"budget_tokens": 2_000})
    assert (body["thinking"], body["max_tokens"]) == ({"type": "enabled", "budget_tokens": 2_000}, 2_064)
    anthropic_fake.model = lambda: JSONResponse(capabilities(()))
    body = asked(anthropic_fake, user(thinking=ON))
    assert "thinking" not in body
    assert body["max_tokens"] == 64


def test_a_model_whose_thinking_cannot_be_switched_off_or_that_lacks_an_effort_refuses_the_request(
    anthropic_fake: FakeAnthropic,
) -> None:
    anthropic_fake.model = lambda: JSONResponse(capabilities(("adaptive",), ("low",)))
    assert "cannot be switched off" in one(load(anthropic_fake), user(thinking=OFF)).error
    failed = one(load(anthropic_fake, {"effort": "max"}), user(thinking=ON))
    assert failed.error == "This model takes no effort 'max'; it takes: low."
    assert not failed.transient


def test_a_server_that_knows_no_capabilities_leaves_the_table_in_force(anthropic_fake: FakeAnthropic) -> None:
    for answer in (refused(404, "not_found_error"), JSONResponse({"id": "x"}), JSONResponse({"capabilities": 7})):
        anthropic_fake.model = lambda answer=answer: answer  # type: ignore[misc]
        body = asked(anthropic_fake, user(thinking=ON), name="claude-haiku-4-5")
        assert body["thinking"]["type"] == "enabled"


def test_a_retired_model_and_a_wrong_key_load_no_backend(
    anthropic_fake: FakeAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    anthropic_fake.model = lambda: JSONResponse(capabilities(("adaptive",), lifecycle="retired"))
    with pytest.raises(PermanentEngineError, match="its provider retired it on 2026-06-15; register another"):
        load(anthropic_fake)
    monkeypatch.setenv("FAKE_KEY", "sk-ant-wrong-012345")
    with pytest.raises(PermanentEngineError, match=r"401 \(Unauthorized\): invalid key: Bearer \[key\]"):
        load(anthropic_fake)


def test_no_sampling_parameter_is_sent(anthropic_fake: FakeAnthropic) -> None:
    for name in ("claude-opus-4-8", "claude-haiku-4-5"):
        body = asked(anthropic_fake, user(sampling={"temperature": 0.7, "top_p": 0.9}), name=name)
        assert not {"temperature", "top_p", "top_k", "seed"} & set(body)


def test_the_turns_before_the_last_one_are_cached_and_a_system_message_stands_apart(
    anthropic_fake: FakeAnthropic,
) -> None:
    few = user("Name a nut.", "A hazelnut.", "Name a fruit.")
    turns = asked(anthropic_fake, few)["messages"]
    assert turns[1]["content"][0]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}
    assert [("cache_control" in turn["content"][0]) for turn in turns] == [False, True, False]
    assert asked(anthropic_fake, few, cache="1h")["messages"][1]["content"][0]["cache_control"]["ttl"] == "1h"
    assert "cache_control" not in str(asked(anthropic_fake, few, cache=""))
    assert "cache_control" not in str(asked(anthropic_fake, user()))
    spoken = Request("1", (Message("system", "Be dry."), Message("user", "Hi.")), Sampling())
    body = asked(anthropic_fake, spoken)
    assert (body["system"], len(body["messages"])) == ("Be dry.", 1)


@pytest.mark.parametrize(
    ("stop", "finish"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "context_window"),
    ],
)
def test_every_stop_reason_is_a_finish_reason(anthropic_fake: FakeAnthropic, stop: str, finish: str) -> None:
    anthropic_fake.reply = lambda body: message(text("A"), stop=stop)
    completion = one(load(anthropic_fake), user())
    assert completion.finish_reason == finish
    assert completion.cut_off == (finish in ("length", "context_window"))


FAILURES = [
    (refused(429, "rate_limit_error", "slow", retry_after="4"), 4.0, "429 (Too Many Requests): slow"),
    (refused(529, "overloaded_error", "Overloaded"), 0.0, "529: Overloaded"),
    (refused(500, "api_error"), 0.0, "500"),
    (refused(400, "invalid_request_error", "max_tokens: too many"), None, "400 (Bad Request): max_tokens: too many"),
    (refused(404, "not_found_error", "model: claude-x"), None, "404"),
    (streamed(message(text("A fig.")), until=3), 0.0, "closed the connection"),
    (streamed(message(text("A fig.")), until=0), 0.0, "closed the connection"),
    (Response('event: message_start\ndata: {"type": "mess\n\n', media_type="text/event-stream"), 0.0, "no valid"),
    (Response("<html>", media_type="text/html"), 0.0, "closed the connection"),
    (
        Response(
            'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
            media_type="text/event-stream",
        ),
        0.0,
        "Overloaded",
    ),
]


@pytest.mark.parametrize(("response", "retry_after_s", "sentence"), FAILURES)
def test_a_failure_is_transient_or_not_and_has_one_sentence(
    anthropic_fake: FakeAnthropic, response: Response, retry_after_s: float | None, sentence: str
) -> None:
    anthropic_fake.reply = lambda body: response
    completion = one(load(anthropic_fake), user())
    assert (completion.finish_reason, completion.retry_after_s) == ("error", retry_after_s)
    assert sentence in completion.error


def test_a_turn_is_never_begun_for_a_model(anthropic_fake: FakeAnthropic) -> None:
    begun = user("Hi.", "THINK: I")
    assert "offers no continued turns" in one(load(anthropic_fake), begun).error


def test_the_checkers_are_a_tool_inside_the_models_thinking_and_its_blocks_go_back_unchanged(
    anthropic_fake: FakeAnthropic,
) -> None:
    def reply(body: dict[str, Any]) -> Any:
        if len(body["messages"]) == 1:
            call = {"type": "tool_use", "id": "tool-1", "name": "check_answer", "input": {"answer": "Figs, plums."}}
            return message(thinking("I draft.", "U0lH"), text("Let me check."), call, stop="tool_use")
        return message(thinking("No commas."), text("Figs and plums."), thinking_tokens=5)

    anthropic_fake.reply = reply
    strategy = build_strategy("verified_revision", {"tool": True})
    item = Item("Name two fruits without commas.", (ItemConstraint("punctuation:no_comma", {}),))
    backend = load(anthropic_fake, {"enable_thinking": True})
    [result] = drive(backend, [Job("j", item, strategy, Sampling(max_new_tokens=64))])
    backend.close()
    assert result.outcome is not None, result.error
    assert (result.outcome.answer, result.outcome.reasoning) == ("Figs and plums.", "No commas.")
    first, second = anthropic_fake.asked
    assert first["thinking"]["type"] == second["thinking"]["type"] == "adaptive"
    assert first["tools"][0]["input_schema"]["required"] == ["answer"]
    assert second["messages"][1] == {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "I draft.", "signature": "U0lH"},
            {"type": "text", "text": "Let me check."},
            {"type": "tool_use", "id": "tool-1", "name": "check_answer", "input": {"answer": "Figs, plums."}},
        ],
    }
    [result_block] = second["messages"][2]["content"]
    assert (result_block["type"], result_block["tool_use_id"]) == ("tool_result", "tool-1")
    assert "These constraints are broken:" in result_block["content"]


def test_a_batch_answers_every_request_whatever_the_order_of_its_results(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = lambda body: message(text(f"re: {body['messages'][0]['content'][0]['text']}"))
    backend = load(anthropic_fake, batches=True)
    requests = [user(f"prompt {number}", request_id=f"generation {number}/1") for number in range(5)]
    texts = {completion.request_id: completion.text for completion in backend.complete(requests)}
    backend.close()
    assert texts == {f"generation {number}/1": f"re: prompt {number}" for number in range(5)}
    [batch] = anthropic_fake.batches
    assert len({row["custom_id"] for row in batch}) == 5
    assert anthropic_fake.asked == []


def test_a_request_that_a_batch_did_not_answer_is_failed_for_its_own_reason(anthropic_fake: FakeAnthropic) -> None:
    errored = {"type": "invalid_request_error", "message": "too long"}
    for result, transient, sentence in (
        ({"type": "expired"}, True, "the request was expired with its batch"),
        ({"type": "canceled"}, True, "the request was canceled with its batch"),
        ({"type": "errored", "error": {"type": "error", "error": errored}}, False, "too long"),
    ):
        anthropic_fake.batch_result = lambda row, result=result: result  # type: ignore[misc]
        completion = one(load(anthropic_fake, batches=True), user())
        assert (completion.transient, sentence in completion.error) == (transient, True), completion.error


def test_a_result_of_a_batch_that_cannot_be_read_fails_its_own_request_alone(anthropic_fake: FakeAnthropic) -> None:
    good = {"type": "succeeded", "message": message(text("A fig.")).model_dump(mode="json", exclude_none=True)}
    for bad in (None, {"type": "errored", "error": None}, {"type": "errored"}):
        anthropic_fake.batch_result = lambda row, bad=bad: bad if "bad" in str(row["params"]) else good
        backend = load(anthropic_fake, batches=True)
        completions = list(backend.complete([user("bad", request_id="1"), user("good", request_id="2")]))
        backend.close()
        failed, answered = sorted(completions, key=lambda completion: completion.request_id)
        assert (answered.text, failed.transient) == ("A fig.", True)
        assert "cannot be read" in failed.error


def test_a_line_of_a_batchs_results_that_is_no_json_costs_its_own_request_alone(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = re
    anthropic_fake.broken_results = lambda lines: [*lines[:1], "{half a li", *lines[2:]]
    backend = load(anthropic_fake, batches=True)
    completions = list(backend.complete([user(f"prompt {n}", request_id=f"{n}") for n in range(4)]))
    backend.close()
    [failed] = [completion for completion in completions if completion.finish_reason == "error"]
    assert {one.text for one in completions if one is not failed} == {"re: prompt 0", "re: prompt 1", "re: prompt 3"}
    assert (failed.transient, "ended without an answer to this request" in failed.error) == (True, True)


def test_the_results_of_a_batch_may_be_longer_than_another_response(
    anthropic_fake: FakeAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.network.client.MOST_BYTES", 5_000)
    anthropic_fake.reply = lambda body: message(text("fig " * 2_000))
    for batches, finish_reason in ((True, "stop"), (False, "error")):
        backend = load(anthropic_fake, batches=batches)
        completions = list(backend.complete([user(f"{n}", request_id=f"{n}") for n in range(3)]))
        backend.close()
        assert {completion.finish_reason for completion in completions} == {finish_reason}


def test_a_batch_whose_results_are_unreadable_as_a_whole_is_not_paid_twice(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = re
    pages = iter([["<html>"], ["<html>"]])
    anthropic_fake.broken_results = lambda lines: next(pages, lines)
    backend = load(anthropic_fake, batches=True)
    jobs = [Job(f"j{n}", Item(f"prompt {n}"), build_strategy("base", {}), Sampling()) for n in range(3)]
    results = list(drive(backend, jobs, sleep=lambda _s: time.sleep(0.01)))
    backend.close()
    assert {result.outcome.answer for result in results if result.outcome} == {f"re: prompt {n}" for n in range(3)}
    assert [len(batch) for batch in anthropic_fake.batches] == [3]


def test_results_of_a_batch_on_another_server_are_not_asked_for(anthropic_fake: FakeAnthropic) -> None:
    other = anthropic_fake.url.replace("127.0.0.1", "localhost")
    anthropic_fake.results_url = f"{other}/v1/messages/batches/batch-1/results"
    completion = one(load(anthropic_fake, batches=True), user())
    assert "an address on another server, which is not asked" in completion.error


def test_counts_that_add_up_to_more_than_the_database_holds_are_bounded(anthropic_fake: FakeAnthropic) -> None:
    most = 2**31 - 1
    anthropic_fake.reply = lambda body: message(
        text("A fig."), cache_creation_input_tokens=most, cache_read_input_tokens=most
    )
    assert one(load(anthropic_fake), user()).usage.prompt_tokens == most


@pytest.mark.parametrize("kind", ["rate_limit_error", "timeout_error"])
def test_an_error_event_inside_a_stream_is_tried_again(anthropic_fake: FakeAnthropic, kind: str) -> None:
    event = f'event: error\ndata: {{"type": "error", "error": {{"type": "{kind}", "message": "slow"}}}}\n\n'
    anthropic_fake.reply = lambda body: Response(event, media_type="text/event-stream")
    assert one(load(anthropic_fake), user()).transient


def test_an_event_of_a_stream_without_what_belongs_to_it_is_tried_again(anthropic_fake: FakeAnthropic) -> None:
    event = 'event: message_start\ndata: {"type": "message_start", "message": null}\n\n'
    anthropic_fake.reply = lambda body: Response(event, media_type="text/event-stream")
    completion = one(load(anthropic_fake), user())
    assert (completion.transient, "no valid response" in completion.error) == (True, True)


def test_a_stop_cancels_the_batch_at_the_provider_and_its_jobs_get_no_result(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.polls_until_ended = 10**6
    strategy = build_strategy("base", {})
    jobs = [Job(f"j{n}", Item("Name a fruit."), strategy, Sampling()) for n in range(3)]
    backend = load(anthropic_fake, batches=True)

    def going() -> Iterator[bool]:
        yield from [True] * 4
        while not anthropic_fake.batches:
            yield True
        while True:
            yield False

    goes = going()
    started = time.monotonic()
    assert list(drive(backend, jobs, keep_going=lambda: next(goes))) == []
    assert time.monotonic() - started < 10
    time.sleep(0.3)
    assert anthropic_fake.cancelled == ["batch-1"]
    backend.close()


def test_no_completion_holds_the_key(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = lambda body: message(thinking(f"{KEY}?"), text(f"{KEY}!"))
    assert KEY not in repr(one(load(anthropic_fake), user(thinking=ON)))


class Log:
    """A log of batches as the database keeps it: what a session takes is its own until it is released."""

    def __init__(self) -> None:
        self.kept: dict[str, SentBatch] = {}
        self.free: set[str] = set()
        self.done: list[str] = []

    def store(self, batch: SentBatch) -> None:
        self.kept[batch.id] = batch

    def take(self) -> list[SentBatch]:
        taken = [self.kept[batch_id] for batch_id in sorted(self.free)]
        self.free.clear()
        return taken

    def answered(self, batch_id: str) -> None:
        self.done.append(batch_id)

    def forget(self, batch_id: str) -> None:
        self.kept.pop(batch_id, None)

    def release(self) -> None:
        self.free = set(self.kept)


def logged(fake: FakeAnthropic, log: Log) -> Backend:
    backend = load(fake, batches=True)
    assert isinstance(backend, KeepsBatches)
    backend.log_batches(log)
    return backend


def numbered(*numbers: int) -> list[Request]:
    return [user(f"prompt {number}", request_id=f"generation {number}/1") for number in numbers]


def sent_until_stopped(fake: FakeAnthropic, log: Log) -> None:
    """A session that sends the prompts 0 to 3 as a batch, and is stopped before the batch has ended."""
    fake.polls_until_ended = 10**6
    backend = logged(fake, log)

    assert list(backend.complete(Requests(numbered(0, 1, 2, 3), lambda: bool(log.kept)))) == []
    backend.close()
    log.release()
    fake.polls_until_ended = 2


class Requests:
    """Requests of a driver, which may be stopped."""

    def __init__(self, requests: list[Request], stopped: Callable[[], bool]) -> None:
        self._requests, self.stopped = iter(requests), stopped

    def __iter__(self) -> Iterator[Request]:
        return self._requests


def re(body: dict[str, Any]) -> Any:
    return message(text(f"re: {body['messages'][0]['content'][0]['text']}"))


def test_the_next_session_reads_the_batch_of_one_that_was_stopped_and_sends_only_what_it_lacks(
    anthropic_fake: FakeAnthropic,
) -> None:
    anthropic_fake.reply, log = re, Log()
    sent_until_stopped(anthropic_fake, log)
    assert anthropic_fake.cancelled == []
    backend = logged(anthropic_fake, log)
    texts = {one.request_id: one.text for one in backend.complete(numbered(3, 1, 7))}
    assert texts == {f"generation {number}/1": f"re: prompt {number}" for number in (3, 1, 7)}
    assert [len(batch) for batch in anthropic_fake.batches] == [4, 1]
    assert log.done == ["batch-2"], "the first has answers that nobody asked for yet"
    assert len(list(backend.complete(numbered(0, 2)))) == 2
    backend.close()
    assert (len(anthropic_fake.batches), log.done) == (2, ["batch-2", "batch-1"])


def test_a_row_that_asks_something_else_by_now_gets_no_answer_of_an_earlier_batch(
    anthropic_fake: FakeAnthropic,
) -> None:
    anthropic_fake.reply, log = re, Log()
    sent_until_stopped(anthropic_fake, log)
    backend = logged(anthropic_fake, log)
    [completion] = backend.complete([user("another prompt", request_id="generation 0/1")])
    backend.close()
    assert completion.text == "re: another prompt"


def test_a_batch_that_the_provider_does_not_know_any_more_is_sent_again(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply, log = re, Log()
    sent_until_stopped(anthropic_fake, log)
    anthropic_fake.batches.clear()
    backend = logged(anthropic_fake, log)
    assert {one.text for one in backend.complete(numbered(0, 1))} == {"re: prompt 0", "re: prompt 1"}
    backend.close()
    assert [len(batch) for batch in anthropic_fake.batches] == [2]


def test_a_question_for_a_batch_that_fails_sends_nothing_a_second_time(anthropic_fake: FakeAnthropic) -> None:
    anthropic_fake.reply = re
    trouble = iter([500, 503])
    anthropic_fake.poll_trouble = lambda: next(trouble, None)
    strategy = build_strategy("base", {})
    backend = load(anthropic_fake, batches=True)
    jobs = [Job(f"j{n}", Item(f"prompt {n}"), strategy, Sampling()) for n in range(3)]
    results = list(drive(backend, jobs, sleep=lambda _s: time.sleep(0.01)))
    backend.close()
    assert {result.outcome.answer for result in results if result.outcome} == {f"re: prompt {n}" for n in range(3)}
    assert [len(batch) for batch in anthropic_fake.batches] == [3]
