"""Benchmark of the mechanical edits: which responses a row counts, and that it stops at an unsaid break."""

from dataclasses import replace

import pytest

from annotator.constraints import ConstraintSpec
from benchmarks import edits as bench

NO_COMMA = ConstraintSpec("punctuation:no_comma", {})
JSON = ConstraintSpec("detectable_format:json_format", {})
SHORT = ConstraintSpec("length_constraints:number_words", {"num_words": 3, "relation": "less than"})
LONG = ConstraintSpec("length_constraints:number_words", {"num_words": 3, "relation": "at least"})


def test_upper_and_lower_bounds_are_rows_of_their_own() -> None:
    assert bench.row_of(SHORT) == "`length_constraints:number_words`, less than"
    assert bench.row_of(LONG) == "`length_constraints:number_words`, at least"
    assert bench.row_of(NO_COMMA) == "`punctuation:no_comma`"


def test_responses_of_their_own_prompt_come_first_and_others_are_marked_as_borrowed() -> None:
    own, other = bench.Case("one, two", (NO_COMMA,)), bench.Case("[1, 2]", (JSON,))
    obeying = bench.Case("one", (NO_COMMA,))
    found = list(bench.violating(bench.row_of(NO_COMMA), [other, obeying, own], seed=1))
    assert found == [(False, own), (True, bench.Case("[1, 2]", (NO_COMMA, JSON)))]


def test_a_row_counts_what_is_repaired_and_what_that_breaks() -> None:
    edits = [
        bench.edited(bench.Case("one, two", (NO_COMMA,)), borrowed=False),
        bench.edited(bench.Case("[1, 2]", (NO_COMMA, JSON)), borrowed=True),
        bench.edited(bench.Case("one", (LONG,)), borrowed=False),
    ]
    row = bench.figures(edits)
    assert (row["responses"], row["own"], row["satisfied"], row["own_satisfied"]) == (3, 2, 2, 1)
    assert (row["breaking"], row["median_distance"]) == (1, 1)


def test_an_unsaid_break_ends_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = bench.suggest(NO_COMMA, "[1, 2]", (JSON,))
    assert honest is not None
    monkeypatch.setattr(bench, "suggest", lambda *given: replace(honest, breaks=()))
    with pytest.raises(SystemExit, match="punctuation:no_comma"):
        bench.edited(bench.Case("[1, 2]", (NO_COMMA, JSON)), borrowed=False)
