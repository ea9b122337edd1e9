"""Counts, arguments and delays as servers write them."""

from typing import Any

import httpx2
import openai
import pytest

from workers.engine.remote.failures import failure_of, retry_after_s
from workers.engine.remote.keys import ApiKey
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


def test_an_error_that_is_nested_without_end_is_tried_again_as_its_status_says() -> None:
    detail: list[Any] = []
    for _ in range(100_000):
        detail = [detail]
    response = httpx2.Response(
        429, headers={"retry-after": "7"}, request=httpx2.Request("POST", "http://server.example")
    )
    error = openai.RateLimitError("busy", response=response, body={"error": {"inner": detail}})
    failure = failure_of(error, timeout_s=60, key=ApiKey(""))
    assert failure.retry_after_s == 7
    assert failure.sentence == (
        "The server answered 429 (Too Many Requests): an error that is nested too deeply to be repeated"
    )
