"""Tests of ReasonIF as a dataset: constraints on the reasoning, of known kinds or as questions for a judge."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotator.datasets.models import Dataset
from annotator.datasets.readers import PromptRecord, Rejection
from annotator.datasets.reasonif import read_reasonif
from annotator.datasets.services import DatasetImportError, dataset_import
from tests.datasets.reasonif_items import PROMPT, RULE, reasonif_item


def read(*items: Any) -> list[PromptRecord | Rejection]:
    return list(read_reasonif(json.dumps(items, indent=2).splitlines(keepends=True)))


def record_of(value: dict[str, Any]) -> PromptRecord:
    [record] = read(value)
    assert isinstance(record, PromptRecord), record
    return record


def test_the_prompt_is_the_published_one_and_its_constraint_is_about_the_reasoning() -> None:
    record = record_of(reasonif_item())
    assert (record.key, record.text, record.scope) == (0, PROMPT.format(RULE), "reasoning")
    [span] = record.spans
    assert span is not None
    assert record.text[slice(*span)] == RULE
    assert record.attributes == {"source": "ours", "reference_answer": " 4"}


@pytest.mark.parametrize(
    ("name", "arguments", "kind", "kwargs"),
    [
        ("language:reasoning_language", {"language": "fr"}, "language:response_language", {"language": "fr"}),
        (
            "length_constraint_checkers:number_words",
            {"num_words": 38},
            "length_constraints:number_words",
            {"num_words": 38, "relation": "less than"},
        ),
        ("change_case:english_capital", None, "change_case:english_capital", {}),
        ("startend:end_checker", {"end_phrase": "MEOW"}, "startend:end_checker", {"end_phrase": "MEOW"}),
        ("detectable_format:json_format", None, "detectable_format:json_format", {}),
        ("punctuation:no_comma", None, "punctuation:no_comma", {}),
    ],
)
def test_the_six_names_are_kinds(
    name: str, arguments: dict[str, Any] | None, kind: str, kwargs: dict[str, Any]
) -> None:
    [spec] = record_of(reasonif_item(constraint_name=[name], constraint_args=[arguments])).specs
    assert (spec.kind, dict(spec.kwargs)) == (kind, kwargs)


@pytest.mark.parametrize(
    ("name", "arguments"), [("language:reasoning_language", {"language": "zh"}), ("style:as_a_poem", None)]
)
def test_what_no_checker_decides_is_a_question_about_the_sentence_in_bold(name: str, arguments: Any) -> None:
    rule = "When reasoning, respond only in Chinese language, no other language is allowed."
    record = record_of(reasonif_item(rule, constraint_name=[name], constraint_args=[arguments]))
    [spec] = record.specs
    assert spec.kind == "complexbench:question"
    assert spec.kwargs["question_en"] == f"Does the response obey this requirement? {rule}"
    assert record.scope == "reasoning"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"prompt": ""}, "'prompt' is empty"),
        ({"constraint_name": []}, "have 0 and 1 items; a prompt of ReasonIF has one constraint"),
        ({"constraint_args": [7]}, "its 'constraint_args' must be a JSON object or null"),
        ({"constraint_name": [7]}, "'constraint_name' must hold a text"),
        ({"constraint_args": [{"num_words": -1}]}, "argument 'num_words' must be at least 0, not -1"),
        (
            {"constraint_name": ["style:as_a_poem"], "prompt": "Reason in rhymes: what is 2 + 2?"},
            "no checker decides 'style:as_a_poem', and no sentence **When reasoning ...** in 'prompt' says what",
        ),
    ],
)
def test_all_bad_items_are_refused_with_the_lines_on_which_they_begin(changes: dict[str, Any], reason: str) -> None:
    good, *bad = read(reasonif_item(), reasonif_item(**changes), 5, reasonif_item(**changes))
    text = json.dumps([reasonif_item(), reasonif_item(**changes), 5, reasonif_item(**changes)], indent=2).splitlines()
    assert isinstance(good, PromptRecord)
    assert [type(rejection) for rejection in bad] == [Rejection] * 3
    assert [text[rejection.line - 1].strip() for rejection in bad] == ["{", "5,", "{"]
    assert reason in str(bad[0])
    assert "not a JSON object" in str(bad[1])
    assert reason in str(bad[2])


def test_a_key_is_the_place_in_the_array_whatever_is_refused_before_it() -> None:
    records = read(reasonif_item(prompt=""), reasonif_item())
    assert [record.key for record in records if isinstance(record, PromptRecord)] == [1]


def test_items_one_a_line_are_read_too() -> None:
    lines = [json.dumps(reasonif_item()), "", json.dumps(reasonif_item("When reasoning, rest."))]
    records = list(read_reasonif([line + "\n" for line in lines]))
    assert [(record.line, record.key) for record in records if isinstance(record, PromptRecord)] == [(1, 0), (3, 1)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"a": 1},\n{"b": 2', "line 2, item 2: not JSON"),
        ('[{"a": 1}\n{"b": 2}]', "line 1, item 1: neither a comma nor the end of the array follows it"),
        ("[" * 100_000, "line 1, item 1: the JSON is nested too deeply"),
        ("[]", "a dataset needs at least one prompt and there is no line in it"),
        ("[1,", "line 1, item 2: not JSON"),
        ("[{}] []", "something follows the end of the array; a file holds one array"),
    ],
)
@pytest.mark.django_db
def test_a_broken_array_is_refused_as_a_whole(text: str, sentence: str) -> None:
    with pytest.raises(DatasetImportError) as error:
        dataset_import(name="cats", path_or_lines=[text], format="reasonif")
    assert sentence in str(error.value)
    assert not Dataset.objects.exists()


@pytest.mark.django_db
def test_the_scope_is_stored_and_is_part_of_the_content(tmp_path: Path) -> None:
    path, rejects, out = tmp_path / "reasonif.json", tmp_path / "bad.jsonl", StringIO()
    path.write_text(json.dumps([reasonif_item(), reasonif_item(prompt=" ")], indent=1))
    call_command("import_dataset", "cats", str(path), "--format", "reasonif", "--rejects", str(rejects), stdout=out)
    assert "1 bad line is set aside" in out.getvalue()
    assert "Terms: No licence file upstream" in out.getvalue()
    assert json.loads(json.loads(rejects.read_text())["text"])["prompt"] == " "
    dataset = Dataset.objects.get()
    [constraint] = dataset.prompts.get().constraints.all()
    assert constraint.scope == "reasoning"
    assert constraint.title == "In the reasoning: Fewer than 860 words"
    assert [constraint.counted_scope(chosen) for chosen in ("answer", "completion")] == ["reasoning", "reasoning"]
    ifeval = {"key": 0, "prompt": PROMPT.format(RULE), "instruction_id_list": [constraint.kind]}
    same = ifeval | {"kwargs": [constraint.kwargs]}
    assert dataset_import(name="cats", path_or_lines=[json.dumps(same)]).dataset.content_hash != dataset.content_hash
