"""Chat completions against a local server: what is sent, what is read, and what every failure becomes."""

import json
import logging
import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessageFunctionToolCall as FunctionCall
from openai.types.chat.chat_completion import ChoiceLogprobs
from openai.types.chat.chat_completion_message_function_tool_call import Function
from openai.types.chat.chat_completion_token_logprob import ChatCompletionTokenLogprob, TopLogprob
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.workers.remote.fake_anthropic import KEY as ANTHROPIC_KEY
from tests.workers.remote.fake_anthropic import FakeAnthropic
from tests.workers.remote.fake_openai import KEY, Broken, FakeOpenAI, chat, error
from workers.engine import (
    Completion,
    Message,
    PermanentEngineError,
    Request,
    Sampling,
    Thinking,
    Tool,
    TransientEngineError,
    Usage,
    load_backend,
)
from workers.engine.protocol import Backend
from workers.strategies import Item, Job, build_strategy, drive

TOOL = Tool("check_answer", "Checks.", {"type": "object", "properties": {"answer": {"type": "string"}}})


def load(fake: FakeOpenAI, options: dict[str, Any] | None = None, **serving: Any) -> Backend:
    return load_backend("openai", "some-model", "", options or {}, fake.serving(**serving))


def user(text: str = "Name a fruit.", request_id: str = "1", **fields: Any) -> Request:
    return Request(request_id, (Message("user", text),), Sampling(max_new_tokens=64), **fields)


def one(backend: Backend, request: Request) -> Completion:
    try:
        [completion] = backend.complete([request])
        return completion
    finally:
        backend.close()


def asked(fake: FakeOpenAI, options: dict[str, Any], request: Request) -> dict[str, Any]:
    completion = one(load(fake, options), request)
    assert completion.finish_reason != "error", completion.error
    [body] = fake.asked
    fake.asked.clear()
    return body


def test_a_completion_has_text_usage_model_and_id(openai_fake: FakeOpenAI) -> None:
    openai_fake.reply = lambda body: chat("A fig.", cached_tokens=8)
    completion = one(load(openai_fake), user())
    assert (completion.text, completion.finish_reason, completion.reasoning_kind) == ("A fig.", "stop", "none")
    assert completion.usage == Usage(11, 7, None, 8)
    assert (completion.model, completion.response_id) == ("served-model", "chat-1")
    assert completion.latency_s > 0
    [body] = openai_fake.asked
    assert body == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "Name a fruit."}],
        "max_tokens": 64,
        "temperature": 0.0,
        "top_p": 1.0,
    }


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_read_under_either_of_its_names(openai_fake: FakeOpenAI, name: str) -> None:
    openai_fake.reply = lambda body: chat("A fig.", reasoning_tokens=4, **{name: "Figs are fruit."})
    completion = one(load(openai_fake), user(thinking=Thinking(enabled=True)))
    assert (completion.reasoning, completion.reasoning_kind) == ("Figs are fruit.", "raw")
    assert completion.usage.reasoning_tokens == 4


def test_reasoning_that_is_counted_and_kept_back_is_omitted_and_reasoning_that_did_not_come_is_none(
    openai_fake: FakeOpenAI,
) -> None:
    for tokens, kind in ((5, "omitted"), (0, "none"), (None, "none")):
        openai_fake.reply = lambda body, tokens=tokens: chat("A fig.", reasoning_tokens=tokens)  # type: ignore[misc]
        assert one(load(openai_fake), user(thinking=Thinking(enabled=True))).reasoning_kind == kind


