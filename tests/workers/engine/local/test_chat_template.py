"""Models that think by themselves, end to end: a tiny model that always writes the same, under three chat templates.

Its next token depends on the last one alone: a turn that begins with nothing is "<think> hm </think> fig", one that
begins in an open block goes on in it, and one that begins after a closed block is "fig".
"""

import json

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from annotator.backends import BACKENDS
from tests.workers.engine.asking import ask
from workers.engine import Request, Sampling, Thinking, load_backend
from workers.engine.local.chat_template import ChatTemplate
from workers.strategies import Item, Job, build_strategy, drive

WORDS = ("<unk>", "</s>", "user:", "assistant:", "Name", "fruit", "<think>", "</think>", "hm", "fig")
NEXT = {"assistant:": "<think>", "<think>": "hm", "hm": "</think>", "</think>": "fig", "fig": "</s>"}

TURNS = "{% for message in messages %}user: {{ message.content }} {% endfor %}assistant:"
QWEN3 = TURNS + "{% if enable_thinking is defined and not enable_thinking %} <think> </think>{% endif %}"
DEEPSEEK_V31 = TURNS + "{% if thinking %} <think>{% else %} </think>{% endif %}"
DEEPSEEK_R1 = TURNS + " <think>"
PLAIN = TURNS


def bigram_model():
    """A Llama whose attention and MLP add nothing, so that its logits are a table of which token follows which."""
    size = 16
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS), hidden_size=size, intermediate_size=size, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=64, tie_word_embeddings=False,
        )
    )  # fmt: skip
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.model.norm.weight.fill_(1.0)
        model.model.embed_tokens.weight.copy_(torch.eye(len(WORDS), size))
        for last, following in NEXT.items():
            model.lm_head.weight[WORDS.index(following), WORDS.index(last)] = 1.0
    model.generation_config.eos_token_id = WORDS.index("</s>")
    return model


def tokenizer(file, template, *, special=()):
    words = {word: index for index, word in enumerate(WORDS)}
    by_word = {"type": "WordLevel", "vocab": words, "unk_token": "<unk>"}
    file.write_text(json.dumps({"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": by_word}))
    made = PreTrainedTokenizerFast(tokenizer_file=str(file), eos_token="</s>")
    if special:
        made.add_special_tokens({"additional_special_tokens": list(special)})
    made.chat_template = template
    return made


@pytest.fixture
def backend(tmp_path):
    """Makes a backend of the tiny model under a chat template."""

    def load(template, special=(), **options):
        bigram_model().save_pretrained(tmp_path)
        tokenizer(tmp_path / "tokenizer.json", template, special=special).save_pretrained(tmp_path)
        return load_backend("transformers", str(tmp_path), "", {"dtype": "float32", **options})

    return load


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
