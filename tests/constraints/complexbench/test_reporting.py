"""Tests of the report as JSON and as a table: every figure with its bounds; an empty share is a phrase, not 0."""

import json

from annotator.constraints.complexbench.aggregation import MarkedInstance, Statistics
from annotator.constraints.complexbench.bounds import bound
from annotator.constraints.complexbench.reporting import statistics_json, statistics_table
from tests.constraints.complexbench.test_aggregation import marked_instance, selection

MARKED = [
    marked_instance(True, 2, None, False),
    selection(True, main_id=2, group="a"),
    selection(False, main_id=3, group="a"),
]


def test_every_field_of_the_statistics_is_in_the_json_with_its_counts_and_bounds() -> None:
    value = json.loads(json.dumps(statistics_json(bound(MARKED))))
    assert set(value) == set(Statistics.__dataclass_fields__)
    drfr = {"obeyed": 2, "undetermined": 1, "total": 6, "value": 2 / 5, "all_no": 2 / 6, "all_yes": 3 / 6}
    assert value["drfr"] == drfr
    whole = {"undetermined": 0, "total": 2, "value": 0.5, "all_no": 0.5, "all_yes": 0.5}
    assert value["single_selection"] == {
        "origin": {"obeyed": 1, **whole},
        "coherent": {**whole, "obeyed": 0, "total": 1, "value": 0.0, "all_no": 0.0, "all_yes": 0.0},
        "drop": {"value": 1.0, "all_no": 1.0, "all_yes": 1.0},
    }
    assert value["multiple_selection"]["drop"] == {"value": None, "all_no": None, "all_yes": None}
    assert (value["undecided"], value["unparsed"]) == (1, 1)


def lines_of(marked: list[MarkedInstance]) -> list[str]:
    return [" ".join(line.split()) for line in statistics_table(bound(marked)).splitlines()]


def test_where_every_reply_was_read_the_table_has_one_column() -> None:
    lines = lines_of([marked_instance(True, 2, False), *MARKED[1:]])
    assert lines[0] == "DRFR 2/5 40.00 %"
    assert lines[lines.index("by dimension group") + 1] == "Utility 3/5 60.00 %"
    single, multiple = lines.index("single selection"), lines.index("multiple selection")
    assert lines[single + 1 : single + 4] == [
        "instances obeyed whole 1/2 50.00 %",
        "groups obeyed whole 0/1 0.00 %",
        "relative drop 100.00 %",
    ]
    assert lines[multiple + 3] == "relative drop nothing to share"
    assert lines[-2:] == ["marks of an unknown verb 1", "replies that could not be read 0"]


def test_where_a_reply_could_not_be_read_the_bounds_stand_beside_every_number() -> None:
    lines = lines_of([*MARKED, selection(None, main_id=4, group="b")])
    assert lines[:2] == ["of what was read all no all yes", "DRFR 2/5 40.00 % 2/7 28.57 % 4/7 57.14 %"]
    single = lines.index("single selection")
    assert lines[single + 1 : single + 4] == [
        "instances obeyed whole 1/2 50.00 % 1/3 33.33 % 2/3 66.67 %",
        "groups obeyed whole 0/1 0.00 % 0/2 0.00 % 1/2 50.00 %",
        "relative drop open 100.00 % 25.00 %",
    ]
    assert "replies that could not be read 2" in lines
    assert '"all no" counts each of them as no, as the official code does' in " ".join(lines)
