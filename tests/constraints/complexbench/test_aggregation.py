"""Tests of dependent marks and every statistic, against the official figures and figures computed by hand."""

import json
from typing import Any

import pytest

from annotator.constraints.complexbench.aggregation import (
    Coherence,
    Mark,
    MarkedInstance,
    Share,
    Statistics,
    aggregate,
    dependent_marks,
)
from annotator.constraints.complexbench.errors import JudgeReplyError
from annotator.constraints.complexbench.instances import read_instances
from tests.constraints.complexbench.goldens import golden_rows
from tests.constraints.complexbench.test_instances import instance, question
from tests.paths import needs_shared_data


def golden_marked(row: dict[str, Any]) -> list[MarkedInstance]:
    values = [entry | {"instruction": "i", "constraint_dimensions": []} for entry in row["entries"]]
    pairs = zip(read_instances(json.dumps(values), "zh"), row["entries"], strict=True)
    return [MarkedInstance(instance, tuple(entry["point_judges"])) for instance, entry in pairs]


def values(shares: dict[str, Share]) -> dict[str, float | None]:
    return {name: share.value for name, share in shares.items()}


def official_form(statistics: Statistics) -> dict[str, Any]:
    """Return our statistics under the official names, misspellings included."""
    groups = {name.replace("Utility", "Utillity"): share for name, share in statistics.by_dimension_group.items()}
    single, multiple = statistics.single_selection, statistics.multiple_selection
    return {
        "overall_drfr": statistics.drfr.value,
        "categorized_drfr": values(statistics.by_category),
        "categorized_avg_drfr": values(statistics.by_category_prefix),
        "task_types_drfr": values(statistics.by_task_type),
        "nested_methods_drfr": values(statistics.by_nested_composition),
        "constraint_types_and_composition_types_acc": values(groups | statistics.by_composition),
        "each_constraint_dimensions_and_composition_types_acc": values(
            statistics.by_dimension | statistics.by_composition
        ),
        "single_origin_test": single.origin.value,
        "single_coherent_test": single.coherent.value,
        "single_relative_drop": single.drop,
        "multiple_origin_test": multiple.origin.value,
        "multiple_coherent_test": multiple.coherent.value,
        "miltiple_relative_drop": multiple.drop,
    }


@needs_shared_data
def test_dependent_marks_and_every_statistic_of_all_fifteen_golden_sets_are_official() -> None:
    rows = golden_rows("complexbench_aggregation")
    assert len(rows) == 15
    for row in rows:
        marked = golden_marked(row)
        assert [list(instance.dependent_marks) for instance in marked] == row["rely"]
        assert official_form(aggregate(marked)) == row["statistics"]


@needs_shared_data
def test_the_goldens_hold_marks_of_every_official_kind() -> None:
    statistics = [aggregate(golden_marked(row)) for row in golden_rows("complexbench_aggregation")]
    assert sum(model.drfr.total for model in statistics) == 3_133
    assert sum(model.undecided for model in statistics) == 29


def marked_instance(*marks: Mark, main_id: int = 1, group: str | None = "g", **fields: Any) -> MarkedInstance:
    questions = [question(place) for place in range(len(marks))]
    value = instance(main_id, group=group, **({"scoring_questions": questions} | fields))
    return MarkedInstance(read_instances(json.dumps(value), "en")[0], marks)


def selection(*marks: Mark, main_id: int, group: str | None, depth: int = 1) -> MarkedInstance:
    kinds = [["Selection"] if place < depth else [] for place in range(len(marks))]
    questions = [question(place, composition_types=kind) for place, kind in enumerate(kinds)]
    return marked_instance(*marks, main_id=main_id, group=group, scoring_questions=questions)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((True, True, True), (True, True, True)),
        ((False, True, True), (False, False, True)),
        ((True, False, True), (True, False, False)),
        ((2, True, True), (2, True, True)),
        ((None, True, True), (None, False, True)),
        ((True, True, 2), (True, True, 2)),
    ],
)
def test_only_a_direct_prerequisite_that_failed_fails_a_question(
    marks: tuple[Mark, ...], expected: tuple[Mark, ...]
) -> None:
    chain = [question(0), question(1, dep=[0]), question(2, dep=[1])]
    questions = marked_instance(*marks, scoring_questions=chain).instance.questions
    assert dependent_marks(questions, marks) == expected


def test_an_undecided_mark_counts_as_obeyed_by_dimension_only_and_an_unparsed_one_nowhere() -> None:
    statistics = aggregate([marked_instance(True, 2, None, False)])
    assert (statistics.drfr, statistics.by_category) == (Share(1, 4), {"And_1": Share(1, 4)})
    assert statistics.by_dimension == {"Helpfulness": Share(2, 4)}
    assert statistics.by_dimension_group == {"Utility": Share(2, 4)}
    assert statistics.by_composition == {"And": Share(2, 4)}
    assert (statistics.undecided, statistics.unparsed) == (1, 1)


def test_a_dimension_that_nobody_knows_is_grouped_with_the_others() -> None:
    unknown = [question(0, constraint_dimensions=["Rhyme", "Length"])]
    statistics = aggregate([marked_instance(True, scoring_questions=unknown)])
    assert statistics.by_dimension_group == {"Others": Share(1, 1), "Structure": Share(1, 1)}


def test_coherence_compares_whole_groups_with_whole_instances() -> None:
    marked = [
        selection(True, True, main_id=1, group="a"),
        selection(True, False, main_id=2, group="a"),
        selection(True, main_id=3, group="b"),
        selection(True, True, main_id=4, group="c", depth=2),
        marked_instance(False, main_id=5, group="no selection"),
    ]
    statistics = aggregate(marked)
    assert statistics.single_selection == Coherence(origin=Share(2, 3), coherent=Share(1, 2))
    assert statistics.single_selection.drop == pytest.approx(0.25)
    assert statistics.multiple_selection == Coherence(origin=Share(1, 1), coherent=Share(1, 1))


def test_the_first_instance_of_a_group_decides_its_depth() -> None:
    marked = [selection(True, True, main_id=1, group="a", depth=2), selection(True, True, main_id=2, group="a")]
    assert aggregate(marked).multiple_selection.origin == Share(2, 2)


def test_instances_without_a_group_are_one_group() -> None:
    marked = [selection(True, main_id=1, group=None), selection(False, main_id=2, group=None)]
    assert aggregate(marked).single_selection == Coherence(origin=Share(1, 2), coherent=Share(0, 1))


def test_nothing_to_share_is_none_and_never_zero_or_a_crash() -> None:
    empty = aggregate([])
    assert (empty.drfr.value, empty.by_category) == (None, {})
    assert (empty.single_selection.drop, empty.multiple_selection.origin.value) == (None, None)
    assert aggregate([selection(False, main_id=1, group="a")]).single_selection.drop is None


def test_a_question_left_unjudged_is_refused() -> None:
    unmarked = marked_instance(True, True).instance
    with pytest.raises(JudgeReplyError, match="main_id 1: 1 marks for 2 questions; judge every question once"):
        MarkedInstance(unmarked, (True,))
