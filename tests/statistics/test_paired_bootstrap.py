"""Tests of the clustered paired bootstrap: it is scipy's without clusters, and wide enough with them."""

import numpy as np
import pytest
from scipy import stats

from annotator.statistics.bootstrap import Bootstrap, mean
from annotator.statistics.estimates import Estimate
from annotator.statistics.paired_bootstrap import bootstrap_difference


def test_without_clusters_the_interval_is_scipys() -> None:
    generator = np.random.default_rng(1)
    first = generator.random(100)
    second = first + generator.normal(0.1, 0.2, 100)
    estimate = bootstrap_difference(first.tolist(), second.tolist())
    expected = stats.bootstrap((second - first,), np.mean, method="percentile", n_resamples=10_000, rng=2)
    ends = expected.confidence_interval
    assert (estimate.low, estimate.high) == pytest.approx((ends.low, ends.high), abs=0.004)


def test_clusters_are_resampled_whole_with_all_their_values() -> None:
    first, second = [1, 0, 0, 1, 1, 0, 1, 0], [1, 1, 1, 1, 0, 0, 1, 1]
    clusters = ["p1", "p1", "p1", "p2", "p3", "p3", "p4", "p5"]
    estimate = bootstrap_difference(first, second, clusters, n=1000)
    assert estimate.value == pytest.approx(2 / 8)
    sums = np.array([[2.0, 3], [0, 1], [-1, 2], [0, 1], [1, 1]])  # of each cluster: differences and number of values
    same = Bootstrap(resamples=1000).estimate(sums, mean)
    assert (estimate.low, estimate.high) == pytest.approx((same.low, same.high))
    assert estimate.n == 8


def test_the_same_seed_gives_the_same_interval_whatever_the_order() -> None:
    first, second, clusters = [0, 1, 1, 0, 1, 0], [1, 1, 0, 1, 1, 1], list("aabbcd")
    turned = [values[::-1] for values in (first, second, clusters)]
    assert bootstrap_difference(first, second, clusters) == bootstrap_difference(*turned)
    assert bootstrap_difference(first, second, seed=1) == bootstrap_difference(first, second, seed=1)


def test_many_constraints_of_few_prompts_make_no_interval() -> None:
    assert bootstrap_difference([0] * 9, [1] * 9, ["p1"] * 9) == Estimate.missing(9, "not enough data")
    assert bootstrap_difference([], []) == Estimate.missing(0, "not enough data")
    three = bootstrap_difference([0, 0, 1, 0], [1, 0, 1, 1], ["p1", "p2", "p3", "p3"])
    assert (three.value, three.low, three.high) == (0.5, None, None)


def test_values_that_cannot_be_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 1 values cannot be paired"):
        bootstrap_difference([0, 1], [1])
    with pytest.raises(ValueError, match="1 and 1 values, 2 clusters cannot be paired"):
        bootstrap_difference([0], [1], ["p1", "p2"])


@pytest.mark.slow
def test_an_interval_by_clusters_covers_and_one_without_is_too_narrow() -> None:
    generator = np.random.default_rng(3)
    clusters = np.repeat(np.arange(60), 3).tolist()
    covered = {"clusters": 0, "values": 0}
    for _ in range(200):
        of_prompt = np.repeat(generator.normal(0, 1, 60), 3)
        second = (of_prompt + generator.normal(0, 0.3, 180)).tolist()
        for name, grouping in (("clusters", clusters), ("values", None)):
            estimate = bootstrap_difference([0.0] * 180, second, grouping, n=500)
            covered[name] += estimate.low <= 0 <= estimate.high
    assert covered["clusters"] / 200 >= 0.91
    assert covered["values"] / 200 <= 0.85
