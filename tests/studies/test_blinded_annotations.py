"""Blinded annotations: letters that identify nobody, and stored spans that are not trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.studies.selectors.blinded_annotations import MarkedSpan, letters_of, read_span, united_evidence

TEXTS = {"prompt": "Do not use any commas.", "second.answer": "a, 👩‍🚀\r\nb"}
INSIDE = {"text": "second.answer", "start": 0, "end": 2, "pattern": "neglected", "quote": "a,"}


def test_letters_stay_the_same_for_a_case_and_change_between_cases():
    assert letters_of(7, [11, 12]) == letters_of(7, [12, 11])
    assert {letters_of(case_id, [11, 12])[11] for case_id in range(50)} == {"A", "B"}


def test_there_are_letters_for_any_number_of_annotators():
    letters = letters_of(1, range(100)).values()
    assert len(set(letters)) == 100
    assert {"A", "Z", "A2", "V4"} <= set(letters)


def test_the_same_span_by_two_annotators_is_one_piece_of_evidence():
    (span,) = united_evidence({"A": [INSIDE], "B": [INSIDE, INSIDE]}, TEXTS)
    assert span.letters == ("A", "B")
    assert span.as_span() == INSIDE


def test_the_same_place_with_another_pattern_is_another_piece():
    assert len(united_evidence({"A": [INSIDE], "B": [{**INSIDE, "pattern": ""}]}, TEXTS)) == 2


def test_evidence_comes_in_reading_order_and_what_lies_outside_comes_last():
    spans = [{**INSIDE, "end": 99, "quote": "gone"}, INSIDE, {**INSIDE, "text": "prompt"}]
    assert [(span.text, span.inside) for span in united_evidence({"A": spans}, TEXTS)] == [
        ("prompt", True),
        ("second.answer", True),
        ("second.answer", False),
    ]


def test_a_quote_is_read_from_the_text_and_not_believed():
    assert read_span({**INSIDE, "quote": "a lie"}, TEXTS).quote == "a,"
    assert read_span({**INSIDE, "start": 3, "end": 7}, TEXTS).quote == "👩‍🚀\r"


@pytest.mark.parametrize(
    "item",
    [
        None,
        "prompt",
        [],
        {},
        {**INSIDE, "start": None, "quote": ""},
        {**INSIDE, "end": 10**30, "quote": ""},
        {**INSIDE, "start": 2, "quote": ""},
        {**INSIDE, "start": True, "end": 2, "quote": ""},
        {**INSIDE, "text": [], "quote": {}},
    ],
)
def test_an_item_that_says_nothing_is_left_out(item):
    assert read_span(item, TEXTS) is None
    assert united_evidence({"A": [item]}, TEXTS) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "start", "end", "pattern", "quote"]), inner)
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=5))
def test_whatever_was_stored_each_piece_inside_is_the_text_it_names(items):
    for span in united_evidence({"A": items, "B": items}, TEXTS):
        assert isinstance(span, MarkedSpan)
        assert not span.inside or TEXTS[span.text][span.start : span.end] == span.quote != ""
