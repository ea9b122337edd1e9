"""Tests of Multi-IF as a dataset: first turns, once each, in one language or all, and what no checker decides."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.datasets import known_defects
from annotator.datasets.known_defects import text_hash
from annotator.datasets.models import Dataset
from annotator.datasets.multi_if import read_multi_if
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection
from annotator.datasets.selectors import known_defect_counts
from annotator.datasets.services import DatasetImportError, dataset_import
from tests.datasets.multi_if_rows import LETTER, multi_if_lines, multi_if_row


def read(*rows: dict[str, str], language: str = "") -> list[PromptRecord | Rejection]:
    return list(read_multi_if(multi_if_lines(*rows), language=language))


def record_of(**changes: Any) -> PromptRecord:
    [record] = read(multi_if_row(**changes))
    assert isinstance(record, PromptRecord), record
    return record


def refusal(lines: list[Any], **options: Any) -> str:
    with pytest.raises(DatasetImportError) as error:
        dataset_import(name="letters", path_or_lines=lines, format="multi_if", **options)
    assert not Dataset.objects.exists()
    return str(error.value)


def test_a_prompt_is_the_first_turn_with_its_constraints() -> None:
    record = record_of()
    assert (record.key, record.text) == ("9:1:en", LETTER)
    assert [(spec.kind, dict(spec.kwargs)) for spec in record.specs] == [
        ("punctuation:no_comma", {}),
        ("length_constraints:number_words", {"relation": "at least", "num_words": 5}),
    ]
    assert record.attributes == {"language": "English", "rows": ["9:1:en"]}


def test_a_first_turn_that_several_conversations_go_on_from_is_one_prompt() -> None:
    other = multi_if_row("9:4:en", kinds=("punctuation:no_comma",), kwargs=({},))
    records = read(multi_if_row("9:1:en"), multi_if_row("9:2:en"), other, multi_if_row("9:3:en"))
    assert [record.attributes["rows"] for record in records if isinstance(record, PromptRecord)] == [
        ["9:1:en", "9:2:en", "9:3:en"],
        ["9:4:en"],
    ]


def test_a_language_chooses_its_rows_and_refuses_none_of_the_others() -> None:
    rows = multi_if_row("1:1:fr", language="French"), multi_if_row("1:1:en"), multi_if_row("", language="Thai")
    assert [record.key for record in read(*rows, language="French") if isinstance(record, PromptRecord)] == ["1:1:fr"]
    assert [type(record) for record in read(*rows)] == [Rejection, PromptRecord, PromptRecord]


@pytest.mark.parametrize(
    ("language", "kinds", "decided"),
    [
        ("English", ("change_case:english_lowercase", "startend:quotation"), (True, True)),
        ("French", ("change_case:english_lowercase", "startend:quotation"), (False, True)),
        ("Hindi", ("punctuation:no_comma", "detectable_format:title"), (True, True)),
        ("Chinese", ("punctuation:no_comma", "detectable_format:title"), (False, True)),
        ("Klingon", ("punctuation:no_comma", "detectable_format:json_format"), (False, True)),
    ],
)
def test_a_checker_that_does_not_read_the_language_is_never_asked(
    language: str, kinds: tuple[str, ...], decided: tuple[bool, ...]
) -> None:
    record = record_of(language=language, kinds=kinds, kwargs=({},) * len(kinds))
    assert tuple(spec.kind == kind for spec, kind in zip(record.specs, kinds, strict=True)) == decided
    for spec, kind in zip(record.specs, kinds, strict=True):
        if spec.kind != kind:
            assert spec.kind == "unverifiable:other_language"
            assert (spec.kwargs["of_kind"], spec.kwargs["language"]) == (kind, language)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key": ""}, "'key' must be a whole number or a text of 1 to 128 characters"),
        ({"language": ""}, "'language' must be a text of 1 to 64 characters"),
        ({"turn_1_prompt": "None"}, "'turn_1_prompt' is not JSON"),
        ({"turn_1_prompt": '{"role": "assistant", "content": "Hi"}'}, "must be a JSON message of the user"),
        ({"text": " "}, "'turn_1_prompt' is empty"),
        ({"text": "\ud800"}, "'turn_1_prompt' holds a lone surrogate at character 1; remove it"),
        ({"turn_1_kwargs": "{}"}, "'turn_1_kwargs' must be a list in JSON"),
        ({"turn_1_kwargs": "[" * 100_000}, "'turn_1_kwargs': the JSON is nested too deeply"),
        ({"turn_1_kwargs": '["{}", "{"]'}, "key '9:2:en', constraint 2: not JSON"),
        ({"kwargs": ({},)}, "has 2 items and 'turn_1_kwargs' has 1; give each constraint one of each"),
        ({"kinds": (), "kwargs": ()}, "and a prompt at least one constraint"),
        ({"kinds": ("foo:bar", "foo:bar")}, "key '9:2:en', constraint 1: unknown constraint kind 'foo:bar'"),
        ({"kwargs": ({}, {"num_words": "five"})}, "argument 'num_words' must be an integer, not 'five'"),
    ],
)
def test_bad_rows_are_refused_with_the_line_on_which_they_begin(changes: dict[str, Any], reason: str) -> None:
    rows = multi_if_row("9:1:en"), multi_if_row(**{"key": "9:2:en"} | changes), multi_if_row("9:1:en")
    bad, again, good = read(*rows)
    assert isinstance(bad, Rejection)
    assert isinstance(good, PromptRecord)
    assert bad.line == 3
    assert reason in bad.reason
    assert bad.text == multi_if_lines(*rows)[2].rstrip("\r\n")
    assert str(again) == "line 4: the key '9:1:en' stands on line 2 already; every prompt needs its own"


def test_lines_are_counted_inside_quoted_fields_and_over_blank_lines() -> None:
    first = multi_if_row("9:1:en", responses="two\nlines")
    lines = multi_if_lines(first, multi_if_row(""))
    spaced = [*lines[:3], "\n", *lines[3:]]
    bad, _ = read_multi_if(spaced)
    assert isinstance(bad, Rejection)
    assert spaced[bad.line - 1].rstrip() == bad.text


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (['{"key": 1}\n'], "line 1: no column key, language, turn_1_prompt, turn_1_instruction_id_list, turn_1_kwargs"),
        ([b"key,\xff\n"], "line 1, byte 5 is not UTF-8; save the file as UTF-8."),
        ([*multi_if_lines(), '"open\n'], "the row that begins on line 2 is not CSV: unexpected end of data."),
        (
            [*multi_if_lines(), '"' + "x" * 200_000 + '"\n'],
            "line 2 is not CSV: field larger than field limit (131072).",
        ),
        ([*multi_if_lines(), b"x" * (LINE_CAP + 1)], "line 2 is longer than 1,000,000 bytes, the most that is read."),
        ([*multi_if_lines(), "a,b\n"], "line 2: it has more or fewer fields than the first line has columns"),
        ([], "line 1: no column key"),
    ],
)
@pytest.mark.django_db
def test_what_is_no_csv_of_multi_if_is_refused_as_a_whole(lines: list[Any], sentence: str) -> None:
    assert sentence in refusal(lines)


@pytest.mark.django_db
def test_a_language_without_rows_is_refused_with_those_that_there_are() -> None:
    lines = multi_if_lines(multi_if_row("1:1:fr", language="French"), multi_if_row("1:1:en"))
    assert "no row is in Thai; its languages: English, French." in refusal(lines, language="Thai")
    assert "the format multi_if cannot be read in 'fr'; choose Chinese or English" in refusal(lines, language="fr")


@pytest.mark.django_db
def test_the_command_says_what_cannot_be_verified_and_marks_ifevals_defects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = {"9": {"fault": "changed", "text_sha256": text_hash(LETTER)}}
    monkeypatch.setattr(known_defects, "_published", lambda: ("Someone", published))
    path, out = tmp_path / "multi_if.csv", StringIO()
    rows = [multi_if_row(), multi_if_row("9:2:en"), multi_if_row("9:1:zh", text="写一封信。", language="Chinese")]
    path.write_bytes(b"\xef\xbb\xbf" + "".join(multi_if_lines(*rows)).encode())
    call_command("import_dataset", "letters", str(path), "--format", "multi_if", stdout=out)
    assert "Imported letters v1 (2 prompts, dataset:" in out.getvalue()
    assert (
        "Constraints that cannot be verified in the language of their prompt: 2 (unverifiable:other_language)."
        in out.getvalue()
    )
    assert known_defect_counts(Dataset.objects.get()) == (1, 0)
    assert "Terms: Apache-2.0 (facebook/Multi-IF)." in out.getvalue()
    path.write_text("".join(multi_if_lines(multi_if_row(""))))
    with pytest.raises(CommandError, match=r"1 line was refused(.|\n)*line 2: 'key' must be"):
        call_command("import_dataset", "letters", str(path), "--format", "multi_if", "--language", "English")


def test_the_rows_written_here_have_the_published_shape() -> None:
    [row] = json.loads(json.dumps([multi_if_row()]))
    assert json.loads(json.loads(row["turn_1_kwargs"])[1]) == {"relation": "at least", "num_words": 5}
