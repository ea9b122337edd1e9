"""Response templates: a tokenizer that has one parts what the model thought from its answer."""

from functools import partial

import pytest

from tests.workers.engine.local.bigram import bigram_backend
from tests.workers.engine.local.test_chat_template import DEEPSEEK_R1, PLAIN, QWEN3, outcome, parts

THINK = {
    "start_anchor": "assistant:",
    "fields": {
        "reasoning_content": {"open": "<think>", "close": "</think>", "content": "text"},
        "content": {"close": "</s>", "content": "text"},
    },
}


@pytest.fixture
def backend(tmp_path):
    def load(template, response_template=THINK):
        made = partial(bigram_backend, tmp_path)(template)
        made._tokenizer.response_template = response_template
        return made

    return load


@pytest.mark.parametrize("template", [QWEN3, DEEPSEEK_R1, PLAIN], ids=["Qwen3", "DeepSeek-R1", "plain"])
def test_what_the_model_thought_comes_apart_from_its_answer(backend, template):
    found = outcome(backend(template), "thinking")
    assert parts(found) == ("hm", "fig", "clean")
    assert (found.completion, found.reasoning_kind) == ("hm\n\nfig", "raw")


def test_a_model_that_is_cut_off_while_it_thinks_has_no_answer(backend):
    assert parts(outcome(backend(DEEPSEEK_R1), "thinking", max_new_tokens=1)) == ("hm", "", "truncated")


def test_without_thoughts_the_text_stays_whole(backend):
    assert parts(outcome(backend(QWEN3), "base")) == ("", "fig", "clean")


@pytest.mark.parametrize("broken", [{"fields": {}}, {"fields": {"content": {"open": "(", "open_pattern": "("}}}, 7])
def test_a_response_template_that_cannot_be_read_leaves_the_block_in_the_text(backend, broken):
    found = outcome(backend(PLAIN, broken), "thinking")
    assert parts(found) == ("hm", "fig", "clean")
    assert found.completion == "<think> hm </think> fig"


@pytest.mark.parametrize("template", [QWEN3, DEEPSEEK_R1, PLAIN], ids=["Qwen3", "DeepSeek-R1", "plain"])
def test_thinking_and_base_are_told_apart_without_a_response_template_too(backend, template):
    assert parts(outcome(backend(template, None), "thinking")) == ("hm", "fig", "clean")
