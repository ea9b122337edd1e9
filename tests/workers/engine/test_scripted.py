"""The scripted backend: scripted replies first, else canned answers that are always the same."""

import pytest

from tests.workers.engine.asking import ask
from workers.engine import Message, PermanentEngineError, Request, Sampling, Tool, ToolCall, load_backend


def scripted(**options):
    return load_backend("scripted", "any", "", options)


def reply(text, backend=None, **sampling):
    [completion] = (backend or scripted()).complete([ask(text, **sampling)])
    return completion


def test_an_exact_reply_goes_before_a_rule():
    rule = {"contains": ["rain"], "reply": "by rule"}
    backend = scripted(replies={"Write about rain.": "by heart"}, rules=[rule])
    assert reply("Write about rain.", backend).text == "by heart"
    assert reply("Sing about rain.", backend).text == "by rule"


def test_a_rule_needs_all_of_its_texts():
    rule = {"contains": ["rain", "THINK:"], "reply": "THINK: wet ANSWER: rain"}
    backend = scripted(rules=[rule])
    assert reply("rain THINK:", backend).text == rule["reply"]
    assert reply("rain", backend).text != rule["reply"]


def test_a_scripted_failure_fails_its_request_alone():
    backend = scripted(failures={"poison": "The model refused."})
    first, second = backend.complete([ask("poison", "1"), ask("bread", "2")])
    assert (first.finish_reason, first.error, first.text) == ("error", "The model refused.", "")
    assert (second.finish_reason, second.error) == ("stop", "")


def test_an_invented_reply_is_always_the_same():
    message = "Write a letter without commas, in lowercase, with a postscript."
    assert reply(message).text == reply(message).text != reply(f"{message} ").text


def test_over_many_prompts_each_way_of_asking_obeys_some_commas_that_the_other_does_not():
    def obeys(text):
        return "," not in reply(text).text

    pairs = [(f"Topic {n}: no commas.", f"Topic {n}: no commas. THINK: ANSWER:") for n in range(40)]
    contrast = {(obeys(base), "," not in reply(cot).text.split("ANSWER:")[1]) for base, cot in pairs}
    assert contrast == {(True, True), (True, False), (False, True), (False, False)}


def test_reasoning_is_invented_only_when_both_markers_are_asked_for():
    assert reply("Write THINK: and then ANSWER: please").text.startswith("THINK: ")
    assert "\nANSWER:\n" in reply("Write THINK: and then ANSWER: please").text
    assert "ANSWER:" not in reply("Just write THINK: please").text


def test_a_reply_longer_than_allowed_is_cut_and_says_so():
    backend = scripted(replies={"count": "one two\nthree  four "})
    whole, cut = reply("count", backend), reply("count", backend, max_new_tokens=3)
    assert (whole.text, whole.finish_reason, whole.usage.completion_tokens) == ("one two\nthree  four ", "stop", 4)
    assert (cut.text, cut.finish_reason, cut.usage.completion_tokens) == ("one two\nthree  ", "length", 3)


def test_requests_are_pulled_one_at_a_time():
    pulled = []

    def requests():
        for name in ("1", "2"):
            pulled.append(name)
            yield ask("hello", name)

    completions = scripted().complete(requests())
    next(completions)
    assert pulled == ["1"]


@pytest.mark.parametrize("text", ["", "\ud800", "a\x00b", "(a+)+$", "<script>", "x" * 1_000_000])
def test_hostile_text_gets_an_answer(text):
    assert reply(text).finish_reason == "stop"


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (
            {"reply": {}},
            "unknown field 'reply'; known fields: replies, rules, failures, probabilities, tool_calls, lacks.",
        ),
        ({"rules": [{"contains": ["a"]}]}, "scripted: rules: a field is missing; expected contains, reply."),
        ({"rules": {}}, "scripted: rules must be of type list, not {}."),
        ({"probabilities": {"a": {"Yes": -1}}}, "scripted: probabilities: 'a' needs an object of labels with numbers"),
        ({"probabilities": {"a": 0.5}}, "scripted: probabilities: 'a' needs an object of labels with numbers from 0."),
        ({"tool_calls": [{"name": "a"}]}, "tool_calls: a field is missing; expected contains, name, arguments."),
        (
            {"lacks": ["taste"]},
            "lacks must name some of continued turns, probabilities, tools, thinking switched off, not 'taste'.",
        ),
        ({"batch_size": 2}, "scripted: unknown field 'batch_size'"),
    ],
)
def test_a_wrong_option_is_refused(options, complaint):
    with pytest.raises(PermanentEngineError) as refusal:
        scripted(**options)
    assert complaint in str(refusal.value)


def test_an_unknown_backend_is_refused_with_the_known_ones():
    with pytest.raises(PermanentEngineError, match=r"Unknown backend 'llama'; known backends: .*scripted"):
        load_backend("llama", "any", "", {})


