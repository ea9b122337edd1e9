"""Training rows: pairs of failing and repaired answers, labelled generations, and prompts with completions."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.datasets.models import Constraint
from annotator.releases import pairs as export
from annotator.releases.pairs import PAIR_FORMATS, pairs_file
from annotator.runs.models import Verdict
from annotator.studies.models import Study
from tests.cast import World
from tests.releases.bulk import bulk_study
from tests.releases.curated import Curated, make_curated, withdraw


@pytest.fixture
def curated(world: World, dan: User) -> Curated:
    return make_curated(world.study, dan)


def rows(study: Study, format: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in pairs_file(study, format).parts]


def turn(answer: str, reasoning: str | None) -> list[dict[str, str | None]]:
    return [{"role": "assistant", "content": answer, "reasoning_content": reasoning}]


def test_the_repaired_answer_is_chosen_and_the_failing_one_rejected(curated: Curated) -> None:
    tea, bike = rows(curated.study, "trl-preference")
    assert tea["prompt"] == [{"role": "user", "content": "Write about    tea. Do not use any commas."}]
    assert tea["chosen"] == turn("Tea of course.", "No commas: I write one short sentence.")
    assert tea["rejected"] == turn("Tea, of course.", "Let me think about tea, slowly.")
    assert bike["chosen"] == turn("a red bike", None)
    assert tea["terms"] == {
        "dataset": None,
        "models": [{"language_model": "tiny", "licence": None, "terms": None}],
    }


def test_supervised_rows_are_prompts_with_the_repaired_answer(curated: Curated) -> None:
    tea, _ = rows(curated.study, "supervised")
    assert tea["completion"] == turn("Tea of course.", "No commas: I write one short sentence.")
    assert set(tea) == {"prompt", "completion", "key", "terms"}


@pytest.mark.parametrize("format", ["trl-preference", "supervised"])
def test_withdrawn_exemplars_are_left_out_and_counted(curated: Curated, dan: User, format: str) -> None:
    withdraw(curated.exemplars["tea"], dan)
    assert [row["key"] for row in rows(curated.study, format)] == ["bike"]
    assert pairs_file(curated.study, format).left_out == {"withdrawn": 1}


def test_every_decided_generation_of_both_runs_is_labelled_by_its_verdicts(world: World) -> None:
    found = rows(world.study, "trl-unpaired")
    labels = {(row["key"], row["strategy"]): row["label"] for row in found}
    assert labels == {
        ("rain", "base"): False,
        ("rain", "cot"): True,
        ("tea", "base"): True,
        ("tea", "cot"): False,
        ("bike", "base"): False,
        ("bike", "cot"): False,
        ("moon", "base"): True,
        ("moon", "cot"): True,
    }
    assert found[0]["completion"] == turn("Rain, rain, rain.", None)
    assert found[4]["completion"] == turn("Rain falls softly.", "Let me think about rain, slowly.")
    assert {row["language_model"] for row in found} == {"tiny"}


def test_what_no_checker_decides_is_left_out_unless_something_is_violated(world: World) -> None:
    moon = world.first_run.generations.get(prompt__key="moon")
    moon.verdicts.update(strict=None)
    bike = world.first_run.generations.get(prompt__key="bike")
    bike.verdicts.filter(strict=True).update(strict=None)
    world.second_run.generations.filter(prompt__key="rain").update(finish_reason="length")
    labels = {(row["key"], row["strategy"]): row["label"] for row in rows(world.study, "trl-unpaired")}
    assert len(labels) == 6
    assert labels["bike", "base"] is False
    assert pairs_file(world.study, "trl-unpaired").left_out == {"no_answer": 1, "undecided": 1}


def test_a_study_that_judges_the_unfinished_labels_them_too(world: World) -> None:
    world.second_run.generations.filter(prompt__key="rain").update(finish_reason="length")
    world.study.judge_unfinished = True
    assert len(rows(world.study, "trl-unpaired")) == 8


def test_a_constraint_about_the_reasoning_counts_on_the_reasoning(world: World) -> None:
    Constraint.objects.filter(prompt__key="moon").update(scope="reasoning")
    generation = world.second_run.generations.get(prompt__key="moon")
    constraint = generation.prompt.constraints.get()
    Verdict.objects.create(
        generation=generation, constraint=constraint, scope="reasoning", strict=False, checker_version="test"
    )
    labels = {(row["key"], row["strategy"]): row["label"] for row in rows(world.study, "trl-unpaired")}
    assert labels["moon", "cot"] is False
    assert ("moon", "base") not in labels


def test_the_terms_of_an_imported_run_are_those_of_its_file(world: World) -> None:
    world.second_run.source = {"name": "answers.jsonl", "terms": "Provider's terms"}
    world.second_run.save()
    study = Study.objects.get(pk=world.study.pk)
    terms = {row["strategy"]: row["terms"]["models"][0]["terms"] for row in rows(study, "trl-unpaired")}  # type: ignore[index]
    assert terms == {"base": None, "cot": "Provider's terms"}


def test_a_chunk_costs_two_queries_whatever_its_size(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    study = bulk_study(40)
    counts = {}
    for size in (100, 10):
        monkeypatch.setattr(export, "_AT_ONCE", size)
        lines = pairs_file(study, "trl-unpaired").parts
        with CaptureQueriesContext(connection) as queries:
            assert sum(1 for _ in lines) == 80
        counts[size] = len(queries)
    assert counts[100] <= 4 + 4  # a chunk and an empty one for each run; its model and dataset
    assert counts[10] <= 4 + 10


@pytest.mark.parametrize("format", PAIR_FORMATS)
def test_the_command_writes_a_file_and_says_what_it_left_out(curated: Curated, tmp_path: Path, format: str) -> None:
    path = tmp_path / "pairs.jsonl"
    err = StringIO()
    call_command("export_pairs", "pilot", format=format, output=path, stderr=err)
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows(curated.study, format)
    assert err.getvalue() == "Left out: nothing.\n"


def test_the_command_names_the_studies_that_there_are(world: World) -> None:
    with pytest.raises(CommandError, match="no study 'pilots'; known studies: pilot"):
        call_command("export_pairs", "pilots")


def test_a_file_that_cannot_be_written_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot write"):
        call_command("export_pairs", "pilot", output=tmp_path / "none" / "pairs.jsonl")
