"""Tests of ComplexBench as a dataset: instances become prompts with a constraint a question, and are read back."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.constraints.complexbench.instances import read_instances
from annotator.datasets import selectors, whole_files
from annotator.datasets.complexbench import instance_of
from annotator.datasets.models import Dataset
from annotator.datasets.services import DatasetImportError, dataset_import
from tests.constraints.complexbench.test_instances import instance, question
from tests.paths import SHARED_DATA, needs_shared_data

pytestmark = pytest.mark.django_db
PUBLISHED = SHARED_DATA / "complexbench" / "instance.json"


def imported(*instances: dict[str, Any], language: str = "", name: str = "cb") -> Dataset:
    return dataset_import(
        name=name, path_or_lines=[json.dumps(instances)], format="complexbench", language=language
    ).dataset


def refusal(source: Any, **options: Any) -> str:
    with pytest.raises(DatasetImportError) as error:
        dataset_import(name="cb", path_or_lines=source, format="complexbench", **options)
    assert not Dataset.objects.exists()
    return str(error.value)


def test_each_question_is_a_constraint_of_the_prompt() -> None:
    [prompt] = selectors.prompts_of(imported(instance(899), language="en"))
    assert (prompt.key, prompt.text) == ("899", "Write to Li.")
    first, second = prompt.constraints.all()
    assert {first.kind, second.kind} == {"complexbench:question"}
    assert first.kwargs == {
        "language": "en",
        "question": "礼貌吗？",
        "question_en": "Is it polite?",
        "dimensions": ["Helpfulness"],
        "compositions": ["And"],
        "dependencies": [],
    }
    assert (second.kwargs["rule"], second.kwargs["dependencies"]) == ("length:[1,9]", [0])
    assert (first.span_start, first.span_end) == (None, None)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_instances_come_back_whole_and_in_order(language: Any) -> None:
    values = [instance(5, group=None, idx_in_group=None), instance(2), instance(9, constraint_dimensions=["Rhyme"])]
    prompts = selectors.prompts_of(imported(*values, language=language))
    assert [instance_of(prompt) for prompt in prompts] == read_instances(json.dumps(values), language)


def test_the_language_is_part_of_what_is_imported_and_chinese_is_the_default() -> None:
    chinese, english = imported(instance()), imported(instance(), language="en")
    assert (chinese.version, english.version) == (1, 2)
    assert imported(instance(), language="zh") == chinese
    assert [dataset.prompts.get().text for dataset in (chinese, english)] == ["给小李写信。", "Write to Li."]


def test_another_question_rule_or_group_is_another_version() -> None:
    imported(instance())
    for number, change in enumerate(({"group": "g2"}, {"scoring_questions": [question(0)]}, {"category": "And_2"}), 2):
        assert imported(instance(**change)).version == number


def test_a_file_may_be_one_line_a_list_over_many_or_an_instance_a_line(tmp_path: Path) -> None:
    values = [instance(1), instance(2)]
    spellings = [
        json.dumps(values),
        json.dumps(values, indent=1, ensure_ascii=False),
        "\ufeff" + "\n".join(map(json.dumps, values)),
    ]
    for number, text in enumerate(spellings):
        path = tmp_path / f"{number}.json"
        path.write_text(text, "utf-8")
        assert dataset_import(name="cb", path_or_lines=path, format="complexbench").dataset.version == 1


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (["{"], "nothing was imported: line 1: the file is not JSON"),
        ([b"\xff"], "nothing was imported: byte 1 is not UTF-8; save the file as UTF-8."),
        ([json.dumps([instance(1), instance(1)])], "instance 2: main_id 1 is taken by instance 1."),
        ([json.dumps(instance(category=None))], "(main_id 7), field 'category': a text that is not blank is needed."),
        ([json.dumps(instance(10**200))], "its main_id has more than 128 digits; shorten it."),
        (["[]"], "the file holds no instances; give it a JSON list of them or one a line."),
    ],
)
def test_the_first_thing_wrong_refuses_the_whole_file(source: Any, sentence: str) -> None:
    assert sentence in refusal(source)


def test_a_file_beyond_the_cap_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "FILE_CAP", 1_000)
    endless = iter(lambda: b" " * 100, b"")
    assert "it holds more than 1,000 bytes, the most that is read; import it in parts." in refusal(endless)


def test_a_language_that_a_format_has_not_is_refused() -> None:
    assert "the format complexbench cannot be read in 'fr'; choose zh or en." in refusal([], language="fr")
    with pytest.raises(DatasetImportError, match="ifeval cannot be read in 'en'; leave the language out"):
        dataset_import(name="cb", path_or_lines=[], format="ifeval", language="en")


def test_the_command_takes_the_language_and_says_why_not(tmp_path: Path) -> None:
    path, out = tmp_path / "cb.json", StringIO()
    path.write_text(json.dumps([instance(1), instance(2)]))
    call_command("import_dataset", "cb", str(path), "--format", "complexbench", "--language", "en", stdout=out)
    assert out.getvalue().startswith("Imported cb v1 (2 prompts, dataset:")
    path.write_text("[1]")
    with pytest.raises(CommandError, match=r"cb\.json: nothing was imported: instance 1: a JSON object is needed"):
        call_command("import_dataset", "cb", str(path), "--format", "complexbench")


@needs_shared_data
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_published_instance_is_imported_and_comes_back_whole(language: Any) -> None:
    dataset = dataset_import(name="cb", path_or_lines=PUBLISHED, format="complexbench", language=language).dataset
    [prompt] = selectors.prompts_of(dataset)
    assert [instance_of(prompt)] == read_instances(PUBLISHED.read_text("utf-8"), language)
