"""`make bench-repair`: each round revises the best attempt of the one before, and both ways call the model as often."""

from annotator.constraints import ConstraintSpec
from benchmarks import repair as bench
from tests.test_bench_strategies import Counting
from workers.engine import Sampling
from workers.strategies import Item, ItemConstraint

KINDS = ("punctuation:no_comma", "change_case:english_lowercase")
SAMPLING = Sampling(temperature=0.8)


def failing(answer: str = "Tea, of course.") -> bench.Failing:
    constraints = tuple(ItemConstraint(kind, {}) for kind in KINDS)
    specs = tuple(ConstraintSpec(kind, {}) for kind in KINDS)
    return bench.Failing("1", "m", answer, Item("Write about tea.", constraints), specs)


def test_the_best_attempt_satisfies_most_and_then_changes_least() -> None:
    found = bench.Attempts(failing())
    assert found.best(3)[2] == "Tea, of course."
    found.add(["A new text about tea without that sign.", "Tea of course."])
    assert (found.best(1)[2], found.holds(1)) == ("Tea of course.", False)
    found.add(["the tea of the house is of course very good."])
    assert (found.holds(1), found.holds(2)) == (False, True)


def test_both_ways_call_the_model_as_often_and_stop_where_an_attempt_holds() -> None:
    rows = [failing(), failing("TEA, OF COURSE.")]
    guided, resampled = ([bench.Attempts(row) for row in rows] for _ in range(2))
    for number in range(2):
        bench.guided_round(Counting(), guided, SAMPLING, 1, number)
        bench.resampling_round(Counting(), resampled, SAMPLING, 2, number)
    assert [row.calls for row in guided] == [row.calls for row in resampled] == [4, 4]
    table = bench.table(rows, guided, resampled, 2)
    assert "| led by the checkers | 8 | 0 (0 %) | 0 (0 %) |" in table
    assert "| punctuation:no_comma | 2 |" in bench.kinds_table(guided)
