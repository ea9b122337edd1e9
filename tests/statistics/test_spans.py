"""Tests of span F1: the characters that two annotators both marked, and the averages over pairs and cases."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.statistics.bootstrap import Bootstrap
from annotator.statistics.estimates import Estimate
from annotator.statistics.spans import Span, span_f1

QUICK = Bootstrap(resamples=100)


def f1_of_one_pair(alice: list[Span], bob: list[Span]) -> float | None:
    """Return the F1 of a case that is recorded twice, since one case is not enough data."""
    return span_f1([(case, who, spans) for case in (1, 2) for who, spans in (("a", alice), ("b", bob))], QUICK).value


@pytest.mark.parametrize(
    ("alice", "bob", "expected"),
    [
        ([("left", 0, 10)], [("left", 0, 10)], 1),
        ([("left", 0, 10)], [("left", 10, 20)], 0),
        ([("left", 0, 10)], [("left", 5, 15)], 0.5),
        ([("left", 0, 10)], [("right", 0, 10)], 0),
        ([("left", 0, 10)], [], 0),
        ([("left", 0, 10), ("left", 5, 20)], [("left", 0, 20)], 1),
        ([("left", 0, 10), ("right", 0, 10)], [("left", 0, 10)], 2 * 10 / 30),
        ([("left", 0, 4), ("left", 6, 10)], [("left", 3, 7)], 2 * 2 / 12),
        ([], [], None),
    ],
    ids=[
        "the same",
        "touching",
        "half",
        "another text",
        "one marked nothing",
        "overlapping spans of one annotator count once",
        "one of two",
        "a span across a gap",
        "nobody marked anything",
    ],
)
def test_f1_is_the_share_of_characters_that_both_marked(
    alice: list[Span], bob: list[Span], expected: float | None
) -> None:
    assert f1_of_one_pair(alice, bob) == (expected if expected is None else pytest.approx(expected))


def test_the_example_of_two_experts_is_positive_specific_agreement() -> None:
    """Hripcsak and Rothschild (2005): with a marked by both, b and c by one only, F = 2a / (2a + b + c)."""
    both, first_only, second_only = 30, 10, 5
    alice = [("left", 0, both + first_only)]
    bob = [("left", 0, both), ("left", 100, 100 + second_only)]

    assert f1_of_one_pair(alice, bob) == pytest.approx(2 * both / (2 * both + first_only + second_only))


def test_pairs_are_averaged_within_a_case_and_every_case_weighs_the_same() -> None:
    three = [(1, "alice", [("left", 0, 10)]), (1, "bob", [("left", 0, 10)]), (1, "carol", [("left", 20, 30)])]
    two = [(2, "alice", [("left", 0, 1000)]), (2, "bob", [("left", 0, 1000)])]

    estimate = span_f1([*three, *two], QUICK)

    assert estimate.value == pytest.approx(((1 + 0 + 0) / 3 + 1) / 2)
    assert estimate.n == 2


def test_cases_in_which_nobody_marked_or_only_one_looked_are_left_out() -> None:
    marked = [(case, who, [("left", 0, 5)]) for case in range(4) for who in ("alice", "bob")]
    unmarked = [(8, "alice", []), (8, "bob", []), (9, "alice", [("left", 0, 5)])]

    assert span_f1([*marked, *unmarked], QUICK) == Estimate(value=1, low=1, high=1, n=4)


def test_fewer_than_two_marked_cases_are_not_enough_data() -> None:
    markings = [(1, who, [("left", 0, 5)]) for who in ("alice", "bob")]

    assert span_f1(markings) == Estimate.missing(1, "not enough data")
    assert span_f1([]) == Estimate.missing(0, "not enough data")


@pytest.mark.parametrize("ends", [(5, 5), (9, 5), (-1, 5)])
def test_a_span_that_holds_no_character_is_refused(ends: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"case 7, annotator 'bob': the span .* of 'left' holds no character; leave"):
        span_f1([(7, "bob", [("left", *ends)])])


def test_two_markings_of_a_case_by_one_annotator_are_refused() -> None:
    with pytest.raises(ValueError, match="case 7, annotator 'bob': marked twice; pass only the latest revision"):
        span_f1([(7, "bob", []), (7, "bob", [])])


spans = st.lists(
    st.builds(
        lambda text, start, length: (text, start, start + length),
        st.sampled_from(["left", "right"]),
        st.integers(0, 30),
        st.integers(1, 15),
    ),
    max_size=4,
)


@given(spans, spans)
def test_f1_is_that_of_the_two_sets_of_characters(alice: list[Span], bob: list[Span]) -> None:
    characters = [{(text, at) for text, start, end in marked for at in range(start, end)} for marked in (alice, bob)]
    total = len(characters[0]) + len(characters[1])

    expected = 2 * len(characters[0] & characters[1]) / total if total else None

    assert f1_of_one_pair(alice, bob) == (expected if expected is None else pytest.approx(expected))


@given(st.tuples(spans, spans, spans), st.sampled_from(list(permutations(range(3)))))
def test_the_order_of_the_annotators_does_not_matter(marked: tuple[list[Span], ...], order: tuple[int, ...]) -> None:
    before, after = (
        span_f1([(case, who, marked[who]) for case in (1, 2) for who in people], QUICK) for people in (range(3), order)
    )

    assert before.value == pytest.approx(after.value)
