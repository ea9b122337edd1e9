"""Rows of files: lines, arrays and archives, packed or not, whole or broken, of any size."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from backports.zstd import zipfile as zstd_zipfile
from hypothesis import given
from hypothesis import strategies as st

from annotator.datasets.responses import rows as rows_module
from annotator.datasets.responses import unpacking
from annotator.datasets.responses.formats import response_file
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.rows import array_rows
from annotator.datasets.responses.unpacking import SourceFile
from tests.datasets.responses.reading import TEA, read, written
from tests.datasets.responses.test_formats import inspect_row

ROW = {"key": 17, "response": "Tea is warm."}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


class Trickle(io.BytesIO):
    """A stream that gives few bytes at a time, so that items end anywhere in a chunk."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._chunk = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self._chunk)


@given(items=st.lists(JSON, max_size=5), size=st.integers(1, 40), indent=st.sampled_from([None, 2]))
def test_an_array_is_cut_into_its_items_wherever_chunks_end(items: list[Any], size: int, indent: int | None) -> None:
    file = Trickle(json.dumps(items, indent=indent).encode(), size)
    assert [json.loads(row.raw) for row in array_rows(file, None)] == items


@given(items=st.lists(JSON, max_size=4), before=JSON, after=JSON, size=st.integers(1, 40))
def test_the_array_of_one_member_is_cut_whatever_stands_around_it(
    items: list[Any], before: Any, after: Any, size: int
) -> None:
    log = {"version": 2, "eval": before, "x": {"samples": [1]}, "samples": items, "stats": after}
    found = [json.loads(row.raw) for row in array_rows(Trickle(json.dumps(log).encode(), size), "samples")]
    assert found == items


@pytest.mark.parametrize("cut", [1, 8, 20, 34])
def test_an_array_that_ends_too_early_is_reported(cut: int) -> None:
    data = json.dumps([{"a": 1}, {"b": [2, 3]}, {"c": 4}]).encode()
    last = list(array_rows(io.BytesIO(data[:cut]), None))[-1]
    assert last.broken == "the file ends within this row; is it cut off?"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_blank_lines_byte_order_marks_and_line_ends_of_any_kind_are_no_problem(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "responses.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + f"{ending}{json.dumps(ROW)}{ending}{ending}".encode())
    assert read(path) == (read(written(tmp_path, [ROW], "plain.jsonl"))[0], [])


def test_an_array_of_rows_is_read_like_lines(tmp_path: Path) -> None:
    path = tmp_path / "responses.json"
    path.write_text(json.dumps([ROW, {"key": 4, "response": ""}], indent=2))
    found, problems = read(path)
    assert (found["17"].text, problems) == ("Tea is warm.", ["row 2: the key “4” is not in the dataset"])


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_packed_files_are_recognised_by_their_content(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "responses.jsonl"
    path.write_bytes(pack(json.dumps(ROW).encode()))
    assert read(path)[0]["17"].text == "Tea is warm."


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress])
def test_a_packed_file_that_is_cut_off_says_so(tmp_path: Path, pack: Any) -> None:
    path = tmp_path / "responses.jsonl"
    path.write_bytes(pack(json.dumps(ROW).encode() * 2000)[:-12])
    with pytest.raises(ResponseFileError, match=r"responses\.jsonl cannot be unpacked .*; is it whole\?"):
        read(path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, [json.dumps(ROW)] * 5000, "responses.jsonl.gz")
    source = SourceFile(path, "theirs.jsonl.gz", 100_000)
    with pytest.raises(ResponseFileError, match=r"theirs\.jsonl\.gz holds more than 100,000 bytes"):
        list(response_file(source).rows())


@pytest.mark.parametrize("name", ["lines", "array", "archive"])
def test_a_row_that_is_too_long_is_refused_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module in ("rows", "formats", "sample_archive"):
        monkeypatch.setattr(f"annotator.datasets.responses.{module}.ROW_CAP", 2000)
    long, short = inspect_row(metadata={"x": "y" * 3000}), inspect_row(id=5)
    path = tmp_path / "log"
    if name == "lines":
        written(tmp_path, [long, short], "log")
    elif name == "array":
        path.write_text(json.dumps({"version": 2, "status": "success", "samples": [long, short]}, indent=1))
    else:
        archive_of(path, [long, short])
    found, [problem] = read(path)
    assert list(found) == ["17"]
    assert "longer than 2,000 bytes" in problem


