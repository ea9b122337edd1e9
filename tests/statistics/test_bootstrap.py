"""Tests of bootstrap intervals: seeded, independent of order, equal to slow references."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from annotator.statistics.agreement import gwet_ac1, krippendorff_alpha, raw_agreement
from annotator.statistics.bootstrap import Bootstrap, mean
from annotator.statistics.estimates import Estimate
from annotator.statistics.records import Rating, Ratings

DIFFERING = [(9, "alice", "a"), (9, "bob", "b")]


def simulated_records(cases: int, annotators: int, *, seed: int, reliability: float = 0.7) -> list[Rating]:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 4, cases)[:, None]
    guesses = generator.integers(0, 4, (cases, annotators))
    values = np.where(generator.random((cases, annotators)) < reliability, truth, guesses)
    return [(case, annotator, int(value)) for (case, annotator), value in np.ndenumerate(values)]


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    ratings = Ratings.of(simulated_records(60, 3, seed=1))

    assert krippendorff_alpha(ratings, Bootstrap(seed=3)) == krippendorff_alpha(ratings, Bootstrap(seed=3))
    assert krippendorff_alpha(ratings, Bootstrap(seed=3)) != krippendorff_alpha(ratings, Bootstrap(seed=4))


@pytest.mark.parametrize("coefficient", [raw_agreement, krippendorff_alpha, gwet_ac1])
def test_the_order_of_the_records_does_not_change_the_result(coefficient: Callable[[Ratings], Estimate]) -> None:
    records = simulated_records(60, 3, seed=2)
    before, after = coefficient(Ratings.of(records)), coefficient(Ratings.of(records[::-1]))

    assert (before.low, before.high) == (after.low, after.high)
    assert before.value == pytest.approx(after.value)


def test_the_interval_holds_the_value_and_narrows_with_more_cases() -> None:
    few, many = (krippendorff_alpha(Ratings.of(simulated_records(cases, 3, seed=3))) for cases in (50, 5000))

    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 5


def test_more_confidence_is_a_wider_interval() -> None:
    ratings = Ratings.of(simulated_records(50, 3, seed=4))
    narrow, wide = (krippendorff_alpha(ratings, Bootstrap(confidence=confidence)) for confidence in (0.8, 0.99))

    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_interval_of_a_mean_is_scipys() -> None:
    values = np.random.default_rng(5).random(80)
    estimate = Bootstrap(resamples=5000).estimate(np.column_stack([values, np.ones(80)]), mean)

    expected = stats.bootstrap((values,), np.mean, n_resamples=5000, method="percentile", rng=6).confidence_interval

    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=0.005)


def test_the_interval_is_that_of_resampling_whole_cases_one_by_one() -> None:
    """The reference draws cases and calls the library on each resample."""
    records = simulated_records(40, 3, seed=7)
    ratings = np.array([value for _, _, value in records]).reshape(40, 3)
    generator = np.random.default_rng(8)

    def resampled_alpha() -> float:
        drawn = ratings[generator.integers(0, 40, 40)]
        again = [(case, annotator, int(value)) for (case, annotator), value in np.ndenumerate(drawn)]
        return krippendorff_alpha(Ratings.of(again), Bootstrap(resamples=100)).value

    expected = np.percentile([resampled_alpha() for _ in range(1000)], [2.5, 97.5])
    estimate = krippendorff_alpha(Ratings.of(records), Bootstrap(resamples=4000))

    assert (estimate.low, estimate.high) == pytest.approx(tuple(expected), abs=0.03)


def test_resamples_without_variation_are_left_out_of_the_interval() -> None:
    """One case of four differs: a third of the resamples contains only the others."""
    ratings = Ratings.of([(case, who, "a") for case in range(3) for who in ("alice", "bob")] + DIFFERING)

    estimate = krippendorff_alpha(ratings)

    assert np.isfinite([estimate.value, estimate.low, estimate.high]).all()


@pytest.mark.parametrize("cases", [2, 3, 4, 5])
def test_fewer_than_four_cases_have_a_value_and_no_interval(cases: int) -> None:
    """Ten different resamples of three cases are the least and the greatest of the three, and not 95 % of anything."""
    values = np.arange(cases, dtype=float)
    estimate = Bootstrap().estimate(np.column_stack([values, np.ones(cases)]), mean)

    assert (estimate.value, estimate.n, estimate.status) == (values.mean(), cases, "ok")
    if cases < 4:
        assert (estimate.low, estimate.high) == (None, None)
    else:
        assert estimate.low < estimate.value < estimate.high


@pytest.mark.parametrize("prompts", [1, 2, 3])
def test_many_constraints_of_few_prompts_have_no_interval(prompts: int) -> None:
    """Whole prompts are resampled: one of them has a single resample, whatever number of constraints it holds."""
    parts = np.array([[3.0, 5.0], [1.0, 5.0], [2.0, 5.0]])[:prompts]
    estimate = Bootstrap().estimate(parts, mean, n=5 * prompts)

    assert estimate.value == pytest.approx(parts[:, 0].sum() / parts[:, 1].sum())
    assert (estimate.low, estimate.high, estimate.n) == (None, None, 5 * prompts)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"resamples": 10}, "10 resamples are too few for an interval; ask for 100 or more"),
        ({"confidence": 95}, "the confidence 95 is not between 0 and 1; 0.95 is usual"),
    ],
)
def test_useless_options_are_refused(options: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Bootstrap(**options)


@pytest.mark.slow
def test_the_95_percent_interval_covers_the_true_alpha_about_95_times_in_100() -> None:
    truth = krippendorff_alpha(Ratings.of(simulated_records(50_000, 3, seed=9))).value
    studies = [krippendorff_alpha(Ratings.of(simulated_records(150, 3, seed=seed))) for seed in range(100, 400)]

    covered = sum(study.low <= truth <= study.high for study in studies)

    assert stats.binomtest(covered, len(studies), 0.95).pvalue > 0.01
