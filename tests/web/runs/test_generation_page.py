"""The generation page: every step as a model call, what each request set, labels, tools, and the decision in words."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import Generation
from annotator.runs.services.model_calls import CallRecord, calls_prepare, calls_replace
from tests.cast import World

HOSTILE = "<script>alert(1)</script> {{ settings.SECRET_KEY }} {% url 'home' %} \u202e\x00 %(by)s"


@pytest.fixture
def browser(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def generation(world: World) -> Generation:
    return world.second_run.generations.get(position=0)


def html_of(browser: Client, generation: Generation) -> str:
    return " ".join(browser.get(f"/runs/{generation.run_id}/prompts/{generation.position}/").content.decode().split())


def call(step: str, text: str, messages: list[tuple[str, str]] | None = None, **more: Any) -> CallRecord:
    shown = messages or [("user", "Write about rain.")]
    return CallRecord(
        **{"step": step, "messages": shown, "thinking": None, "text": text, "finish_reason": "stop", **more}
    )


def store(generation: Generation, *calls: CallRecord, decision: dict[str, Any] | None = None) -> None:
    calls_replace(generation, calls_prepare(generation, calls))
    Generation.objects.filter(pk=generation.pk).update(decision=decision)


def test_steps_are_in_order_and_the_one_that_was_taken_says_so(browser: Client, generation: Generation) -> None:
    decision = {"chose": "reflection", "by": "the model", "note": "", "facts": {}, "then": None}
    store(generation, call("answer", "First."), call("reflection", "Second."), decision=decision)
    html = html_of(browser, generation)
    first, second = html.index("Model call 1: answer"), html.index("Model call 2: reflection")
    assert first < second
    assert html.count('<span class="tag done">taken</span>') == 1
    assert html.index('<span class="tag done">taken</span>') > second
    assert "The model decided: the text of the step “reflection” was taken." in html


def test_a_turn_that_is_continued_is_marked_and_no_other(browser: Client, generation: Generation) -> None:
    messages = [("user", "Hi."), ("assistant", "THINK: To obey")]
    store(generation, call("reasoning", " all.", messages), call("answer", "Yes.", [*messages, ("user", "Now?")]))
    html = html_of(browser, generation)
    assert html.count("Beginning of the model’s turn, written for it") == 1
    assert html.count("Assistant message") == 1


def test_many_exemplars_are_folded_together_and_a_long_message_by_itself(
    browser: Client, generation: Generation
) -> None:
    turns = [(role, f"{role} {number}") for number in range(6) for role in ("user", "assistant")]
    store(generation, call("answer", "Done.", [*turns, ("user", "x" * 1_300)]))
    html = html_of(browser, generation)
    assert "12 earlier messages" in html
    assert "1300 characters" in html.replace(",", "")
    assert "user 5" in html
    assert "x" * 1_300 in html


def test_what_the_request_set_is_there_where_it_differs(browser: Client, generation: Generation) -> None:
    own = {"max_new_tokens": 64, "temperature": 0.5}  # the run's has max_new_tokens 64 alone
    thinking = {"enabled": True, "budget_tokens": 512, "effort": "high"}
    store(generation, call("answer", "A.", sampling=own, thinking=thinking, tools=["check"]))
    html = html_of(browser, generation)
    assert "temperature, for this call</dt><dd>0.5</dd>" in html
    assert "max_new_tokens, for this call" not in html
    assert "on 512 tokens at most high" in html
    assert "tools offered</dt><dd>check</dd>" in html


def test_labels_have_their_probabilities_as_bars_and_numbers(browser: Client, generation: Generation) -> None:
    decision = {"chose": "cot", "by": "the model", "probability": 0.731, "threshold": 0.5}
    store(generation, call("decision", "YES", probabilities={"NO": 0.269, "YES": 0.731}), decision=decision)
    html = html_of(browser, generation)
    assert html.index("<bdi>YES</bdi>") < html.index("<bdi>NO</bdi>")
    assert '<progress value="731" max="1000"' in html
    assert "73.1 %" in html
    assert "The probability of reasoning was 73.1 %; from 50.0 % on it reasons." in html


def test_calls_of_tools_are_shown_with_their_arguments(browser: Client, generation: Generation) -> None:
    store(generation, call("answer", "", tool_calls=[{"name": "check", "arguments": {"answer": HOSTILE[:8]}}]))
    html = html_of(browser, generation)
    assert "The model called the tool <bdi>check</bdi>" in html
    assert "&quot;answer&quot;: &quot;&lt;script&gt;&quot;" in html
    assert "The reply has no text." in html


def test_decisions_that_led_to_one_another_are_told_in_order_with_notes_and_facts(
    browser: Client, generation: Generation
) -> None:
    then = {"chose": "answer", "by": "the checkers", "facts": {"obeyed": 2, "violated": 1}}
    decision = {
        "chose": "base",
        "by": "the complexity",
        "note": "<i>Unread</i>",
        "facts": {"router": "r-1:ab"},
        "then": then,
    }
    store(generation, call("answer", "A."), decision=decision)
    html = html_of(browser, generation)
    assert html.index("The complexity of the prompt decided: the strategy “base”.") < html.index(
        "The checkers decided: the text of"
    )
    assert "&lt;i&gt;Unread&lt;/i&gt;" in html
    assert "<dt>hash of the router</dt><dd>r-1:ab</dd>" in html
    assert "<dt>violated</dt><dd>1</dd>" in html
    assert '<span class="tag done">taken</span>' in html


def test_a_failed_generation_shows_the_calls_it_made(browser: Client, generation: Generation) -> None:
    store(generation, call("answer", "", finish_reason="error", error="Too <long>."))
    Generation.objects.filter(pk=generation.pk).update(status="failed", error="Too <long>.")
    html = html_of(browser, generation)
    assert html.count("Too &lt;long&gt;.") == 2
    assert '<span class="tag failed">failed</span>' in html


def test_hostile_texts_stay_texts_wherever_they_stand(browser: Client, generation: Generation) -> None:
    text = HOSTILE.replace("\x00", "")
    decision = {"chose": text, "by": text, "note": text, "facts": {text: text}, "then": "no decision"}
    store(
        generation,
        call(text[:60], text, [("user", text)], reasoning=text, reasoning_kind="raw", model=text, tools=[text],
             probabilities={text: 1.0}, tool_calls=[{"name": text, "arguments": {text: text}}]),
        decision=decision,
    )  # fmt: skip
    html = html_of(browser, generation)
    assert "<script>alert" not in html
    assert "{{ settings.SECRET_KEY }}" in html
    assert "{% url" in html
