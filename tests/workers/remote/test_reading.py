"""Counts, arguments and delays as servers write them."""

from typing import Any

import pytest

from workers.engine.remote.failures import retry_after_s
from workers.engine.remote.reading import read_arguments, read_count


@pytest.mark.parametrize(
    ("value", "count"), [(3, 3), (3.0, 3), (3.5, 0), (float("nan"), 0), (-1, 0), ("3", 0), (True, 0)]
)
def test_a_count_is_a_whole_number_however_it_is_written(value: Any, count: int) -> None:
    assert read_count(value) == count


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"deep": [float("-inf")]}])
def test_arguments_that_are_no_json_are_none(value: Any) -> None:
    assert read_arguments({"x": value}) == {}
    assert read_arguments({"x": 1.5}) == {"x": 1.5}


@pytest.mark.parametrize(
    ("headers", "delay_s"),
    [
        ({}, 0.0),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after-ms": "abc", "retry-after": "7"}, 7.0),
        ({"retry-after-ms": "nan", "retry-after": "7"}, 7.0),
        ({"retry-after-ms": "-1", "retry-after": "7"}, 7.0),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "inf"}, 3600.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_a_header_that_cannot_be_read_hides_no_other(headers: dict[str, str], delay_s: float) -> None:
    assert retry_after_s(headers) == delay_s
