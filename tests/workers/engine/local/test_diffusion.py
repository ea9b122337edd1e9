"""Masked diffusion decoding: the tokens of the slow reference, without its defects, in any batch."""

from itertools import pairwise

import pytest
import torch

from tests.workers.engine.local import masked, slow_diffusion
from workers.engine.local.decoding import decode
from workers.engine.local.diffusion_batch import DiffusionBatch
from workers.engine.local.diffusion_unmasking import counts
from workers.engine.local.mask_predictor import Row

LENGTHS = (5, 11, 3, 17)


def tokens(model, sequences, batch_size=4, **settings):
    batch = DiffusionBatch(masked.predictor(model, stops=sequences[0].stop_tokens, **settings), batch_size)
    return {sequence.request_id: sequence.tokens for sequence in decode(iter(sequences), batch)}


def reference(model, sequences, *, shifted=False, steps=None, block_length=8, **settings):
    """The answers of the slow reference, all rows in one batch that is padded on the left."""
    width = max(len(sequence.prompt) for sequence in sequences)
    lefts = [width - len(sequence.prompt) for sequence in sequences]
    prompts = torch.tensor([[0] * left + sequence.prompt for left, sequence in zip(lefts, sequences, strict=True)])
    sampling = sequences[0].sampling
    canvas = slow_diffusion.generate(
        model, prompts, gen_length=sampling.max_new_tokens, block_length=block_length,
        steps=(steps or block_length) * (sampling.max_new_tokens // block_length), mask_id=masked.MASK,
        attention_mask=torch.tensor([[0] * left + [1] * (width - left) for left in lefts]),
        temperature=sampling.temperature, shifted=shifted, seeds=[s.sampling.seed for s in sequences], **settings,
    )  # fmt: skip
    return {s.request_id: row[width:].tolist() for s, row in zip(sequences, canvas, strict=True)}


@pytest.mark.parametrize("remasking", ["low_confidence", "random"])
@pytest.mark.parametrize("block_length", [4, 8, 24])
@pytest.mark.parametrize("cfg_scale", [0.0, 1.5])
def test_llada_writes_the_tokens_of_the_reference(remasking, block_length, cfg_scale):
    model, settings = masked.llada(), {"remasking": remasking, "block_length": block_length, "cfg_scale": cfg_scale}
    assert tokens(model, masked.sequences(*LENGTHS), **settings) == reference(
        model, masked.sequences(*LENGTHS), **settings
    )


@pytest.mark.parametrize("steps", [1, 3, 8])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_fewer_steps_than_tokens_keep_as_many_in_each_and_draw_by_each_requests_seed(steps, temperature):
    model, sampling = masked.llada(), {"temperature": temperature, "seed": 7}
    written = tokens(model, masked.sequences(*LENGTHS, **sampling), steps=steps)
    assert written == reference(model, masked.sequences(*LENGTHS, **sampling), steps=steps)


def test_the_first_steps_keep_what_does_not_divide():
    assert counts(8, 3) == [3, 3, 2]
    assert counts(4, 4) == [1, 1, 1, 1]


def test_dream_predicts_at_the_position_before():
    model = masked.dream()
    written = tokens(model, masked.sequences(*LENGTHS), shifted=True)
    assert written == reference(model, masked.sequences(*LENGTHS), shifted=True)
    assert written != tokens(model, masked.sequences(*LENGTHS))


@pytest.mark.parametrize("make", [masked.bert, masked.modernbert])
def test_any_masked_language_model_decodes_so(make):
    model = make()
    assert masked.predictor(model).pads
    assert tokens(model, masked.sequences(*LENGTHS)) == reference(model, masked.sequences(*LENGTHS))


def test_a_model_that_counts_positions_by_itself_gets_one_row_at_a_time():
    model = masked.roberta()
    assert not masked.predictor(model).pads
    expected = {}
    for sequence in masked.sequences(*LENGTHS):
        canvas = slow_diffusion.generate(
            model, torch.tensor([sequence.prompt]), gen_length=24, block_length=8, steps=24, mask_id=masked.MASK
        )
        expected[sequence.request_id] = canvas[0, len(sequence.prompt) :].tolist()
    assert tokens(model, masked.sequences(*LENGTHS)) == expected


@pytest.mark.parametrize("threshold", [0.05, 0.9])
def test_a_threshold_keeps_every_token_above_it_and_one_at_least(threshold):
    model = masked.llada()
    watched = Counted(model)
    written = tokens(watched, masked.sequences(*LENGTHS), threshold=threshold)
    assert written == reference(model, masked.sequences(*LENGTHS), threshold=threshold)
    assert (watched.calls < 24) is (threshold < 0.5)


class Counted:
    """A model that counts its calls, and the positions that it computes."""

    def __init__(self, model, fails=lambda tokens: False):
        self.inner, self.fails, self.device, self.forward = model, fails, model.device, model.forward
        self.calls = self.positions = 0

    def __call__(self, input_ids, **inputs):
        self.calls += 1
        self.positions += input_ids.numel()
        if self.fails(input_ids):
            raise torch.OutOfMemoryError("tried to allocate too much")
        return self.inner(input_ids=input_ids, **inputs)


@pytest.mark.parametrize("cfg_scale", [0.0, 1.5])
@pytest.mark.parametrize("shifted", [False, True])
def test_the_dual_cache_is_exact_for_one_layer_and_for_one_step(cfg_scale, shifted):
    settings = {"cfg_scale": cfg_scale, "shifted": shifted}
    shallow, deep = masked.llada(num_hidden_layers=1), masked.llada()
    expected = reference(shallow, masked.sequences(*LENGTHS), **settings)
    assert tokens(shallow, masked.sequences(*LENGTHS), cached=True, **settings) == expected
    one_step = reference(deep, masked.sequences(*LENGTHS), steps=1, **settings)
    assert tokens(deep, masked.sequences(*LENGTHS), cached=True, steps=1, **settings) == one_step


def test_the_dual_cache_computes_the_block_alone_behind_its_first_step():
    plain, cached = Counted(masked.llada()), Counted(masked.llada())
    tokens(plain, masked.sequences(40), 1)
    tokens(cached, masked.sequences(40), 1, cached=True)
    whole = 40 + 24
    assert plain.positions - cached.positions == 3 * 7 * (whole - 8)  # seven of eight steps in each of three blocks


def test_the_same_tokens_come_out_in_any_batch():
    sampling = {"temperature": 0.7, "top_p": 0.9, "seed": 3}
    model, alone = masked.llada(), {}
    for sequence in masked.sequences(*LENGTHS, **sampling):
        alone |= tokens(model, [sequence])
    assert tokens(model, masked.sequences(*LENGTHS, **sampling)) == alone
    assert tokens(model, masked.sequences(*LENGTHS, **{**sampling, "seed": 4})) != alone


def test_a_nucleus_that_holds_one_token_is_greedy():
    model = masked.llada()
    greedy = tokens(model, masked.sequences(*LENGTHS))
    assert tokens(model, masked.sequences(*LENGTHS, temperature=1.0, top_p=0.01)) == greedy


def test_guidance_without_an_attention_mask_is_an_error_of_the_reference_alone():
    model, [sequence] = masked.llada(), masked.sequences(9)
    with pytest.raises(UnboundLocalError):
        slow_diffusion.generate(
            model, torch.tensor([sequence.prompt]), gen_length=8, block_length=8, steps=8, mask_id=masked.MASK,
            cfg_scale=1.0,
        )  # fmt: skip
    assert len(tokens(model, masked.sequences(9), cfg_scale=1.0)["0"]) == 24


def test_a_prompt_that_holds_the_mask_token_is_left_as_it_is():
    model, prompt = masked.llada(), [5, masked.MASK, 9]
    canvas = slow_diffusion.generate(
        model, torch.tensor([prompt]), gen_length=24, block_length=8, steps=24, mask_id=masked.MASK
    )
    assert canvas[0, 1] != masked.MASK  # the reference answers in the middle of the question
    [sequence] = masked.sequences(3)
    sequence.prompt = prompt
    written = tokens(model, [sequence])["0"]
    assert sequence.prompt == prompt
    assert masked.MASK not in written
    assert len(written) == 24


def ending_model():
    """A model that likes the two end tokens best everywhere, END more than TURN, and other tokens a little."""
    model = masked.llada()
    with torch.no_grad():
        model.lm_head.weight.mul_(0.01)
    inner = model.forward

    def forward(*args, **inputs):
        output = inner(*args, **inputs)
        columns = torch.arange(output.logits.shape[1])
        likes_turn = (columns % 2).bool()
        output.logits[:, likes_turn, masked.TURN] += 5.0
        output.logits[:, ~likes_turn, masked.END] += 5.0
        output.logits[:, columns % 4 == 3, 7] += 9.0
        return output

    model.forward = forward
    return model


def test_the_reference_puts_off_one_of_two_end_tokens_and_we_both():
    prompt = torch.tensor([[1, 2, 3, 4]])
    settings = {"gen_length": 8, "block_length": 8, "steps": 8, "mask_id": masked.MASK}
    order = []
    model = recording(ending_model(), order)
    slow_diffusion.generate(model, prompt, confidence_eos_eot_inf=(masked.END, masked.TURN), **settings)
    last_two = [token for token in fills(order, 4) if token in (masked.END, masked.TURN)]
    assert last_two[:4] == [masked.END] * 4  # END is filled as if nothing had been asked, TURN at the end
    ours = []
    ending = masked.predictor(recording(ending_model(), ours), stops=(masked.END, masked.TURN), end_tokens="last")
    ours.clear()  # of the probe
    [sequence] = masked.sequences(4)
    filled = ending.fill([Row(sequence.prompt, (), 0, sequence.sampling, 0)])
    ours.append(torch.tensor([sequence.prompt + filled[0]]))
    ends = [token in (masked.END, masked.TURN) for token in fills(ours, 4)]
    assert len(ends) == 8
    assert ends == sorted(ends)  # every other token before any of them


def recording(model, seen):
    """The model, noting each canvas that it gets."""
    inner = model.forward

    def forward(input_ids, **inputs):
        seen.append(input_ids.clone())
        return inner(input_ids=input_ids, **inputs)

    model.forward = forward
    return model


def fills(canvases, start):
    """The tokens that came to be filled, in the order in which the canvases show them."""
    order = []
    for before, after in pairwise(canvases):
        changed = (before[0, start:] != after[0, start:]).nonzero().flatten().tolist()
        order += [int(after[0, start + place]) for place in changed]
    return order


def test_end_tokens_are_never_written_where_the_option_says_so():
    model = ending_model()
    written = tokens(model, masked.sequences(4, stops=(masked.END, masked.TURN)), end_tokens="never")["0"]
    assert not {masked.END, masked.TURN} & set(written)
    assert len(written) == 24


def test_an_answer_ends_at_its_first_end_token_and_writes_no_block_behind_it():
    watched = Counted(ending_model())
    [sequence] = masked.sequences(4, stops=(masked.END, masked.TURN))
    written = tokens(watched, [sequence])["0"]
    assert written[-1] in (masked.END, masked.TURN)
    assert len([token for token in written if token in (masked.END, masked.TURN)]) == 1
    assert sequence.finish_reason == "stop"
    assert watched.calls == 8 + 2  # one block of three, and the two calls of a probe


@pytest.mark.parametrize(("limit", "positions"), [(8, 8), (9, 16), (1, 8)])
def test_the_limit_is_rounded_up_to_blocks_and_kept(limit, positions):
    watched = Counted(masked.llada())
    [sequence] = masked.sequences(4, max_new_tokens=limit)
    assert len(tokens(watched, [sequence])["0"]) == limit
    assert sequence.finish_reason == "length"
    assert watched.calls == positions + 2


def test_sequences_join_and_leave_between_blocks():
    model = masked.llada()
    sequences = masked.sequences(4, 5, 6)
    sequences[0].sampling = masked.sequences(4, max_new_tokens=8)[0].sampling
    alone = {}
    for sequence in masked.sequences(4, 5, 6):
        alone |= tokens(model, [sequence])
    short = masked.sequences(4, max_new_tokens=8)
    alone["0"] = tokens(model, short)["0"]
    order = []
    for sequence in decode(iter(sequences), DiffusionBatch(masked.predictor(model), 2)):
        order.append(sequence.request_id)
        assert sequence.tokens == alone[sequence.request_id]
    assert order == ["0", "1", "2"]


@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.0, "seed": 3}])
def test_out_of_memory_halves_the_batch_and_changes_no_row(sampling):
    model = masked.llada()
    expected = tokens(model, masked.sequences(*LENGTHS, **sampling))
    crowded = Counted(model, lambda tokens: len(tokens) > 2)
    sequences = masked.sequences(*LENGTHS, **sampling)
    assert tokens(crowded, sequences) == expected
    assert {sequence.error for sequence in sequences} == {""}