def test_thinking_is_switched_by_the_template_by_effort_or_not_at_all(openai_fake: FakeOpenAI) -> None:
    on, off = user(thinking=Thinking(enabled=True)), user(thinking=Thinking(enabled=False))
    template = {"thinking_switch": "enable_thinking", "chat_template_kwargs": {"style": "dry"}}
    assert asked(openai_fake, template, on)["chat_template_kwargs"] == {"style": "dry", "enable_thinking": True}
    assert asked(openai_fake, template, off)["chat_template_kwargs"] == {"style": "dry", "enable_thinking": False}
    assert asked(openai_fake, template, user())["chat_template_kwargs"] == {"style": "dry"}
    assert asked(openai_fake, {**template, "enable_thinking": True}, user())["chat_template_kwargs"]["enable_thinking"]
    by_effort = {"thinking_switch": "reasoning_effort", "effort": "high", "effort_off": "minimal"}
    assert asked(openai_fake, by_effort, on)["reasoning_effort"] == "high"
    assert asked(openai_fake, by_effort, off)["reasoning_effort"] == "minimal"
    low = user(thinking=Thinking(enabled=True, effort="low"))
    assert asked(openai_fake, by_effort, low)["reasoning_effort"] == "low"
    plain = asked(openai_fake, {}, on)
    assert not {"reasoning_effort", "chat_template_kwargs", "thinking_token_budget"} & set(plain)


def test_a_budget_of_thinking_comes_on_top_of_the_tokens_of_the_answer(openai_fake: FakeOpenAI) -> None:
    options = {"thinking_switch": "thinking", "budget_tokens": 100, "token_limit": "max_completion_tokens"}
    body = asked(openai_fake, options, user(thinking=Thinking(enabled=True)))
    assert (body["thinking_token_budget"], body["max_completion_tokens"]) == (100, 164)
    body = asked(openai_fake, options, user(thinking=Thinking(enabled=False)))
    assert "thinking_token_budget" not in body
    assert body["max_completion_tokens"] == 64


def test_a_model_that_refuses_sampling_gets_no_parameter_of_it_and_others_a_seed_with_a_temperature(
    openai_fake: FakeOpenAI,
) -> None:
    warm = Request("1", (Message("user", "Hi."),), Sampling(temperature=0.7, seed=5))
    assert not {"temperature", "top_p", "seed"} & set(asked(openai_fake, {"sampling": False}, warm))
    body = asked(openai_fake, {}, warm)
    assert (body["temperature"], body["seed"]) == (0.7, 5)


def test_a_turn_is_continued_only_where_the_server_can(openai_fake: FakeOpenAI) -> None:
    begun = Request("1", (Message("user", "Hi."), Message("assistant", "THINK: I")), Sampling())
    assert "offers no continued turns" in one(load(openai_fake), begun).error
    body = asked(openai_fake, {"offers": ["continued turns"]}, begun)
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)


def test_probabilities_of_labels_are_read_from_the_first_token(openai_fake: FakeOpenAI) -> None:
    tops = [("Yes", -0.5), (" Yes", -2.0), ("No", -1.5), ("Maybe", -3.0), ("", -4.0)]
    top = [TopLogprob(token=token, logprob=value, bytes=None) for token, value in tops]
    token = ChatCompletionTokenLogprob(token="Yes", logprob=-0.5, bytes=None, top_logprobs=top)
    openai_fake.reply = lambda body: chat("Yes", finish="length", logprobs=ChoiceLogprobs(content=[token]))
    request = user(choices=("Yes", "No"))
    completion = one(load(openai_fake, {"offers": ["probabilities"]}), request)
    assert completion.probabilities is not None
    assert completion.probabilities["Yes"] == pytest.approx(0.766, abs=0.01)
    assert sum(completion.probabilities.values()) == pytest.approx(1)
    assert (completion.text, completion.finish_reason) == ("Yes", "stop")
    assert openai_fake.asked[0]["max_tokens"] == 1
    openai_fake.reply = lambda body: chat("Yes")
    assert one(load(openai_fake), request).probabilities is None
    assert "logprobs" not in openai_fake.asked[1]


