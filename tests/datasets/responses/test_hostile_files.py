"""Files that are not what they seem: each is refused in one sentence with its place, and none ends in a crash."""

import gzip
import io
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from annotator.constraints.messages import quoted
from annotator.datasets.responses.records import ResponseFileError
from tests.datasets.responses.reading import TEA, read, written
from tests.datasets.responses.test_formats import batch_row, inspect_row
from tests.datasets.responses.test_rows import archive_of

LINE = b'{"key": 17, "response": "Tea."}\n'


def of(folder: Path, data: bytes) -> Path:
    path = folder / "theirs"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (LINE.decode().encode("utf-16"), "Line 1: byte 1 is not UTF-8; save the file as UTF-8"),
        (json.dumps({"key": 17, "response": "x"}, indent=1).encode(), "Line 1: not JSON: Expecting property name"),
        (b"key,response\n17,Tea.\n", "Line 1: not JSON: Expecting value at character 1"),
        (b'\n["x"]\n', "Row 1: not a JSON object"),
        (b'{"id": 1, "text": "x"}', "Line 1: its fields are “id” and “text”"),
        (b'{"a": ' + b"[" * 100_000, "Line 1: the JSON is nested too deeply"),
        (b"[]", "holds no response; is it the right file?"),
        (b'{"version": 2, "status": "success", "samples": []}', "holds no response"),
    ],
)
def test_a_file_of_no_known_format_says_what_is_wrong_with_its_first_row(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ResponseFileError) as refused:
        read(of(tmp_path, data))
    assert why in str(refused.value)


@pytest.mark.parametrize("outer", [gzip.compress, zstd.compress])
@pytest.mark.parametrize("inner", [gzip.compress, zstd.compress])
def test_a_file_that_is_packed_twice_says_so(tmp_path: Path, outer: Any, inner: Any) -> None:
    with pytest.raises(ResponseFileError, match=r"theirs is packed more than once; unpack it first\."):
        read(of(tmp_path, outer(inner(LINE))))


def test_what_follows_an_array_is_reported_and_never_dropped(tmp_path: Path) -> None:
    path = of(tmp_path, b"[" + LINE + b'] {"key": "rain", "response": "x"}')
    found, problems = read(path)
    assert (list(found), problems) == (
        ["17"],
        ["row 2: something follows the end of the array; a file holds one array"],
    )
    assert read(of(tmp_path, b"[" + LINE + b"] \n\n"))[1] == []


def test_no_change_of_a_byte_of_an_archive_ends_in_a_crash(tmp_path: Path) -> None:
    whole = archive_of(tmp_path / "log.eval", [inspect_row()]).read_bytes()
    directory = whole.index(b"PK\x01\x02")
    drawn = random.Random(12)
    for place in range(directory, len(whole)):
        changed = bytearray(whole)
        changed[place] = drawn.choice(
            [value for value in (0, 0x7F, 0xFF, drawn.randrange(256)) if value != whole[place]]
        )
        try:
            read(of(tmp_path, bytes(changed)))
        except ResponseFileError:
            continue


def test_an_archive_of_a_version_that_is_not_known_is_refused_in_words(tmp_path: Path) -> None:
    data = bytearray(archive_of(tmp_path / "log.eval", [inspect_row()]).read_bytes())
    data[data.index(b"PK\x01\x02") + 6] = 222  # the version needed to extract
    with pytest.raises(ResponseFileError, match="is no whole zip archive"):
        read(of(tmp_path, bytes(data)))


def test_an_archive_whose_samples_unpack_to_much_is_read_only_up_to_its_rows_cap(tmp_path: Path) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("samples/1_epoch_1.json", b"0" * 40_000_000)
    with pytest.raises(ResponseFileError, match="longer than 32,000,000 bytes"):
        read(of(tmp_path, memory.getvalue()))


@pytest.mark.parametrize("depth", [600, 900])
def test_a_deeply_nested_sample_is_refused_alone(tmp_path: Path, depth: int) -> None:
    row = json.dumps(inspect_row(attachments={"a": "b"})).replace(json.dumps(TEA), "[" * depth + "]" * depth, 1)
    found, problems = read(written(tmp_path, [inspect_row(id="rain", input="Describe rain."), row]))
    assert (list(found), problems) == (["rain"], ["line 2: the JSON is nested too deeply"])


def test_a_sum_of_token_counts_that_no_column_holds_is_no_count(tmp_path: Path) -> None:
    most = 2**31 - 1
    row = inspect_row()
    row["output"]["usage"] = {"input_tokens": most, "input_tokens_cache_read": most, "output_tokens": 7}
    found, _ = read(written(tmp_path, [row]))
    assert (found["17"].tokens.prompt, found["17"].tokens.completion) == (None, 7)


@pytest.mark.parametrize(
    "row",
    [
        {"key": 17, "response": "Tea."},
        {"key": 17, "messages": [{"role": "assistant", "content": "Tea."}]},
        batch_row({"output": [{"type": "message", "content": "Tea."}]}),
    ],
)
def test_a_sample_that_a_row_does_not_have_is_refused_not_replaced_by_another(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    path = written(tmp_path, [row])
    assert list(read(path, sample=1)[0]) == ["17"]
    assert read(path, sample=2)[1] == ["line 1: there is one response in it, and no sample 2; leave the sample out"]


@pytest.mark.parametrize("hostile", ["\x1b[31mred\x07", "\x9b31m", "a\ud800b", "\x7f"])
def test_a_quoted_text_holds_nothing_that_a_terminal_obeys_or_no_page_can_show(hostile: str) -> None:
    shown = quoted(hostile)
    assert "\ufffd" in shown
    assert not {"\x1b", "\x07", "\x9b", "\x7f"} & set(shown)
    shown.encode()


def test_a_prompt_that_differs_in_white_space_alone_is_refused_as_such(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Describe\n rain.", "response": "x"},
        {"key": 17, "prompt": "Praise  tea.", "response": "x"},
        {"prompt": "Describe snow.", "response": "x"},
    ]
    assert read(written(tmp_path, rows))[1] == [
        "line 1: its prompt differs in white space from that of the key “rain” in the dataset; name it by key",
        "line 2: its 'prompt' differs in white space from that of the key “17” in the dataset; "
        "leave the prompt out, since the key names it",
        "line 3: its prompt is not in the dataset: “Describe snow.”",
    ]
