"""Tests of MathIF as a dataset: problems become prompts as published, constraints known kinds or judged questions."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.constraints import ConstraintSpec, check
from annotator.datasets.mathif import KIND_OF_NAME, STEP_BY_STEP, read_mathif
from annotator.datasets.models import Constraint, Dataset
from annotator.datasets.readers import PromptRecord, Rejection
from annotator.datasets.services import DatasetImportError, dataset_import
from tests.constraints.specs import COMPLETE

PROBLEM = "A tram has 12 seats in each of 7 rows. How many seats are there?"


def row(**changes: Any) -> dict[str, Any]:
    return {
        "source": "ours",
        "id": "tram-1",
        "question": PROBLEM,
        "answer": 84,
        "constraint_desc": ["Answer with less than 50 words.", " Do not use any commas. "],
        "constraint_name": ["length_constraint_checkers:number_words", "punctuation:no_comma"],
        "constraint_args": [{"num_words": 50, "relation": "less than"}, None],
    } | changes


def read(*rows: dict[str, Any], bare: bool = False) -> list[PromptRecord | Rejection]:
    return list(read_mathif([json.dumps(value) for value in rows], bare=bare))


def record_of(bare: bool = False, **changes: Any) -> PromptRecord:
    [record] = read(row(**changes), bare=bare)
    assert isinstance(record, PromptRecord), record
    return record


def test_a_prompt_is_the_problem_the_request_and_the_constraints_as_published() -> None:
    record = record_of()
    expected = PROBLEM + STEP_BY_STEP + "Answer with less than 50 words.  Do not use any commas. "
    assert (record.key, record.text) == ("tram-1", expected)
    assert [record.text[start:end] for start, end in filter(None, record.spans)] == [
        "Answer with less than 50 words.",
        "Do not use any commas.",
    ]
    assert record.attributes == {"source": "ours", "reference_answer": "84"}


def test_bare_prompts_leave_the_request_to_think_out_and_keep_their_spans() -> None:
    record = record_of(bare=True)
    assert record.text == PROBLEM + " Answer with less than 50 words.  Do not use any commas. "
    assert [record.text[start:end] for start, end in filter(None, record.spans)][1] == "Do not use any commas."


def test_known_names_are_kinds_with_the_same_arguments() -> None:
    assert [(spec.kind, dict(spec.kwargs)) for spec in record_of().specs] == [
        ("length_constraints:number_words", {"num_words": 50, "relation": "less than"}),
        ("punctuation:no_comma", {}),
    ]
    assert len(KIND_OF_NAME) == 15
    assert set(KIND_OF_NAME.values()) <= set(COMPLETE)


@pytest.mark.parametrize(
    ("name", "arguments", "obeys", "violates"),
    [
        ("keywords:frequency", {"keyword": "seat", "frequency": 2, "relation": "at least"}, "a seat, a seat", "a seat"),
        ("keywords:frequency", {"keyword": "seat", "frequency": 2, "relation": "less than"}, "a seat", "seat seat"),
        ("keywords:existence", {"keywords": ["seat", "row"]}, "Rows of seats", "Rows"),
        ("keywords:forbidden_words", {"forbidden_words": ["row"]}, "arrow", "a row"),
        ("language:response_language", {"language": "th"}, "ที่นั่งทั้งหมดมีแปดสิบสี่ที่นั่ง", "There are 84 seats here."),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n* b", "* a\n* b\n* c"),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* *b* *c*", "*a*"),
        (
            "detectable_format:multiple_sections",
            {"section_spliter": "Part", "num_sections": 2},
            "Part 1\nPart 2",
            "Part",
        ),
        ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "less than"}, "A", "A B"),
        ("combination:repeat_prompt", {"prompt_to_repeat": PROBLEM}, PROBLEM + " 84.", "84. " + PROBLEM),
        ("startend:end_checker", {"end_phrase": "Any other questions?"}, '84. any other questions?"', "Any questions?"),
        ("startend:quotation", None, '"84"', "84"),
    ],
)
def test_each_mapped_constraint_means_what_upstream_checks(
    name: str, arguments: dict[str, Any] | None, obeys: str, violates: str
) -> None:
    [spec] = record_of(constraint_name=[name], constraint_args=[arguments], constraint_desc=["Do so."]).specs
    assert [check(spec, text).strict.obeyed for text in (obeys, violates)] == [True, False]


@pytest.mark.parametrize(
    ("name", "arguments"), [("style:rhyme", {"lines": 2}), ("language:response_language", {"language": "zh"})]
)
def test_a_constraint_that_no_checker_knows_is_a_question_for_a_judge(name: str, arguments: dict[str, Any]) -> None:
    [spec] = record_of(
        constraint_name=[name], constraint_args=[arguments], constraint_desc=["Let the lines rhyme."]
    ).specs
    question = "Does the response obey this requirement? Let the lines rhyme."
    assert spec == ConstraintSpec("complexbench:question", {"language": "en", "question_en": question})
    assert check(spec, "84").strict.obeyed is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "'id' must be a whole number or a text of 1 to 128 characters"),
        ({"question": " "}, "'question' is empty"),
        ({"question": "\x00"}, "'question' holds a NUL character at character 1; remove it"),
        ({"constraint_args": [None]}, "have 2, 1 and 2 items; give each constraint one of each"),
        ({"constraint_name": [], "constraint_args": [], "constraint_desc": []}, "have 0, 0 and 0 items; give each"),
        ({"constraint_desc": ["a", 1]}, "'constraint_desc' must hold texts that are not empty"),
        ({"constraint_name": ["startend:rhyme", 3]}, "key 'tram-2', constraint 2: its name must be a text"),
        ({"constraint_args": [{"num_words": "many"}, None]}, "'num_words' must be an integer, not 'many'"),
        ({"constraint_args": [{"words": 5}, None]}, "argument 'words' is unknown; the kind takes num_words, relation"),
        ({"constraint_args": [[], None]}, "its kwargs must be a JSON object"),
        ({"answer": [84]}, "'answer' must be a text or a number"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_read(changes: dict[str, Any], reason: str) -> None:
    good, bad, last = read(row(), row(**{"id": "tram-2"} | changes), row(id=3))
    assert isinstance(good, PromptRecord)
    assert isinstance(last, PromptRecord)
    assert isinstance(bad, Rejection)
    assert bad.line == 2
    assert reason in bad.reason


def test_the_same_id_twice_is_refused() -> None:
    assert "the key 'tram-1' stands on line 1 already" in str(read(row(), row())[1])


@pytest.mark.django_db
def test_the_command_imports_both_ways_and_says_terms_and_what_waits_for_a_judge(tmp_path: Path) -> None:
    path, out = tmp_path / "mathif.jsonl", StringIO()
    rhyme = row(id="tram-2", constraint_name=["style:rhyme", "punctuation:no_comma"])
    path.write_text(json.dumps(row()) + "\n" + json.dumps(rhyme) + "\n")
    call_command("import_dataset", "seats", str(path), "--format", "mathif", stdout=out)
    assert "Imported seats v1 (2 prompts, dataset:" in out.getvalue()
    assert "Constraints that wait for a judge model: 1 (complexbench:question)." in out.getvalue()
    assert "Terms: No licence file upstream" in out.getvalue()
    call_command("import_dataset", "seats", str(path), "--format", "mathif", "--bare", stdout=out)
    published, bare = Dataset.objects.order_by("version")
    assert published.terms == bare.terms != ""
    assert STEP_BY_STEP in published.prompts.first().text
    assert not bare.prompts.filter(text__contains=STEP_BY_STEP).exists()
    assert set(Constraint.objects.values_list("scope", flat=True)) == {"answer"}


@pytest.mark.django_db
def test_a_format_that_adds_nothing_has_no_bare_prompts(tmp_path: Path) -> None:
    with pytest.raises(DatasetImportError, match="the format ifeval adds nothing to its prompts; leave --bare out"):
        dataset_import(name="a", path_or_lines=[], bare=True)
    path = tmp_path / "mathif.jsonl"
    path.write_text(json.dumps(row(id=[])))
    with pytest.raises(CommandError, match=r"nothing was imported, because 1 line was refused(.|\n)*line 1: 'id' must"):
        call_command("import_dataset", "seats", str(path), "--format", "mathif")
