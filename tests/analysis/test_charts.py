"""Charts: specifications that Altair accepts, with exactly the numbers passed in, and nothing external."""

import json
from datetime import UTC, datetime

import pytest

from annotator.analysis.charts import Amount, Interval, interval_chart, pattern_chart, throughput_chart
from annotator.analysis.progress import Bucket

BUCKETS = [Bucket(datetime(2026, 3, 1, hour, tzinfo=UTC), hour) for hour in (8, 9)]
AMOUNTS = [Amount("neglected", outcome, outcome, n) for n, outcome in enumerate(("helped", "hurt", "tie"))]
INTERVALS = [Interval("label", 0.1, 0.4, 0.7, "alpha"), Interval("label", -0.2, 0.5, 0.8, "AC1")]
SPECS = {
    "hours": lambda: throughput_chart(BUCKETS, "hour"),
    "days": lambda: throughput_chart(BUCKETS, "day"),
    "patterns": lambda: pattern_chart(AMOUNTS),
    "intervals": lambda: interval_chart(INTERVALS, title="agreement", between=(0, 1)),
}


def values(spec):
    (dataset,) = spec["datasets"].values()
    return dataset


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_is_json_that_needs_nothing_from_elsewhere(name):
    spec = SPECS[name]()
    assert "url" not in json.dumps(spec).replace("$schema", "")
    assert spec["width"] == "container"
    assert isinstance(spec["height"], int)


@pytest.mark.parametrize("name", SPECS)
def test_every_colour_is_a_token_of_the_page(name):
    spec = json.dumps(SPECS[name]())
    assert "var(--" in spec
    assert not [piece for piece in spec.split('"') if piece.startswith("#") or piece in ("black", "white", "red")]


def test_an_hour_is_a_moment_and_a_day_a_date():
    assert values(throughput_chart(BUCKETS, "hour"))[0] == {"start": "2026-03-01T08:00:00+00:00", "n": 8}
    assert values(throughput_chart(BUCKETS, "day"))[0] == {"start": "2026-03-01", "n": 8}


def test_a_pattern_bar_says_its_outcome_in_words():
    assert [row["end"] for row in values(pattern_chart(AMOUNTS))] == ["helped 0", "hurt 1", "tie 2"]


def test_intervals_keep_their_ends_and_the_scale_shows_them_all():
    spec = interval_chart(INTERVALS, title="agreement", between=(0, 1))
    assert [(row["low"], row["value"], row["high"]) for row in values(spec)] == [(0.1, 0.4, 0.7), (-0.2, 0.5, 0.8)]
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [-0.2, 1]


def test_one_series_needs_no_legend():
    spec = interval_chart([Interval("azure-1", 5, 9, 12)], title="seconds")
    assert spec["layer"][1]["encoding"]["shape"]["legend"] is None


@pytest.mark.parametrize(("most", "ticks"), [(1, [0, 1]), (5, [0, 1, 2, 3, 4, 5]), (40, None)])
def test_few_cases_have_ticks_at_whole_numbers_alone(most, ticks):
    spec = pattern_chart([Amount("neglected", "hurt", "hurt", most)])
    assert [layer["encoding"]["x"]["axis"].get("values") for layer in spec["layer"]] == [ticks, ticks]