def test_a_sequence_that_the_model_cannot_take_fails_alone():
    model, sequences = masked.llada(), masked.sequences(*LENGTHS)
    sequences[1].prompt = [56, 56, 56, 56]
    poisoned = Counted(model, lambda tokens: bool(((tokens == 56).sum(1) > 3).any()))
    written = tokens(poisoned, sequences)
    assert sequences[1].error == (
        "The model failed on this request alone: OutOfMemoryError: tried to allocate too much"
    )
    expected = tokens(model, masked.sequences(*LENGTHS))
    assert {name: row for name, row in written.items() if name != "1"} == {
        name: row for name, row in expected.items() if name != "1"
    }


class Overflowing(Counted):
    """A model whose logits are NaN in each row of four tokens 56."""

    def __call__(self, input_ids, **inputs):
        output = super().__call__(input_ids, **inputs)
        output.logits[(input_ids == 56).sum(1) > 3] = torch.nan
        return output


@pytest.mark.parametrize("sampling", [{}, {"temperature": 1.0, "seed": 3}])
def test_a_row_without_finite_logits_fails_alone_and_is_no_answer(sampling):
    sequences = masked.sequences(*LENGTHS, **sampling)
    sequences[1].prompt = [56, 56, 56, 56]
    tokens(Overflowing(masked.llada()), sequences)
    assert [bool(sequence.error) for sequence in sequences] == [False, True, False, False]
    assert "no finite logits for this request; try dtype float32" in sequences[1].error