@pytest.mark.parametrize(
    ("serving", "complaint"),
    [
        ({"batch_size": 0}, "batch_size must be 1 or more"),
        ({"delay": 1}, "scripted: serving: unknown field 'delay'; known fields: delay_s, batch_size."),
    ],
)
def test_a_wrong_serving_setting_is_refused(serving, complaint):
    with pytest.raises(PermanentEngineError) as refusal:
        load_backend("scripted", "any", "", {}, serving)
    assert complaint in str(refusal.value)


def test_serving_settings_change_no_reply():
    slow = load_backend("scripted", "any", "", {}, {"batch_size": 3, "delay_s": 0.001})
    assert slow.batch_size == 3
    assert reply("Name a fruit.", slow).text == reply("Name a fruit.").text


def complete(backend=None, begun="", text="Name a fruit.", choices=(), tools=(), **sampling):
    messages = (Message("user", text), *([Message("assistant", begun)] if begun else []))
    request = Request("1", messages, Sampling(**sampling), choices=choices, tools=tools)
    [completion] = (backend or scripted()).complete([request])
    return completion


def test_a_turn_that_begins_with_reasoning_goes_on_to_an_answer_and_repeats_nothing():
    text = complete(begun="THINK: To obey,", text="Write without commas.").text
    assert text.startswith(" I read the request twice.\nI am asked for no commas,")
    assert "\nANSWER:\n" in text
    assert "THINK" not in text


def test_a_turn_that_begins_with_reasoning_and_a_marker_goes_on_with_the_answer_alone():
    text = complete(begun="THINK: sweet\nANSWER:").text
    assert text.startswith(" ")
    assert "ANSWER:" not in text
    assert text != complete(begun="THINK: sour\nANSWER:").text


def test_rules_read_the_prompt_and_the_turn_that_the_request_begins():
    backend = scripted(rules=[{"contains": ["fruit", "ANSWER:"], "reply": " fig"}])
    assert complete(backend, begun="THINK: sweet\nANSWER:").text == " fig"
    assert complete(backend, begun="THINK: sweet").text != " fig"


def test_labels_get_probabilities_and_the_text_is_the_likeliest():
    completion = complete(choices=("Yes", "No", "Perhaps"), max_new_tokens=1)
    assert list(completion.probabilities) == ["Yes", "No", "Perhaps"]
    assert sum(completion.probabilities.values()) == pytest.approx(1)
    assert completion.text == max(completion.probabilities, key=completion.probabilities.get)
    assert complete().probabilities is None


@pytest.mark.parametrize(
    ("options", "probabilities"),
    [
        ({"probabilities": {"fruit": {"Yes": 3, "No": 1}}}, {"Yes": 0.75, "No": 0.25}),
        ({"probabilities": {"fruit": {"No": 0.2}}}, {"Yes": 0.0, "No": 1.0}),
        ({"replies": {"Name a fruit.": "Yes"}}, {"Yes": 0.9, "No": 0.1}),
    ],
)
def test_probabilities_are_scripted_by_text_or_by_a_reply_that_is_a_label(options, probabilities):
    assert complete(scripted(**options), choices=("Yes", "No")).probabilities == pytest.approx(probabilities)


def test_a_label_is_likely_on_some_messages_and_unlikely_on_others():
    likely = {complete(text=f"Topic {n}", choices=("Yes", "No")).probabilities["Yes"] > 0.5 for n in range(20)}
    assert likely == {True, False}


def test_a_scripted_tool_is_called_where_it_is_offered():
    call = {"contains": ["fruit"], "name": "check", "arguments": {"text": "fíg"}}
    backend = scripted(tool_calls=[call])
    completion = complete(backend, tools=(Tool("check", "Check it.", {"type": "object"}),))
    assert completion.tool_calls == (ToolCall("check", {"text": "fíg"}),)
    assert completion.text == '<tool_call>\n{"name": "check", "arguments": {"text": "fíg"}}\n</tool_call>'
    assert complete(backend, tools=(Tool("other", "", {}),)).tool_calls == ()
    assert complete(backend).tool_calls == ()


@pytest.mark.parametrize("ability", ["continued turns", "tools"])
def test_a_model_that_lacks_an_ability_fails_the_requests_that_need_it(ability):
    backend = scripted(lacks=[ability])
    asked = {"begun": "Well,"} if ability == "continued turns" else {"tools": (Tool("check", "", {}),)}
    assert complete(backend, **asked).error == f"This model offers no {ability}; choose another model or strategy."
    assert complete(backend).finish_reason == "stop"


def test_a_model_without_probabilities_writes_a_label():
    completion = complete(scripted(lacks=["probabilities"]), choices=("Yes", "No"))
    assert (completion.probabilities, completion.text in ("Yes", "No")) == (None, True)
