"""Tests of the report as JSON and as a table: every figure is in it; an empty share is a phrase, not 0."""

import json

from annotator.constraints.complexbench.aggregation import aggregate
from annotator.constraints.complexbench.reporting import statistics_json, statistics_table
from tests.constraints.complexbench.test_aggregation import marked_instance, selection

MARKED = [
    marked_instance(True, 2, None, False),
    selection(True, main_id=2, group="a"),
    selection(False, main_id=3, group="a"),
]


def test_every_field_of_the_statistics_is_in_the_json_with_its_counts() -> None:
    statistics = aggregate(MARKED)
    value = json.loads(json.dumps(statistics_json(statistics)))
    assert set(value) == set(type(statistics).__dataclass_fields__)
    assert value["drfr"] == {"obeyed": 2, "total": 6, "value": 2 / 6}
    assert value["by_dimension_group"] == {"Utility": {"obeyed": 3, "total": 6, "value": 0.5}}
    assert value["single_selection"] == {
        "origin": {"obeyed": 1, "total": 2, "value": 0.5},
        "coherent": {"obeyed": 0, "total": 1, "value": 0.0},
        "drop": 1.0,
    }
    assert value["multiple_selection"]["drop"] is None
    assert (value["undecided"], value["unparsed"]) == (1, 1)


def test_the_table_says_the_same_to_people_and_nothing_to_share_in_words() -> None:
    lines = [" ".join(line.split()) for line in statistics_table(aggregate(MARKED)).splitlines()]
    assert lines[0] == "DRFR 2/6 33.33 %"
    assert lines[lines.index("by dimension group") + 1] == "Utility 3/6 50.00 %"
    single, multiple = lines.index("single selection"), lines.index("multiple selection")
    assert lines[single + 1 : single + 4] == [
        "instances obeyed whole 1/2 50.00 %",
        "groups obeyed whole 0/1 0.00 %",
        "relative drop 100.00 %",
    ]
    assert lines[multiple + 3] == "relative drop nothing to share"
    assert lines[-2:] == ["marks of an unknown verb 1", "replies that could not be read 1"]
