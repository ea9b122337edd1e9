"""Prompts with known defects are left out of a run on request, and no request changes by it."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.datasets.models import Dataset, Prompt
from annotator.datasets.selectors import keys_with_defects
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run
from annotator.runs.services import run_start
from tests.cast import make_dataset, make_model
from tests.strategies_with_parameters import add_strategy

DEFECT = {"source": "IFEval++", "sentence": "Two constraints contradict each other."}


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.runs.dispatch.wake", lambda model: None)


@pytest.fixture
def model(db: None) -> LanguageModel:
    return make_model()


@pytest.fixture
def dataset(db: None) -> Dataset:
    """Four prompts: rain, tea, bike, moon; tea and moon have a defect."""
    dataset = make_dataset("a")
    Prompt.objects.filter(key__in=["tea", "moon"]).update(known_defects=[DEFECT])
    return dataset


def keys(run: Run) -> list[str]:
    return list(run.generations.order_by("position").values_list("prompt__key", flat=True))


def test_the_keys_of_prompts_with_defects_are_in_the_datasets_order(dataset: Dataset) -> None:
    assert keys_with_defects(dataset) == ["tea", "moon"]
    assert keys_with_defects(make_dataset("whole")) == []


def test_a_run_leaves_them_out_on_request_and_asks_the_others_exactly_the_same(
    dataset: Dataset, model: LanguageModel
) -> None:
    every, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    fewer, created = run_start(dataset=dataset, language_model=model, strategy="base", without_defects=True)
    assert created
    assert (every.left_out, fewer.left_out) == ([], ["tea", "moon"])
    assert keys(every) == ["rain", "tea", "bike", "moon"]
    assert keys(fewer) == ["rain", "bike"]
    fingerprints = dict(every.generations.values_list("prompt__key", "fingerprint"))
    assert all(fingerprints[row.prompt.key] == row.fingerprint for row in fewer.generations.select_related("prompt"))
    again, created = run_start(dataset=dataset, language_model=model, strategy="base", without_defects=True)
    assert (again.pk, created) == (fewer.pk, False)


def test_without_any_defect_it_is_the_same_run(model: LanguageModel) -> None:
    dataset = make_dataset("whole")
    every, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    fewer, created = run_start(dataset=dataset, language_model=model, strategy="base", without_defects=True)
    assert (fewer.pk, created) == (every.pk, False)


def test_a_run_that_would_be_empty_is_refused(dataset: Dataset, model: LanguageModel) -> None:
    Prompt.objects.update(known_defects=[DEFECT])
    with pytest.raises(RunError, match="a v1: all 4 prompts are left out"):
        run_start(dataset=dataset, language_model=model, strategy="base", without_defects=True)
    assert not Run.objects.exists()


def start(*arguments: str) -> str:
    out = StringIO()
    call_command("start_run", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_leaves_them_out_and_says_how_many(dataset: Dataset, model: LanguageModel) -> None:
    assert "It leaves out 2 prompts with known defects." in start("a", "tiny", "base", "--without-defects")
    assert "leaves out" not in start("a", "tiny", "base")
    assert Run.objects.count() == 2


# ---- parameters on the command line


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    add_strategy(monkeypatch)


@pytest.mark.usefixtures("few")
def test_parameters_come_from_a_file_and_from_arguments_which_win(
    dataset: Dataset, model: LanguageModel, tmp_path: Path
) -> None:
    path = tmp_path / "parameters.json"
    path.write_text(json.dumps({"rounds": 5, "opening": "Think."}))
    start("a", "tiny", "tuned", "--parameters", str(path), "--parameter", "rounds=2", "--parameter", 'names=["a"]')
    run = Run.objects.get()
    assert (run.parameters["rounds"], run.parameters["opening"], run.parameters["names"]) == (2, "Think.", ["a"])


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--parameter", "rounds"], "--parameter 'rounds': write NAME=JSON"),
        (["--parameter", "=2"], "write NAME=JSON"),
        (["--parameter", "rounds=two"], "'two' is not JSON; a text has double quotes: 'rounds=\"text\"'"),
        (["--parameter", "rounds=1", "--parameter", "rounds=2"], "'rounds' stands there twice"),
        (["--parameter", "round=1"], "unknown field 'round'; known fields: rounds"),
        (["--parameter", "rounds=true"], "rounds must be of type int, not True"),
        (["--parameter", "threshold=7"], "threshold must be from 0 to 1"),
        (["--parameter", "opening=" + "[" * 100_000], "is not JSON"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_in_one_sentence(
    dataset: Dataset, model: LanguageModel, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as error:
        start("a", "tiny", "tuned", *arguments)
    assert sentence in str(error.value)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot read"), ("{", "is not JSON"), ("[1]", "must hold one JSON object")]
)
def test_a_file_of_parameters_that_cannot_be_read_is_refused(
    dataset: Dataset, model: LanguageModel, tmp_path: Path, content: Any, sentence: str
) -> None:
    path = tmp_path / "parameters.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError) as error:
        start("a", "tiny", "base", "--parameters", str(path))
    assert sentence in str(error.value)