def archive_of(path: Path, samples: list[Any], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive as Inspect lays it out."""
    with zstd_zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("header.json", "{}")
        archive.writestr("_journal/start.json", "{}")
        for number, sample in enumerate(samples):
            text = sample if isinstance(sample, str) else json.dumps(sample)
            archive.writestr(f"samples/{number}_epoch_1.json", text)
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zstd_zipfile.ZIP_ZSTANDARD])
def test_an_archive_of_samples_is_read_however_it_is_packed(tmp_path: Path, compression: int) -> None:
    found, problems = read(archive_of(tmp_path / "log.eval", [inspect_row(), "{"], compression))
    assert found["17"].text == "Tea is warm."
    assert problems == [
        "sample 2: not JSON: Expecting property name enclosed in double quotes at character 2",
    ]


def test_of_a_sample_that_was_written_twice_the_last_counts(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    old, new = (inspect_row(output={"choices": [{"message": {"content": text}}]}) for text in ("Old.", "New."))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("samples/17_epoch_1.json", json.dumps(old))
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("samples/17_epoch_1.json", json.dumps(new))
    assert read(path)[0]["17"].text == "New."


def test_a_damaged_sample_is_refused_alone(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "log.eval", [inspect_row(), inspect_row(id="rain", input="Describe rain.")])
    data = bytearray(path.read_bytes())
    place = data.index(b"samples/0_epoch_1.json") + 40
    data[place : place + 8] = b"\xff" * 8
    path.write_bytes(data)
    found, [problem] = read(path)
    assert list(found) == ["rain"]
    assert "“samples/0_epoch_1.json” cannot be unpacked" in problem


@pytest.mark.parametrize(
    ("members", "why"),
    [
        (["samples/1_epoch_1/sample.json"], "keeps its samples in chunks; write it as JSON first"),
        (["data.json"], "is a zip archive without the folder samples/"),
    ],
)
def test_archives_that_are_no_plain_log_say_what_to_do(tmp_path: Path, members: list[str], why: str) -> None:
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, "{}")
    with pytest.raises(ResponseFileError, match=why):
        read(path)


def test_an_archive_that_is_cut_off_says_so(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "log.eval", [inspect_row()])
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ResponseFileError, match="is no whole zip archive"):
        read(path)


HOSTILE = [
    ('{"key": 17, "response": "\\ud800\\u0000"}', None),  # replaced when stored, and counted
    ('{"key": 17, "response": "x", "score": NaN, "loss": -Infinity}', None),  # read as null
    ('{"key": 17, "response": "x", "key": 18}', "the name “key” stands twice in one object; remove one of the two"),
    ('{"key": 17, "response": "x", "usage": {"a": 1, "a": 1}}', "the name “a” stands twice in one object"),
    ('{"key": 17, "response": NaN}', None),  # read as null, and so as an empty response
    ('{"key": 17, "response": ' + "[" * 100_000, "the JSON is nested too deeply"),
    ('{"key": 17, "response": "x"', "not JSON: Expecting ',' delimiter at character 28"),
    ('{"key": 1' + "0" * 5000 + ', "response": "x"}', "not JSON: "),
    ('["x"]', "not a JSON object"),
]


@pytest.mark.parametrize(("line", "why"), HOSTILE)
def test_a_hostile_line_is_read_or_refused_alone(tmp_path: Path, line: str, why: str | None) -> None:
    path = written(tmp_path, ['{"key": "rain", "response": "Rain falls."}', line])
    found, problems = read(path)
    assert "rain" in found
    assert ("17" in found) == (why is None)
    assert [why in problem for problem in problems] == [True] * len(problems) if why else problems == []


def test_bytes_that_are_not_utf_8_are_refused_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "responses.jsonl"
    path.write_bytes(json.dumps({"prompt": TEA, "response": "x"}).encode() + b'\n{"key": "\xff"}\n')
    assert read(path)[1] == ["line 2: byte 10 is not UTF-8; save the file as UTF-8"]


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ResponseFileError, match=r"responses\.jsonl is empty\."):
        read(written(tmp_path, [""]))


def test_memory_stays_small_for_a_file_of_many_rows(tmp_path: Path) -> None:
    import tracemalloc

    prompts = [(number, f"Prompt {number}.") for number in range(2000)]
    text = "word " * 2000
    path = written(tmp_path, [{"key": number, "response": text} for number, _ in prompts])  # 20 MB
    tracemalloc.start()
    found_size = 0
    file = response_file(SourceFile(path))
    for row in file.rows():
        found_size += len(row.raw)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found_size > 20_000_000
    assert peak < 2_000_000
    assert rows_module.ROW_CAP < unpacking.UNPACKED_CAP
