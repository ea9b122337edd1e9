"""Scores from the database: the same marks give the same statistics, and unjudged questions are refused."""

import json
from typing import Any

import pytest

from annotator.constraints.complexbench.aggregation import Share, aggregate
from annotator.constraints.complexbench.marking import MARKS
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import JudgeOfRun, judge_chosen, judges_of, marked_run
from annotator.runs.services.judge_reply_import import judge_replies_import
from tests.cast import make_dataset, make_model, make_run
from tests.complexbench import answered_run, make_bench
from tests.constraints.complexbench.goldens import golden_rows
from tests.constraints.complexbench.test_aggregation import golden_marked, official_form
from tests.paths import needs_shared_data
from tests.runs.test_judge_reply_import import ALL, imported, line

pytestmark = pytest.mark.django_db
GPT = JudgeOfRun("gpt-4", "official")


@pytest.fixture
def run() -> Run:
    return answered_run(make_bench())


def test_marks_come_back_in_the_datasets_order_and_prerequisites_are_heeded_by_the_statistics(run: Run) -> None:
    imported(run, line(1, 0, mark="violated"), line(1, 1), line(2, 0))
    scored = marked_run(run, "answer", GPT)
    assert [instance.marks for instance in scored.marked] == [(False, True), (True,)]
    assert (scored.unanswered, aggregate(scored.marked).drfr) == (0, Share(1, 3))


def test_a_question_left_unjudged_is_no_no_but_a_refusal(run: Run) -> None:
    imported(run, *ALL[:2])
    with pytest.raises(RunError, match="gpt-4@official has left 1 question unjudged, which is not counted as a no"):
        marked_run(run, "answer", GPT)


def test_prompts_without_an_answer_are_left_out_and_counted() -> None:
    run = answered_run(make_bench(), answers={"2": "Wang!"})
    imported(run, line(2, 0))
    scored = marked_run(run, "answer", GPT)
    assert (len(scored.marked), scored.unanswered) == (1, 1)


def test_the_only_judge_needs_no_name_and_of_several_one_is_chosen(run: Run) -> None:
    with pytest.raises(RunError, match="has no judge replies of its answers; make some with"):
        judge_chosen(run, "answer")
    imported(run, *ALL)
    assert judge_chosen(run, "answer") == judge_chosen(run, "answer", "gpt-4") == GPT
    imported(run, line(prompt_version="2"), line(judge="claude"), line(judge="qwen", scope="completion"))
    assert list(map(str, judges_of(run, "answer"))) == ["claude@official", "gpt-4@2", "gpt-4@official"]
    assert judge_chosen(run, "answer", "gpt-4@official") == GPT
    for name in ("", "gpt-4", "qwen"):
        with pytest.raises(RunError, match="was judged by claude@official, gpt-4@2, gpt-4@official; choose one"):
            judge_chosen(run, "answer", name)


def test_another_dataset_has_no_judges() -> None:
    with pytest.raises(RunError, match="has no ComplexBench questions"):
        judge_chosen(make_run(make_dataset("everyday"), make_model(), "base"), "answer")


UNKNOWN = "rhyme:ab"  # a rule with an unknown verb: only such a rule gives a mark of 2


def stored(row: dict[str, Any]) -> Run:
    """Store a golden set as a dataset with a run and imported judge replies; marks of 2 come from an unknown verb."""
    names = {mark: name for name, mark in MARKS.items()}
    lines = []
    for entry in row["entries"]:
        entry |= {"instruction": "i", "constraint_dimensions": []}
        for question, mark in zip(entry["scoring_questions"], entry["point_judges"], strict=True):
            rule = {"role": "extractor", "segments": ["a"]} if mark == 2 else {"role": "judge"}
            question["rule"] = UNKNOWN if mark == 2 else None
            lines.append({**line(entry["main_id"], question["point_id"], mark=names[mark], language="zh"), **rule})
    dataset = make_bench(*row["entries"], name=f"golden-{row['id']}", language="zh")
    run = answered_run(dataset, answers={str(entry["main_id"]): "a" for entry in row["entries"]})
    judge_replies_import(run=run, lines=map(json.dumps, lines))
    return run


def agrees(row: dict[str, Any]) -> None:
    marked = golden_marked(row)
    scored = marked_run(stored(row), "answer", GPT)
    assert [instance.marks for instance in scored.marked] == [instance.marks for instance in marked]
    assert [list(instance.dependent_marks) for instance in scored.marked] == row["rely"]
    assert aggregate(scored.marked) == aggregate(marked)
    assert official_form(aggregate(scored.marked)) == row["statistics"]


def twos(row: dict[str, Any]) -> int:
    return sum(mark == 2 for entry in row["entries"] for mark in entry["point_judges"])


@needs_shared_data
def test_every_statistic_of_a_golden_set_is_the_same_out_of_the_database() -> None:
    row = max(golden_rows("complexbench_aggregation"), key=twos)
    assert twos(row) > 1
    agrees(row)


@pytest.mark.slow
@needs_shared_data
def test_every_statistic_of_all_fifteen_golden_sets_is_the_same_out_of_the_database() -> None:
    for row in golden_rows("complexbench_aggregation"):
        agrees(row)
