"""Models that think by themselves, end to end: a tiny model that always writes the same, under three chat templates."""

from functools import partial

import pytest

from annotator.backends import BACKENDS
from tests.workers.engine.asking import ask
from tests.workers.engine.local.bigram import bigram_backend, tokenizer
from workers.engine import Request, Sampling, Thinking
from workers.engine.local.chat_template import ChatTemplate
from workers.strategies import Item, Job, build_strategy, drive

TURNS = "{% for message in messages %}user: {{ message.content }} {% endfor %}assistant:"
QWEN3 = TURNS + "{% if enable_thinking is defined and not enable_thinking %} <think> </think>{% endif %}"
DEEPSEEK_V31 = TURNS + "{% if thinking %} <think>{% else %} </think>{% endif %}"
DEEPSEEK_R1 = TURNS + " <think>"
PLAIN = TURNS


@pytest.fixture
def backend(tmp_path):
    """Makes a backend of the tiny model under a chat template."""
    return partial(bigram_backend, tmp_path)


def outcome(backend, strategy="base", **sampling):
    job = Job("1", Item("Name fruit"), build_strategy(strategy, {}), Sampling(**{"max_new_tokens": 8} | sampling))
    [result] = drive(backend, [job])
    assert not result.error
    return result.outcome


def parts(outcome):
    return outcome.reasoning, outcome.answer, outcome.split_status


@pytest.mark.parametrize("template", [QWEN3, DEEPSEEK_V31], ids=["Qwen3", "DeepSeek-V3.1"])
def test_base_does_not_think_where_the_template_has_a_switch(backend, template):
    assert parts(outcome(backend(template))) == ("", "fig", "clean")


@pytest.mark.parametrize("template", [QWEN3, DEEPSEEK_R1, PLAIN], ids=["Qwen3", "DeepSeek-R1", "plain"])
def test_cot_leaves_the_model_its_own_thinking_and_the_block_is_reasoning(backend, template):
    assert parts(outcome(backend(template), "cot")) == ("hm", "fig", "clean")


@pytest.mark.parametrize("template", [DEEPSEEK_R1, PLAIN], ids=["DeepSeek-R1", "plain"])
@pytest.mark.parametrize("special", [(), ("<think>", "</think>")], ids=["words", "special tokens"])
def test_where_base_cannot_switch_thinking_off_the_block_is_reasoning(backend, template, special):
    assert parts(outcome(backend(template, special))) == ("hm", "fig", "clean")


@pytest.mark.parametrize("template", [DEEPSEEK_R1, PLAIN], ids=["DeepSeek-R1", "plain"])
def test_a_model_that_is_cut_off_while_it_thinks_has_no_answer(backend, template):
    new_tokens = 1 if template == DEEPSEEK_R1 else 2
    assert parts(outcome(backend(template), max_new_tokens=new_tokens)) == ("hm", "", "truncated")


def test_options_switch_thinking_for_strategies_that_leave_it_to_the_model(backend):
    assert parts(outcome(backend(QWEN3, enable_thinking=False), "cot")) == ("", "fig", "missing_marker")
    assert parts(outcome(backend(QWEN3, chat_template_kwargs={"enable_thinking": False}), "cot")) == (
        "", "fig", "missing_marker",
    )  # fmt: skip
    assert parts(outcome(backend(DEEPSEEK_V31, enable_thinking=True), "cot")) == ("hm", "fig", "clean")


def test_a_request_goes_before_the_options(backend):
    loaded = backend(QWEN3, enable_thinking=False)
    assert parts(outcome(backend(QWEN3, enable_thinking=True))) == ("", "fig", "clean")
    [completion] = loaded.complete([Request("1", ask("Name").messages, Sampling(max_new_tokens=8), Thinking(True))])
    assert completion.text == "<think> hm </think> fig"


@pytest.mark.parametrize(
    ("template", "switch"),
    [(QWEN3, "enable_thinking"), (DEEPSEEK_V31, "thinking"), (DEEPSEEK_R1, ""), (PLAIN, ""), ("{% if", "")],
    ids=["Qwen3", "DeepSeek-V3.1", "DeepSeek-R1", "plain", "broken"],
)
def test_the_switch_is_found_by_rendering_the_template_both_ways(tmp_path, template, switch):
    options = BACKENDS["transformers"].read_options({})
    assert ChatTemplate(tokenizer(tmp_path / "tokenizer.json", template), options).thinking_switch == switch
