"""Tests of the reader of dataset lines: which lines are accepted, and the reason for each that is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.constraints import ConstraintSpec
from annotator.datasets.jsonl import raw_lines
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval
from tests.datasets.records import GONE, line, record
from tests.paths import SHARED_DATA, needs_shared_data


def read(*raw: bytes | str) -> list[PromptRecord | Rejection]:
    return list(read_ifeval(raw))


def only(*raw: bytes | str) -> PromptRecord:
    [prompt] = read(*raw)
    assert isinstance(prompt, PromptRecord), prompt
    return prompt


def reason(raw: bytes | str) -> str:
    [rejection] = read(raw)
    assert isinstance(rejection, Rejection)
    return rejection.reason


def test_a_good_line_becomes_a_prompt_with_its_constraints() -> None:
    assert only(line()) == PromptRecord(
        line=1,
        key=7,
        text="Describe rain without commas in at least 20 words.",
        specs=(
            ConstraintSpec("punctuation:no_comma", {}),
            ConstraintSpec("length_constraints:number_words", {"relation": "at least", "num_words": 20}),
        ),
        spans=(None, None),
    )


def test_null_padding_as_in_the_hub_copy_changes_nothing() -> None:
    padded = [{"num_words": None, "relation": None}, {"relation": "at least", "num_words": 20, "letter": None}]
    assert only(line(kwargs=padded)).specs == only(line()).specs


@pytest.mark.parametrize("key", [0, 12, "12", "hotel-4", "x" * 128])
def test_a_key_is_a_whole_number_or_a_text(key: int | str) -> None:
    assert only(line(key=key)).key == key


def test_spans_of_the_file_are_kept() -> None:
    assert only(line(constraint_spans=[[14, 28], None])).spans == ((14, 28), None)


def test_absent_spans_and_null_spans_say_the_same() -> None:
    assert only(line(constraint_spans=None)).spans == (None, None)


def test_a_byte_order_mark_and_windows_line_ends_are_tolerated() -> None:
    assert only(b"\xef\xbb\xbf" + line().strip() + b"\r\n").key == 7


def test_blank_lines_are_skipped_but_counted() -> None:
    assert only(b"\n", b"  \r\n", "\n", line()).line == 4


def test_lines_may_be_text() -> None:
    assert only("\ufeff" + line().decode()).key == 7


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{", "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"42", "not a JSON object"),
        (b'{"key": NaN}', "NaN is not a JSON value"),
        (b'{"key": 1, "prompt": "a", "prompt": "b"}', "the name “prompt” stands twice in one object; remove one"),
        (b'{"key": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"key": 1, "prompt": "caf\xe9"}', "byte 26 is not UTF-8"),
        (b"\xff\xfe{\x00", "byte 1 is not UTF-8"),
        (b'{"prompt": "' + b"a" * LINE_CAP, "longer than 1,000,000 bytes"),
    ],
)
def test_a_line_that_is_no_json_object_says_why(raw: bytes, why: str) -> None:
    assert why in reason(raw)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": GONE}, "the field 'key' is missing"),
        ({"prompt": GONE}, "the field 'prompt' is missing"),
        ({"instruction_id_list": GONE}, "the field 'instruction_id_list' is missing"),
        ({"kwargs": GONE}, "the field 'kwargs' is missing"),
        ({"key": None}, "'key' must be a whole number or a text"),
        ({"key": True}, "'key' must be a whole number or a text"),
        ({"key": 1.5}, "'key' must be a whole number or a text"),
        ({"key": ""}, "of 1 to 128 characters"),
        ({"key": "x" * 129}, "of 1 to 128 characters"),
        ({"key": "a\x00b"}, "'key' holds a NUL character at character 2"),
        ({"prompt": 5}, "'prompt' must be a text"),
        ({"prompt": " \n"}, "'prompt' is empty"),
        ({"prompt": "ab\x00"}, "'prompt' holds a NUL character at character 3"),
        ({"prompt": "\ud800 hi"}, "'prompt' holds a lone surrogate at character 1"),
        ({"instruction_id_list": []}, "'instruction_id_list' is empty"),
        ({"instruction_id_list": "a:b"}, "'instruction_id_list' must be a list"),
        ({"instruction_id_list": ["punctuation:no_comma", 3]}, "constraint 2: the kind must be a text"),
        ({"kwargs": [{}]}, "'kwargs' has 1 items and 'instruction_id_list' has 2"),
        ({"kwargs": None}, "'kwargs' must be a list"),
        ({"kwargs": [{}, None]}, "key 7, constraint 2 (length_constraints:number_words): its kwargs must be a JSON"),
        (
            {"instruction_id_list": ["\x00a", "\x1b[2Jb"], "kwargs": [None, None]},
            "key 7, constraint 1 ('\\x00a'): its kwargs must be a JSON object",
        ),
        ({"kwargs": [{}, {"relation": "at least", "num_words": "many"}]}, "key 7, constraint 2: length_constraints"),
        (
            {"kwargs": [{}, {"relation": "at\x00least", "num_words": 1}]},
            "constraint 2 (length_constraints:number_words)",
        ),
        ({"constraint_spans": [None]}, "'constraint_spans' has 1 items"),
        ({"constraint_spans": "all"}, "'constraint_spans' must be a list"),
        ({"constraint_spans": [[0, 51], None]}, "0 <= start < end <= 50"),
        ({"constraint_spans": [[3, 3], None]}, "'constraint_spans' holds [3, 3]"),
        ({"constraint_spans": [[-1, 4], None]}, "'constraint_spans' holds [-1, 4]"),
        ({"constraint_spans": [[0, True], None]}, "'constraint_spans' holds [0, True]"),
        ({"constraint_spans": [[0, 4, 5], None]}, "'constraint_spans' holds [0, 4, 5]"),
        ({"constraint_spans": [7, None]}, "'constraint_spans' holds 7"),
    ],
)
def test_a_bad_field_is_named_with_what_is_wrong(changes: dict[str, Any], why: str) -> None:
    assert why in reason(line(**changes))


def test_an_unknown_kind_names_the_nearest_known_one() -> None:
    message = reason(line(instruction_id_list=["punctuation:no_comma", "foo:bar"]))
    assert "unknown constraint kind 'foo:bar'" in message
    assert "startend:quotation" not in message  # said once by the command, not with every line
    near = reason(line(instruction_id_list=["punctuation:no_comma", "startend:quotations"]))
    assert near.endswith("unknown constraint kind 'startend:quotations'; did you mean 'startend:quotation'?")


def test_a_key_may_stand_only_once_whatever_its_type() -> None:
    first, second = read(line(key=3), line(key="3"))
    assert isinstance(first, PromptRecord)
    assert str(second) == "line 2: the key '3' stands on line 1 already; every prompt needs its own"


def test_a_rejected_line_comes_back_verbatim() -> None:
    [rejection] = read(b'{"prompt": "caf\xe9"\r\n')
    assert isinstance(rejection, Rejection)
    assert rejection.text.encode("utf-8", "surrogateescape") == b'{"prompt": "caf\xe9"'


def test_a_line_over_the_cap_costs_one_rejection_and_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(line(key=1) + b"x" * (3 * LINE_CAP) + b"\n" + line(key=2) + b"y" * (LINE_CAP + 5))
    with path.open("rb") as file:
        items = list(read_ifeval(raw_lines(file, LINE_CAP)))
    assert [type(item).__name__ for item in items] == ["PromptRecord", "Rejection", "PromptRecord", "Rejection"]
    assert [item.line for item in items] == [1, 2, 3, 4]
    assert max(len(item.text) for item in items) == LINE_CAP + 1


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists).map(lambda v: json.dumps(v).encode()))
def test_no_bytes_make_the_reader_raise(raw: bytes) -> None:
    assert len(read(raw)) <= 1


@given(st.sampled_from(sorted(record())), st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_no_value_of_a_field_makes_the_reader_raise(name: str, value: Any) -> None:
    assert len(read(line(**{name: value}))) == 1


@needs_shared_data
@pytest.mark.parametrize("name", ["input_data.jsonl", "input_data_gpt4.jsonl"])
def test_every_line_of_ifeval_is_accepted(name: str) -> None:
    with (SHARED_DATA / "ifeval" / name).open("rb") as file:
        items = list(read_ifeval(raw_lines(file, LINE_CAP)))
    assert [item for item in items if isinstance(item, Rejection)] == []
    assert (len(items), sum(len(item.specs) for item in items if isinstance(item, PromptRecord))) == (541, 834)
