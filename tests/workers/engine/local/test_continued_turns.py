"""Turns that a request begins, and tools, under chat templates like those of real models.

The tiny model of bigram.py: after "hm" it writes "</think> fig" and ends its turn.
"""

from functools import partial

import pytest

from tests.workers.engine.local.bigram import bigram_backend
from tests.workers.engine.local.test_chat_template import DEEPSEEK_R1
from workers.engine import Message, Request, Sampling, Tool

USERS = "{% for m in messages %}{% if m.role == 'user' %}user: {{ m.content }} "
PLAIN = USERS + "{% else %}assistant: {{ m.content }} </s> {% endif %}{% endfor %}"
GO = "{% if add_generation_prompt %}assistant:{% endif %}"
TRIMMING = PLAIN.replace("m.content", "m.content | trim") + GO
QWEN3 = (
    USERS + "{% else %}assistant: <think> {{ m.content.split('</think>')[0] if '</think>' in m.content }} </think> "
    "{{ m.content.split('</think>')[-1].lstrip() }} </s> {% endif %}{% endfor %}" + GO
)
NO_ASSISTANT = USERS + "{% else %}{{ raise_exception('Only users.') }}{% endif %}{% endfor %}" + GO
NO_ROLES = "{% for m in messages %}user: {{ m.content }} {% endfor %}" + GO
CUT = PLAIN.replace("{{ m.content }} </s>", "{{ m.content[:4] }}") + GO


@pytest.fixture
def backend(tmp_path):
    return partial(bigram_backend, tmp_path)


def go_on(model, begun, *, user="Name fruit", **request):
    messages = (Message("user", user), Message("assistant", begun))
    [completion] = model.complete([Request("1", messages, Sampling(max_new_tokens=8), **request)])
    return completion


def written(model, begun, **request):
    messages = (Message("user", "Name fruit"), Message("assistant", begun))
    sequence = model._sequence(Request("1", messages, Sampling(max_new_tokens=8), **request))
    return sequence.error or model._tokenizer.decode(sequence.prompt)


@pytest.mark.parametrize("template", [PLAIN + GO, TRIMMING, QWEN3], ids=["plain", "trimming", "Qwen3"])
def test_the_rest_of_a_turn_does_not_repeat_how_it_began(backend, template):
    completion = go_on(backend(template), "Name fruit hm")
    assert (completion.text, completion.finish_reason) == (" </think> fig", "stop")
    assert completion.usage.completion_tokens == 3


def test_a_turn_is_continued_where_the_template_would_write_it(backend):
    assert written(backend(PLAIN + GO), "hm fig") == "user: Name fruit assistant: hm fig"
    assert written(backend(QWEN3), "hm fig") == "user: Name fruit assistant: <think> </think> hm fig"


@pytest.mark.parametrize("begun", ["<think> hm </think> fig", "hm </think> fig hm", "  hm"])
@pytest.mark.parametrize("template", [TRIMMING, QWEN3], ids=["trimming", "Qwen3"])
def test_a_turn_stays_word_for_word_where_the_template_would_cut_it_up(backend, template, begun):
    assert written(backend(template), begun).endswith(
        f"assistant: {'<think> </think> ' * (template == QWEN3)}{begun.strip()}"
    )


def test_an_open_think_block_of_the_beginning_is_not_repeated(backend):
    assert go_on(backend(PLAIN + GO), "<think>").text == " hm </think> fig"


@pytest.mark.parametrize(
    "template", [NO_ASSISTANT, NO_ROLES, CUT, DEEPSEEK_R1], ids=["raises", "no roles", "cut", "no turns"]
)
def test_a_template_that_cannot_leave_a_turn_open_is_refused_in_one_sentence(backend, template):
    assert go_on(backend(template), "hm").error == (
        "The conversation can't be written as tokens: its chat template can't leave a turn of the assistant open; "
        "choose a strategy that begins no turn for the model, such as cot."
    )


@pytest.mark.parametrize("begun", ["", "hm ", "hm\n"])
def test_a_beginning_without_a_text_or_with_white_space_at_its_end_is_refused(backend, begun):
    assert go_on(backend(PLAIN + GO), begun).error.endswith("must have a text that doesn't end in white space.")


def test_a_prompt_that_looks_like_the_place_of_the_turn_stays_a_prompt(backend):
    model = backend(PLAIN + GO)
    messages = (Message("user", "CONTINUED CONTINUE_FINAL_MESSAGE_TAG {{ fruit }}"), Message("assistant", "hm"))
    assert model._template._continued([{"role": m.role, "content": m.content} for m in messages], {}) == (
        "user: CONTINUED CONTINUE_FINAL_MESSAGE_TAG {{ fruit }} assistant: hm"
    )


@pytest.mark.parametrize("batching", ["continuous", "static", "paged"])
def test_a_turn_that_is_continued_does_not_end_blank(tmp_path, batching):
    """After "fig" the model would end its turn at once; "<unk>" is the likeliest of all other words."""
    model = bigram_backend(tmp_path, PLAIN + GO, serving={"batching": batching})
    completion, plain = go_on(model, "fig"), go_on(model, "hm")
    model.close()
    assert completion.text.strip().startswith("<unk>")
    assert (plain.text, plain.finish_reason) == (" </think> fig", "stop")


def test_labels_are_read_after_the_beginning_of_a_turn(backend):
    completion = go_on(backend(PLAIN + GO), "</think>", choices=("fig", "hm"))
    assert completion.text == "fig"
    assert completion.probabilities["fig"] > completion.probabilities["hm"] > 0


def test_labels_in_a_think_block_that_the_template_opens_are_refused(backend):
    model = backend(DEEPSEEK_R1)
    [completion] = model.complete([Request("1", (Message("user", "Name"),), Sampling(), choices=("fig", "hm"))])
    assert "its chat template opens a think block" in completion.error


TOOL = Tool("fruit", "Names one.", {"type": "object", "properties": {}})
TOOLS = "{% if tools %}{% for t in tools %}{{ t.function.name }} {% endfor %}as <tool_call> hm {% endif %}" + PLAIN + GO
OTHER_FORM = TOOLS.replace("<tool_call>", "[TOOL_CALLS]")


def with_tool(model):
    return model._sequence(Request("1", (Message("user", "Name"),), Sampling(max_new_tokens=8), tools=(TOOL,)))


def test_a_template_that_reads_tools_gets_them(backend):
    model = backend(TOOLS)
    written = model._tokenizer.decode(with_tool(model).prompt)
    assert written.startswith("fruit <unk> <unk> hm user: Name")
    assert with_tool(model).error == ""


@pytest.mark.parametrize(
    ("template", "complaint"), [(PLAIN + GO, "reads no tools"), (OTHER_FORM, "asks for tool calls in another form")]
)
def test_a_template_without_tools_or_with_another_form_is_refused(backend, template, complaint):
    assert complaint in with_tool(backend(template)).error
