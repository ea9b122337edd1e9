"""Sampling: each sequence's tokens depend on its logits and its seed alone."""

from collections import Counter
from types import SimpleNamespace

import pytest
import torch

from workers.engine import Sampling
from workers.engine.local.sequences import NO_FINITE_LOGITS, TOP_K, Sequence, append_next_tokens, sample


def sequence(**sampling):
    return Sequence("1", [1], Sampling(**({"temperature": 1.0} | sampling)), frozenset())


def logits_of(probabilities):
    return torch.tensor(probabilities).log()


def frequencies(row, count=4000, **sampling):
    """How often each token was drawn from one row of logits, by seeds 0, 1, 2 ..."""
    many = [sequence(seed=seed, **sampling) for seed in range(count)]
    drawn = Counter(sample(row.expand(count, -1), many).tolist())
    return [drawn[token] / count for token in range(row.shape[-1])]


def test_tokens_are_drawn_as_often_as_they_are_likely():
    assert frequencies(logits_of([0.1, 0.6, 0.3])) == pytest.approx([0.1, 0.6, 0.3], abs=0.03)


def test_a_higher_temperature_evens_them_out():
    expected = torch.tensor([0.1, 0.6, 0.3]).sqrt()
    expected = (expected / expected.sum()).tolist()
    assert frequencies(logits_of([0.1, 0.6, 0.3]), temperature=2.0) == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("top_p", "nucleus"), [(0.55, {1}), (0.65, {1, 2}), (0.95, {0, 1, 2})])
def test_the_nucleus_is_the_smallest_set_whose_mass_reaches_top_p(top_p, nucleus):
    shares = frequencies(logits_of([0.1, 0.6, 0.3]), top_p=top_p)
    assert {token for token, share in enumerate(shares) if share} == nucleus


def test_a_nucleus_of_everything_draws_from_the_whole_vocabulary():
    shares = frequencies(torch.zeros(TOP_K + 500), top_p=1.0)
    assert sum(shares[TOP_K:]) == pytest.approx(500 / (TOP_K + 500), abs=0.03)


def test_a_nucleus_below_one_is_cut_at_the_likeliest_tokens():
    row = torch.zeros(TOP_K + 500)
    row[:TOP_K] = 0.01
    assert sum(frequencies(row, top_p=0.999)[:TOP_K]) == pytest.approx(1.0)


def test_the_nucleus_is_measured_over_the_whole_vocabulary():
    row = torch.full((5000,), 0.0)
    row[:2] = 8.0  # these two hold a little over half of the mass
    assert sum(frequencies(row, top_p=0.5)[:2]) == pytest.approx(1.0)
    assert sum(frequencies(row, top_p=0.6)[:2]) == pytest.approx(0.544 / 0.6, abs=0.02)


def test_a_nucleus_is_the_same_however_many_tokens_are_looked_at():
    """Flat rows need more candidates than others, which must not depend on their neighbours."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(40, 5000, generator=generator) * torch.linspace(0.1, 6, 40).unsqueeze(1)
    many = [sequence(seed=seed, top_p=0.9) for seed in range(40)]
    together = sample(logits, many).tolist()
    for index, row in enumerate(logits):
        likeliest, tokens = torch.softmax(row, dim=0).topk(TOP_K)
        weights = likeliest * (likeliest.cumsum(0) - likeliest < 0.9)
        drawn = torch.searchsorted(weights.cumsum(0), sequence(seed=index).uniform() * weights.cumsum(0)[-1])
        assert together[index] == tokens[drawn]


@pytest.mark.parametrize("top_p", [0.5, 0.999999, 1.0])
def test_the_highest_draw_stays_inside(top_p):
    drawing = sequence(top_p=top_p)
    drawing._random = SimpleNamespace(random=lambda: 1 - 2**-53)
    logits = torch.tensor([[3.0, 2.0, 1.0, -300.0, -400.0]])
    assert int(sample(logits, [drawing])) in (0, 1, 2)


def test_the_same_seed_draws_the_same_token_whatever_shares_its_batch():
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(32, 5000, generator=generator)
    settings = [{"seed": n, "temperature": 0.5 + n / 40, "top_p": min(1.0, 0.75 + n / 100)} for n in range(32)]
    together = sample(logits, [sequence(**values) for values in settings]).tolist()
    alone = [int(sample(logits[n : n + 1], [sequence(**settings[n])])) for n in range(32)]
    backwards = sample(logits.flip(0), [sequence(**values) for values in reversed(settings)]).tolist()[::-1]
    assert together == alone == backwards


def test_a_sequence_draws_anew_for_each_token_and_again_after_a_restart():
    logits = torch.zeros(1, 500)
    drawing = sequence(seed=7, max_new_tokens=20)
    for _ in range(20):
        append_next_tokens([drawing], logits)
    first = drawing.tokens
    assert len(set(first)) > 10
    drawing.restart()
    for _ in range(20):
        append_next_tokens([drawing], logits)
    assert drawing.tokens == first


def test_greedy_and_sampled_sequences_share_a_step():
    logits = logits_of([[0.1, 0.9], [0.1, 0.9], [0.9, 0.1]])
    greedy, sampled, other = sequence(temperature=0.0), sequence(top_p=0.01), sequence(temperature=0.0)
    append_next_tokens([greedy, sampled, other], logits)
    assert [greedy.tokens, sampled.tokens, other.tokens] == [[1], [1], [0]]


def test_a_finished_sequence_gets_no_more_tokens_and_draws_no_number():
    finished, growing = sequence(max_new_tokens=1), sequence(max_new_tokens=3)
    finished.tokens = [4]
    append_next_tokens([finished, growing], torch.zeros(2, 9))
    assert finished.tokens == [4]
    assert finished._random is None
    assert len(growing.tokens) == 1


@pytest.mark.parametrize("temperature", [1e-30, 1e-6])
def test_a_temperature_of_almost_nothing_is_greedy(temperature):
    row = torch.tensor([[-80.0, 3.0, 2.9, 80.0]])
    assert int(sample(row, [sequence(temperature=temperature)])) == 3


def test_a_sequence_without_finite_logits_fails_alone_and_is_no_answer():
    for wrong in (torch.nan, torch.inf):
        broken, drawn, fine = sequence(temperature=0.0), sequence(temperature=1.0), sequence(temperature=0.0)
        logits = torch.zeros(3, 9)
        logits[:2, 4] = wrong
        finished = append_next_tokens([broken, drawn, fine], logits)
        assert finished == [broken, drawn]
        assert {each.error for each in finished} == {NO_FINITE_LOGITS}
        assert (fine.error, fine.finish_reason, len(fine.tokens)) == ("", None, 1)
    masked = sequence(temperature=0.0)
    append_next_tokens([masked], torch.full((1, 9), -torch.inf))
    assert masked.error