def test_a_tool_call_comes_back_with_its_id_and_its_turn_is_repeated_unchanged(openai_fake: FakeOpenAI) -> None:
    call = FunctionCall(
        id="call-1", type="function", function=Function(name="check_answer", arguments='{"answer": "A fig."}')
    )
    openai_fake.reply = lambda body: chat(None, finish="tool_calls", tool_calls=[call], reasoning_content="Hm.")
    assert "offers no tools" in one(load(openai_fake), user(tools=(TOOL,))).error
    first = one(load(openai_fake, {"offers": ["tools"]}), user(tools=(TOOL,)))
    [called] = first.tool_calls
    assert (called.name, called.arguments, called.id) == ("check_answer", {"answer": "A fig."}, "call-1")
    openai_fake.reply = lambda body: chat("A fig.")
    messages = (Message("user", "Hi."), first.turn, Message("tool", "It is well.", call_id="call-1"))
    one(load(openai_fake, {"offers": ["tools"]}), Request("2", messages, Sampling(), tools=(TOOL,)))
    _, turn, result = openai_fake.asked[-1]["messages"]
    assert turn["tool_calls"][0]["function"] == {"name": "check_answer", "arguments": '{"answer": "A fig."}'}
    assert turn["reasoning_content"] == "Hm."
    assert result == {"role": "tool", "tool_call_id": "call-1", "content": "It is well."}


def test_what_a_filter_or_the_model_refuses_is_an_answer_like_any_other(openai_fake: FakeOpenAI) -> None:
    openai_fake.reply = lambda body: chat(None, finish="content_filter")
    assert one(load(openai_fake), user()).finish_reason == "refusal"
    openai_fake.reply = lambda body: chat(None, refusal="I cannot help.")
    completion = one(load(openai_fake), user())
    assert (completion.finish_reason, completion.text) == ("refusal", "I cannot help.")


FAILURES = [
    (error(429, "slow down", retry_after="3"), 3.0, "429 (Too Many Requests): slow down"),
    (error(503, "busy", retry_after_ms="1500"), 1.5, "503 (Service Unavailable): busy"),
    (error(500), 0.0, "500 (Internal Server Error)"),
    (error(529, "overloaded"), 0.0, "529: overloaded"),
    (error(429, retry_after="never"), 0.0, "429"),
    (error(429, retry_after="-5"), 0.0, "429"),
    (error(429, retry_after="nan"), 0.0, "429"),
    (error(429, retry_after="31536000"), 3_600.0, "429"),
    (error(429, retry_after="inf"), 3_600.0, "429"),
    (error(503, retry_after="Fri, 31 Dec 99999 23:59:59 GMT"), 0.0, "503"),
    (error(503, retry_after="Tue, 01 Dec 1998 00:00:00 GMT"), 0.0, "503"),
    (error(503, retry_after="Tue, 01 Dec 2199 00:00:00 GMT"), 3_600.0, "503"),
    (JSONResponse({"error": {"message": "no credit", "code": 402}}), None, "402 (Payment Required): no credit"),
    (JSONResponse({"error": {"message": "busy", "code": 429}}), 0.0, "429 (Too Many Requests): busy"),
    (JSONResponse({"error": "odd", "choices": None}), 0.0, "500 (Internal Server Error): odd"),
    (Response("<html>", 502, media_type="text/html"), 0.0, "502 (Bad Gateway)"),
    (Response('{"choices": [', media_type="application/json"), 0.0, "no valid response"),
    (Response("hello", media_type="text/plain"), 0.0, "no valid response"),
    (
        Response(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}', media_type="application/json"),
        0.0,
        "no valid response",
    ),
    (Response("[" * 200_000, media_type="application/json"), 0.0, "no valid response"),
    (Response('{"created": ' + "7" * 5_000 + "}", media_type="application/json"), 0.0, "no valid response"),
    (Response('{"choices": []}', media_type="application/json"), 0.0, "no valid response"),
    (Response('{"choices": [1]}', media_type="application/json"), 0.0, "no valid response"),
    (Response('{"choices": [{"message": {"content": 7}}]}', media_type="application/json"), 0.0, "no valid response"),
    (Broken(), 0.0, "closed the connection"),
    (error(400, "max_tokens is too large"), None, "400 (Bad Request): max_tokens is too large"),
    (error(403, "no"), None, "403 (Forbidden)"),
    (error(404, "The model does not exist"), None, "404 (Not Found): The model does not exist"),
    (RedirectResponse("http://169.254.169.254/v1"), None, "no redirect is followed"),
    (Response(b"\x1f\x8b", headers={"content-encoding": "gzip"}), None, "packed as 'gzip'"),
    (
        Response(b"\x1f\x8b", 503, {"content-encoding": "gzip", "retry-after": "7"}),
        7.0,
        "503 (Service Unavailable): a response that is packed as 'gzip'",
    ),
    (Response(b"\x1f\x8b", 401, {"content-encoding": "gzip"}), None, "401 (Unauthorized)"),
    (Response("busy", 503, media_type="text/plain; charset=zlib"), 0.0, "503 (Service Unavailable): busy"),
    (Response("hello", media_type="application/json; charset=zlib"), 0.0, "no valid response"),
]


