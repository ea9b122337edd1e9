"""Runs with exemplars: none is asked for itself, and the file goes in by one argument."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.datasets.models import Dataset
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run
from annotator.runs.services import run_start
from tests.cast import make_dataset, make_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
FIG = {"prompt": "Name a fruit.", "answer": "A fig."}


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset("everyday")


@pytest.fixture
def model() -> LanguageModel:
    return make_model()


def of_prompt(dataset: Dataset, key: str) -> dict[str, Any]:
    return {"prompt": f" {dataset.prompts.get(key=key).text.upper()}\n", "answer": "SHOWN."}


def fingerprints(run: Run) -> set[str]:
    return set(run.generations.values_list("fingerprint", flat=True))


def test_a_prompt_that_is_an_exemplar_gets_no_generation(dataset: Dataset, model: LanguageModel) -> None:
    exemplars = [of_prompt(dataset, "tea"), FIG]
    parameters = {"exemplars": exemplars, "excluded": ["moon"]}
    run, _ = run_start(dataset=dataset, language_model=model, strategy="few_shot", parameters=parameters)
    assert run.parameters["excluded"] == ["moon", "tea"]
    assert len(run.parameters["exemplars"]) == 2
    assert list(run.generations.values_list("prompt__key", flat=True)) == ["rain", "bike"]
    again, created = run_start(dataset=dataset, language_model=model, strategy="few_shot", parameters=run.parameters)
    assert (again.pk, created) == (run.pk, False)


def test_a_key_that_no_prompt_has_is_refused_so_that_none_stays_by_a_typing_error(
    dataset: Dataset, model: LanguageModel
) -> None:
    parameters = {"exemplars": [FIG], "excluded": ["moon", "tae"]}
    with pytest.raises(RunError, match="has no prompt with the key 'tae'; name keys of its prompts"):
        run_start(dataset=dataset, language_model=model, strategy="few_shot", parameters=parameters)
    assert not Run.objects.exists()


def test_where_exemplars_came_from_is_no_part_of_a_request_but_their_text_is(
    dataset: Dataset, model: LanguageModel
) -> None:
    few: dict[str, Any] = {"dataset": dataset, "language_model": model, "strategy": "few_shot"}
    run, _ = run_start(**few, parameters={"exemplars": [FIG]})
    of_a_set, created = run_start(**few, parameters={"exemplars": [FIG], "set_hash": "prompt-set:7"})
    assert created
    assert fingerprints(of_a_set) == fingerprints(run)
    for change in ({"exemplars": [FIG, {**FIG, "answer": "A plum."}]}, {"exemplars": [FIG], "as_turns": False}):
        other, _ = run_start(**few, parameters=change)
        assert not fingerprints(other) & fingerprints(run)


def test_the_command_reads_a_file_and_names_the_prompts_that_are_left_out(
    dataset: Dataset, model: LanguageModel, tmp_path: Path
) -> None:
    file, told = tmp_path / "exemplars.jsonl", StringIO()
    file.write_text("".join(json.dumps(exemplar) + "\n" for exemplar in (FIG, of_prompt(dataset, "rain"))))
    call_command("start_run", "everyday", model.slug, "few_shot", exemplars=file, stdout=told)
    assert "2 exemplars before each prompt." in told.getvalue()
    assert "Left out: rain, near to exemplar 2 (exact)." in told.getvalue()
    assert Run.objects.get().generations.count() == 3


@pytest.mark.parametrize(
    ("content", "strategy", "sentence"),
    [
        ("{\n[]\n", "few_shot", "exemplars.jsonl: no run was started; line 1: not JSON"),
        (None, "few_shot", "--exemplars: cannot read .*exemplars.jsonl: No such file or directory"),
        (json.dumps(FIG), "base", "parameters of base: unknown field 'exemplars'; known fields: none"),
    ],
)
def test_a_file_that_cannot_be_used_starts_no_run(
    dataset: Dataset, model: LanguageModel, tmp_path: Path, content: str | None, strategy: str, sentence: str
) -> None:
    file = tmp_path / "exemplars.jsonl"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("start_run", "everyday", model.slug, strategy, exemplars=file, stdout=StringIO())
    assert not Run.objects.exists()
