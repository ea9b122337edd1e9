"""Tests of the table of ratings: missing ratings stay missing, and wrong records are refused in one sentence."""

import pytest

from annotator.statistics.records import NOT_JUDGED, Ratings, presence


def test_a_rating_that_was_not_made_is_neither_value() -> None:
    ratings = Ratings.of([(1, "alice", "hurt"), (1, "bob", "helped"), (2, "bob", "hurt")])

    assert ratings.annotators == ("alice", "bob")
    assert ratings.categories == ("helped", "hurt")
    assert ratings.codes.tolist() == [[1, 0], [NOT_JUDGED, 1]]
    assert ratings.counts.tolist() == [[1, 1], [0, 1]]


def test_unused_categories_are_kept_in_their_order() -> None:
    ratings = Ratings.of([(1, "alice", "hurt")], categories=("tie", "hurt", "helped"))

    assert ratings.categories == ("tie", "hurt", "helped")
    assert ratings.counts.tolist() == [[0, 1, 0]]


def test_no_records_are_an_empty_table() -> None:
    assert Ratings.of([]).counts.shape == (0, 0)


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([(7, "alice", "hurt"), (7, "alice", "tie")], "case 7, annotator 'alice': judged twice; pass only the latest"),
        ([(7, "alice", None)], "case 7, annotator 'alice': the value is None; leave out what was not judged"),
        ([(7, "alice", "worse")], "the value 'worse' is not one of the categories 'hurt', 'tie'; add it to them or"),
    ],
)
def test_a_wrong_record_is_named_with_the_way_out(records: list[tuple[int, str, str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Ratings.of(records, categories=("hurt", "tie"))


def test_a_label_that_was_not_chosen_is_a_no_but_labels_that_were_not_shown_are_missing() -> None:
    ratings = presence(
        [(1, "alice", {"additions", "format"}), (1, "bob", set()), (2, "alice", None), (2, "bob", ["format"])], "format"
    )

    assert ratings.categories == (False, True)
    assert ratings.codes.tolist() == [[1, 0], [NOT_JUDGED, 1]]
