"""Tests of the agreement coefficients: published figures, equality with libraries, invariances."""

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

from annotator.statistics.agreement import cohen_kappas, gwet_ac1, krippendorff_alpha, raw_agreement
from annotator.statistics.bootstrap import Bootstrap
from annotator.statistics.estimates import Estimate
from annotator.statistics.records import Rating, Ratings

from . import published
from .tables import ANNOTATORS, OUTCOMES, rating_records

QUICK = Bootstrap(resamples=100)


def kappa(ratings: Ratings, bootstrap: Bootstrap = QUICK) -> Estimate:
    """Return the kappa of the first pair of annotators."""
    return next(iter(cohen_kappas(ratings, bootstrap).values()))


COEFFICIENTS = (raw_agreement, krippendorff_alpha, gwet_ac1, kappa)
Coefficient = Callable[[Ratings, Bootstrap], Estimate]


@pytest.mark.parametrize(
    ("source", "records", "coefficient", "printed", "digits"),
    [
        ("Krippendorff 2011, A, binary", published.KRIPPENDORFF_A_BINARY, krippendorff_alpha, 0.095, 3),
        ("Krippendorff 2011, B, nominal", published.KRIPPENDORFF_B_NOMINAL, krippendorff_alpha, 0.692, 3),
        ("Krippendorff 2011, C, missing", published.KRIPPENDORFF_C_MISSING, krippendorff_alpha, 0.743, 3),
        ("Cohen 1960", published.COHEN_1960, kappa, 0.492, 3),
        ("Cohen 1960, po", published.COHEN_1960, raw_agreement, 0.70, 2),
        ("Feinstein and Cicchetti 1990, balanced", published.FEINSTEIN_BALANCED, kappa, 0.70, 2),
        ("Feinstein and Cicchetti 1990, skewed", published.FEINSTEIN_SKEWED, kappa, 0.32, 2),
        ("Fleiss 1971, P-bar", published.FLEISS_1971, raw_agreement, 0.556, 3),
        ("Gwet 2014, abstractors, pa", published.GWET_ABSTRACTORS, raw_agreement, 0.89, 2),
        ("Gwet 2014, abstractors, kappa", published.GWET_ABSTRACTORS, kappa, 0.7964094, 7),
        ("Gwet 2014, abstractors, alpha", published.GWET_ABSTRACTORS, krippendorff_alpha, 0.7972585, 7),
        ("Gwet 2014, abstractors, AC1", published.GWET_ABSTRACTORS, gwet_ac1, 0.8493305, 7),
        ("Gwet 2014, six raters, pa", published.GWET_SIX_RATERS, raw_agreement, 0.5511111, 7),
        ("Gwet 2014, six raters, alpha", published.GWET_SIX_RATERS, krippendorff_alpha, 0.4204384, 7),
        ("Gwet 2014, six raters, AC1", published.GWET_SIX_RATERS, gwet_ac1, 0.4448007, 7),
        ("Gwet 2014, four raters, pa", published.GWET_FOUR_RATERS, raw_agreement, 0.8181818, 7),
        ("Gwet 2014, four raters, alpha", published.GWET_FOUR_RATERS, krippendorff_alpha, 0.74342, 5),
        ("Gwet 2014, four raters, AC1", published.GWET_FOUR_RATERS, gwet_ac1, 0.77544, 5),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_published_figure_comes_out(
    source: str, records: list[Rating], coefficient: Coefficient, printed: float, digits: int
) -> None:
    assert round(coefficient(Ratings.of(records), QUICK).value, digits) == printed, source


def test_cases_that_only_one_annotator_judged_are_not_counted_in_n() -> None:
    ratings = Ratings.of(published.KRIPPENDORFF_C_MISSING)

    assert [coefficient(ratings, QUICK).n for coefficient in (raw_agreement, krippendorff_alpha, gwet_ac1)] == [11] * 3


def test_alpha_is_fleiss_kappa_with_its_small_sample_correction() -> None:
    """With n ratings, none missing, alpha = 1 - (1 - kappa) (n - 1) / n; Fleiss (1971) printed .430."""
    n_ratings = len(published.FLEISS_1971)
    fleiss = fleiss_kappa(np.array(published.FLEISS_1971_COUNTS))

    alpha = krippendorff_alpha(Ratings.of(published.FLEISS_1971), QUICK).value

    assert round(fleiss, 3) == 0.430
    assert alpha == pytest.approx(1 - (1 - fleiss) * (n_ratings - 1) / n_ratings)


class BothWays(Bootstrap):
    """A bootstrap that returns the value by the formula and the value by the library."""

    def estimate(self, parts, formula, *, n=None, library=None):
        by_formula = float(formula(parts.sum(axis=0)))
        return by_formula, by_formula if library is None or np.isnan(by_formula) else library()


@given(rating_records())
def test_the_formula_of_the_resamples_is_the_library_on_any_table(records: list[Rating]) -> None:
    """A resample is a table with cases repeated, so that equality on any table is equality on every resample."""
    ratings = Ratings.of(records, categories=OUTCOMES)

    pairs = [krippendorff_alpha(ratings, BothWays()), *cohen_kappas(ratings, BothWays()).values()]

    for by_formula, by_library in pairs:
        assert by_formula == pytest.approx(by_library, nan_ok=True)


@given(rating_records())
def test_kappa_is_scikit_learns_too(records: list[Rating]) -> None:
    values = {(case, annotator): value for case, annotator, value in records}

    for (first, second), estimate in cohen_kappas(Ratings.of(records), QUICK).items():
        both = [case for case, annotator in values if annotator == first and (case, second) in values]
        if estimate.status == "ok":
            labels = [[values[case, annotator] for case in both] for annotator in (first, second)]
            assert estimate.value == pytest.approx(cohen_kappa_score(*labels))


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@given(values=st.lists(st.sampled_from(OUTCOMES), min_size=4, max_size=20).filter(lambda values: len(set(values)) > 1))
def test_annotators_who_always_agree_have_agreement_1(coefficient: Coefficient, values: list[str]) -> None:
    records = [(case, annotator, value) for case, value in enumerate(values) for annotator in ANNOTATORS]

    estimate = coefficient(Ratings.of(records), QUICK)

    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
@given(records=rating_records(), renamed=st.sampled_from(list(permutations(OUTCOMES))))
def test_the_names_of_the_categories_do_not_matter(
    coefficient: Coefficient, records: list[Rating], renamed: tuple[str, ...]
) -> None:
    names = dict(zip(OUTCOMES, renamed, strict=True))
    again = [(case, annotator, names[value]) for case, annotator, value in records]

    _assert_same(coefficient, Ratings.of(records, categories=OUTCOMES), Ratings.of(again, categories=OUTCOMES))


@pytest.mark.parametrize("coefficient", [raw_agreement, krippendorff_alpha, gwet_ac1])
@given(records=rating_records(), renamed=st.sampled_from(list(permutations(ANNOTATORS))))
def test_the_names_of_the_annotators_do_not_matter(
    coefficient: Coefficient, records: list[Rating], renamed: tuple[str, ...]
) -> None:
    names = dict(zip(ANNOTATORS, renamed, strict=True))
    again = [(case, names[annotator], value) for case, annotator, value in records]

    _assert_same(coefficient, Ratings.of(records), Ratings.of(again))


def _assert_same(coefficient: Coefficient, ratings: Ratings, again: Ratings) -> None:
    if len(ratings.annotators) < 2:
        return
    before, after = coefficient(ratings, QUICK), coefficient(again, QUICK)
    assert (before.status, before.n) == (after.status, after.n)
    assert before.value == pytest.approx(after.value)


@given(rating_records())
def test_kappa_is_symmetric_between_the_two(records: list[Rating]) -> None:
    swapped = [(case, {"alice": "bob", "bob": "alice"}.get(who, who), value) for case, who, value in records]
    before, after = cohen_kappas(Ratings.of(records), QUICK), cohen_kappas(Ratings.of(swapped), QUICK)

    if ("alice", "bob") in before:
        assert before["alice", "bob"].value == pytest.approx(after["alice", "bob"].value)


def test_every_pair_of_annotators_has_its_kappa() -> None:
    records = [(case, who, case % 2) for case in range(4) for who in ANNOTATORS]

    assert list(cohen_kappas(Ratings.of(records), QUICK)) == list(combinations(ANNOTATORS, 2))


@pytest.mark.parametrize("coefficient", [raw_agreement, krippendorff_alpha, gwet_ac1])
@pytest.mark.parametrize(
    ("records", "n"),
    [
        ([], 0),
        ([(1, "alice", "hurt"), (2, "bob", "hurt")], 0),
        ([(1, "alice", "hurt"), (1, "bob", "helped"), (2, "bob", "hurt")], 1),
    ],
    ids=["nothing judged", "no case judged by two", "one case judged by two"],
)
def test_fewer_than_two_shared_cases_are_not_enough_data(
    coefficient: Coefficient, records: list[Rating], n: int
) -> None:
    assert coefficient(Ratings.of(records), QUICK) == Estimate.missing(n, "not enough data")


def test_a_pair_that_shares_no_case_has_not_enough_data_for_kappa() -> None:
    ratings = Ratings.of([(1, "alice", "hurt"), (2, "bob", "helped"), (3, "bob", "hurt")])

    assert cohen_kappas(ratings, QUICK) == {("alice", "bob"): Estimate.missing(0, "not enough data")}


def test_one_category_only_is_no_variation_where_chance_is_corrected_for() -> None:
    ratings = Ratings.of([(case, who, "tie") for case in range(5) for who in ("alice", "bob")])

    assert kappa(ratings) == krippendorff_alpha(ratings) == gwet_ac1(ratings) == Estimate.missing(5, "no variation")
    assert raw_agreement(ratings, QUICK) == Estimate(value=1, low=1, high=1, n=5)


def test_kappa_of_an_annotator_who_never_varies_is_0() -> None:
    ratings = Ratings.of(
        [(case, "alice", "tie") for case in range(4)] + [(c, "bob", "tie" if c else "hurt") for c in range(4)]
    )

    assert (kappa(ratings).value, kappa(ratings).status) == (0, "ok")


def test_ac1_counts_the_categories_that_nobody_used() -> None:
    """A failure pattern that nobody labelled is agreement on its absence, which alpha and kappa cannot express."""
    ratings = Ratings.of([(case, who, False) for case in range(5) for who in "ab"], categories=(False, True))

    assert gwet_ac1(ratings, QUICK).value == 1
    assert krippendorff_alpha(ratings, QUICK).status == "no variation"


def test_ac1_keeps_where_kappa_collapses_on_skewed_labels() -> None:
    skewed = Ratings.of(published.FEINSTEIN_SKEWED)

    assert (kappa(skewed).value, gwet_ac1(skewed, QUICK).value) == pytest.approx((0.318, 0.808), abs=5e-4)