@pytest.mark.parametrize(("response", "retry_after_s", "sentence"), FAILURES)
def test_a_failure_is_transient_or_not_and_has_one_sentence(
    openai_fake: FakeOpenAI, response: Response, retry_after_s: float | None, sentence: str
) -> None:
    openai_fake.reply = lambda body: response
    completion = one(load(openai_fake), user())
    assert completion.finish_reason == "error"
    assert sentence in completion.error
    assert completion.retry_after_s == retry_after_s
    assert "\n" not in completion.error
    assert len(completion.error) < 500


def test_a_server_that_does_not_answer_in_time_is_asked_again_later(openai_fake: FakeOpenAI) -> None:
    openai_fake.delay_s = 3
    completion = one(load(openai_fake, timeout_s=1), user())
    assert completion.error == "The server did not answer within 1 s."
    assert completion.transient


def test_a_megabyte_of_hostile_reasoning_is_kept_and_an_endless_answer_is_not(
    openai_fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = "<script>\u0000\u202e😀</script>" * 60_000
    assert len(hostile) > 1_000_000
    openai_fake.reply = lambda body: chat("A fig.", reasoning=hostile)
    assert one(load(openai_fake), user()).reasoning == hostile
    monkeypatch.setattr("annotator.network.client.MOST_BYTES", 100_000)
    completion = one(load(openai_fake), user())
    assert completion.error == "The server sent more than 100,000 bytes."
    assert not completion.transient


def test_counts_that_no_column_holds_are_bounded(openai_fake: FakeOpenAI) -> None:
    body = json.loads(bytes(chat().body))
    body["usage"] |= {"prompt_tokens": -5, "completion_tokens": 10**30}
    openai_fake.reply = lambda _: Response(json.dumps(body), media_type="application/json")
    assert one(load(openai_fake), user()).usage == Usage(0, 2**31 - 1)


@pytest.mark.parametrize("usage", [None, "many", [], [1], -1, {"prompt_tokens": "7"}, {"completion_tokens_details": 3}])
def test_an_answer_is_not_lost_for_a_count_that_cannot_be_read(openai_fake: FakeOpenAI, usage: Any) -> None:
    body = {**json.loads(bytes(chat().body)), "usage": usage}
    openai_fake.reply = lambda _: JSONResponse(body)
    completion = one(load(openai_fake), user())
    assert (completion.text, completion.usage) == ("A fig.", Usage())


@pytest.mark.parametrize("reasoning", [["I", "think"], {"text": "I think"}, 7, ""])
def test_reasoning_that_is_no_text_is_none(openai_fake: FakeOpenAI, reasoning: Any) -> None:
    openai_fake.reply = lambda body: chat(reasoning=reasoning)
    completion = one(load(openai_fake), user())
    assert (completion.text, completion.reasoning, completion.reasoning_kind) == ("A fig.", "", "none")


def test_half_a_letter_in_an_answer_fails_no_later_step(openai_fake: FakeOpenAI) -> None:
    body = json.loads(bytes(chat("HALF").body))
    raw = json.dumps(body).replace("HALF", "A \\ud83d fig.")
    openai_fake.reply = lambda _: Response(raw, media_type="application/json")
    backend = load(openai_fake)
    [result] = drive(backend, [Job("j", Item("Name a fruit."), build_strategy("self_reflection", {}), Sampling())])
    backend.close()
    assert result.outcome is not None, result.error
    assert result.outcome.answer == "A \ufffd fig."


def nested(depth: int, inside: str = "7") -> str:
    return '{"a":' * depth + inside + "}" * depth


@pytest.mark.parametrize("depth", [100, 600, 900, 960, 990, 1_100, 50_000])
def test_an_error_that_is_nested_however_deeply_fails_its_request_alone(openai_fake: FakeOpenAI, depth: int) -> None:
    deep = Response(nested(depth, '{"error": {"code": 7}}'), 400, media_type="application/json")
    odd = Response(f'{{"error": {nested(depth)}}}', 400, media_type="application/json")
    answers = iter([deep, odd, chat()])
    openai_fake.reply = lambda body: next(answers)
    backend = load(openai_fake, concurrency=1)
    found = list(backend.complete([user(request_id=str(number)) for number in range(3)]))
    backend.close()
    assert [completion.finish_reason for completion in found] == ["error", "error", "stop"]


def test_arguments_of_a_tool_that_are_nested_too_deeply_are_none(openai_fake: FakeOpenAI) -> None:
    for arguments, read in ((nested(300), {}), ("[1]", {}), ('{"answer": "Figs."}', {"answer": "Figs."})):
        call = FunctionCall(id="c", type="function", function=Function(name="check_answer", arguments=arguments))
        openai_fake.reply = lambda body, call=call: chat(None, tool_calls=[call])  # type: ignore[misc]
        completion = one(load(openai_fake, {"offers": ["tools"]}), user(tools=(TOOL,)))
        assert [dict(call.arguments) for call in completion.tool_calls] == [read]


def test_requests_are_pulled_as_there_is_room_and_come_back_in_completion_order(openai_fake: FakeOpenAI) -> None:
    pulled: list[str] = []

    def requests() -> Iterator[Request]:
        for number in range(6):
            pulled.append(str(number))
            yield user(request_id=str(number))

    openai_fake.delay_s = 0.1
    backend = load(openai_fake, concurrency=2)
    completions = backend.complete(requests())
    next(completions)
    assert pulled == ["0", "1"]
    assert len(list(completions)) == 5
    assert pulled == [str(number) for number in range(6)]
    assert openai_fake.at_once == 2
    backend.close()


def test_closing_the_iterator_stops_the_work(openai_fake: FakeOpenAI) -> None:
    openai_fake.delay_s = 0.2
    backend = load(openai_fake, concurrency=2)
    completions = backend.complete(user(request_id=str(number)) for number in range(100))
    next(completions)
    completions.close()  # type: ignore[attr-defined]
    time.sleep(0.5)
    assert len(openai_fake.asked) <= 4
    backend.close()
    backend.close()


def test_a_delay_that_the_server_asks_for_holds_for_every_request(openai_fake: FakeOpenAI) -> None:
    replies = iter([error(429, retry_after="1"), *[chat()] * 3])
    openai_fake.reply = lambda body: next(replies)
    backend = load(openai_fake, concurrency=1)
    errors = [completion.error for completion in backend.complete(user(request_id=str(n)) for n in range(3))]
    assert [bool(sentence) for sentence in errors] == [True, False, False]
    assert openai_fake.times[1] - openai_fake.times[0] >= 0.9
    backend.close()


class StoppedSoon:
    """Requests whose giver asks to stop after the second look."""

    def __init__(self, requests: list[Request]) -> None:
        self._requests = iter(requests)
        self.looks = 0

    def __iter__(self) -> Iterator[Request]:
        return self._requests

    def stopped(self) -> bool:
        self.looks += 1
        return self.looks >= 2


def test_a_delay_of_an_hour_is_kept_and_ends_when_the_work_is_to_stop(openai_fake: FakeOpenAI) -> None:
    openai_fake.reply = lambda body: error(429, retry_after="3600")
    backend = load(openai_fake, concurrency=1)
    given = StoppedSoon([user(request_id=str(number)) for number in range(3)])
    [failed] = backend.complete(given)  # type: ignore[arg-type]
    assert failed.retry_after_s == 3600
    assert len(openai_fake.asked) == 1
    backend.close()


def test_headers_in_the_environment_are_sent_to_no_server(
    openai_fake: FakeOpenAI, anthropic_fake: FakeAnthropic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_CUSTOM_HEADERS", "ANTHROPIC_CUSTOM_HEADERS"):
        monkeypatch.setenv(name, "X-Internal: hush-1\nAuthorization: Bearer hush-2")
    monkeypatch.setenv("OPENAI_ORG_ID", "hush-3")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "hush-4")
    monkeypatch.setenv("FAKE_KEY", KEY)
    one(load(openai_fake), user())
    monkeypatch.setenv("FAKE_KEY", ANTHROPIC_KEY)
    one(load_backend("anthropic", "claude-opus-4-6", "", {}, anthropic_fake.serving()), user())
    sent = [*openai_fake.headers, *anthropic_fake.headers]
    assert len(sent) == 2
    assert "hush" not in str(sent)
    assert os.environ["OPENAI_ORG_ID"] == "hush-3"


def test_a_server_that_is_away_or_refuses_the_key_loads_no_backend(
    openai_fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TransientEngineError, match="cannot be reached"):
        load_backend("openai", "m", "", {}, {"base_url": "http://127.0.0.1:9/v1", "api_key_env": ""})
    monkeypatch.setenv("FAKE_KEY", "sk-wrong-0123456789")
    with pytest.raises(PermanentEngineError, match=r"401 \(Unauthorized\): Incorrect API key provided: Bearer \[key\]"):
        load(openai_fake)
    monkeypatch.delenv("FAKE_KEY")
    with pytest.raises(PermanentEngineError, match="The environment variable FAKE_KEY has no key; set it where"):
        load(openai_fake)


def test_a_server_without_a_list_of_models_is_asked_all_the_same(openai_fake: FakeOpenAI) -> None:
    for status in (404, 500):
        openai_fake.models = lambda status=status: error(status)  # type: ignore[misc]
        assert one(load(openai_fake), user()).text == "A fig."


def test_a_key_that_a_server_sends_back_stands_in_no_text_and_no_log(
    openai_fake: FakeOpenAI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    openai_fake.reply = lambda body: chat(f"Your key is {KEY}.", reasoning=f"Hm, {KEY}")
    backend = load(openai_fake)
    assert KEY not in repr(backend.describe())
    completion = one(backend, user())
    openai_fake.reply = lambda body: error(400, f"bad key {KEY}")
    failed = one(load(openai_fake), user())
    assert KEY not in repr(completion) + repr(failed) + caplog.text
    assert completion.text == "Your key is [key]."


@pytest.mark.parametrize("before", [*range(270, 310, 3), 1_190])
def test_no_part_of_a_key_is_left_where_a_long_message_is_cut(openai_fake: FakeOpenAI, before: int) -> None:
    openai_fake.reply = lambda body: error(400, f"{'x' * before}{KEY}{'y' * 400}")
    sentence = one(load(openai_fake), user()).error
    assert not any(KEY[:length] in sentence for length in range(4, len(KEY)))


def test_a_message_of_a_server_moves_no_cursor_of_a_terminal_and_turns_no_line_round(openai_fake: FakeOpenAI) -> None:
    openai_fake.reply = lambda body: error(400, "\x1b[2J\x1b]0;owned\x07 fine\r\nINFO all is well \u202etxt\x9b31m")
    sentence = one(load(openai_fake), user()).error
    assert sentence.isprintable()
    assert "fine INFO all is well" in sentence


def test_a_key_in_the_arguments_of_a_tool_call_is_taken_out(openai_fake: FakeOpenAI) -> None:
    function = Function(name=KEY, arguments=json.dumps({"a": ["", {KEY: KEY}]}))
    call = FunctionCall(id=KEY, type="function", function=function)
    openai_fake.reply = lambda body: chat(None, finish="tool_calls", tool_calls=[call])
    completion = one(load(openai_fake), user())
    assert KEY not in repr(completion)
    assert completion.tool_calls[0].arguments == {"a": ["", {"[key]": "[key]"}]}
