"""Tests of the import: all or nothing, once per content, a new version per change, also concurrently."""

import gzip
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, connections

from annotator.datasets import selectors, services
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.datasets.services import DatasetImportError, ImportResult, dataset_import
from annotator.datasets.staging import Staged
from tests.datasets.records import line, lines

pytestmark = pytest.mark.django_db
BAD = b'{"key": 99}\n'


def imported(*raw: bytes, name: str = "demo", rejects: Path | None = None) -> ImportResult:
    return dataset_import(name=name, path_or_lines=raw, rejects=rejects)


def rows() -> tuple[int, int, int]:
    return Dataset.objects.count(), Prompt.objects.count(), Constraint.objects.count()


def test_prompts_and_constraints_are_stored_in_order_with_their_places() -> None:
    dataset = imported(line(key="b"), line(key="a")).dataset
    prompts = list(selectors.prompts_of(dataset))
    assert [(prompt.position, prompt.key) for prompt in prompts] == [(0, "b"), (1, "a")]
    stored = [(c.position, c.kind, c.kwargs) for c in prompts[1].constraints.all()]
    assert stored == [
        (0, "punctuation:no_comma", {}),
        (1, "length_constraints:number_words", {"relation": "at least", "num_words": 20}),
    ]
    assert (dataset.version, dataset.format, dataset.prompt_count) == (1, "ifeval", 2)
    assert dataset.content_hash.startswith("dataset:")


def test_a_span_of_the_file_wins_over_a_located_one() -> None:
    prompt = imported(line(constraint_spans=[[14, 28], None])).dataset.prompts.get()
    spans = [(c.span_start, c.span_end) for c in prompt.constraints.order_by("position")]
    assert spans[0] == (14, 28)
    assert prompt.text[14:28] == "without commas"
    start, end = spans[1]
    assert start is not None
    assert "20 words" in prompt.text[start:end]


def test_the_same_content_again_is_a_no_op_that_says_so() -> None:
    first, again = imported(*lines(3)), imported(*lines(3))
    assert (first.created, again.created) == (True, False)
    assert first.dataset == again.dataset
    assert rows() == (1, 3, 6)


def test_padding_key_type_and_layout_do_not_make_new_content() -> None:
    first = imported(line(key=3))
    padded = [{"num_words": None}, {"num_words": 20, "relation": "at least"}]
    again = imported(b"\n", line(key="3", kwargs=padded, constraint_spans=None))
    assert (again.created, again.dataset) == (False, first.dataset)


@pytest.mark.parametrize(
    "changed",
    [
        [line(key=1), line(key=2, prompt="Another prompt.")],
        [line(key=2), line(key=1)],
        [line(key=1)],
        [line(key=1), line(key=2, constraint_spans=[[0, 8], None])],
    ],
    ids=["text", "order", "length", "spans"],
)
def test_changed_content_is_the_next_version(changed: list[bytes]) -> None:
    imported(line(key=1), line(key=2))
    result = imported(*changed)
    assert (result.created, result.dataset.version) == (True, 2)


def test_content_of_an_old_version_is_found_again() -> None:
    old = imported(*lines(1))
    imported(*lines(2))
    assert imported(*lines(1)).dataset == old.dataset
    newest = selectors.dataset_named("demo")
    assert newest is not None
    assert newest.version == 2
    assert selectors.dataset_named("demo", 1) == old.dataset
    assert selectors.dataset_named("other") is None


def test_versions_count_for_each_name_alone() -> None:
    imported(*lines(1), name="one")
    assert imported(*lines(1), name="two").dataset.version == 1
    assert [str(dataset) for dataset in selectors.dataset_list()] == ["one v1", "two v1"]


def test_one_bad_line_refuses_everything_and_is_named() -> None:
    with pytest.raises(DatasetImportError, match=r"1 line was refused.*\nline 2: the field 'prompt' is missing"):
        imported(line(key=1), BAD, line(key=2))
    assert rows() == (0, 0, 0)


def test_many_bad_lines_are_shown_in_part_and_counted() -> None:
    with pytest.raises(DatasetImportError) as refusal:
        imported(*[BAD] * 1234)
    message_lines = str(refusal.value).splitlines()
    assert "1,234 lines were refused" in message_lines[0]
    assert (len(message_lines), message_lines[-1]) == (12, "... and 1,224 more")


def test_a_rejects_file_takes_the_bad_lines_verbatim_with_their_reasons(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    result = imported(line(key=1), b"caf\xe9\n", BAD, line(key=2), rejects=rejects)
    assert (result.rejected, result.dataset.prompt_count) == (2, 2)
    written = [json.loads(row) for row in rejects.read_text().splitlines()]
    assert [(row["line"], row["text"].encode("utf-8", "surrogateescape")) for row in written] == [
        (2, b"caf\xe9"),
        (3, BAD.strip()),
    ]
    assert written[1]["reason"] == "the field 'prompt' is missing"


def test_the_rejects_file_of_a_good_import_is_empty(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    rejects.write_text("of last time")
    imported(line(), rejects=rejects)
    assert rejects.read_text() == ""


def test_the_file_to_import_is_never_overwritten_by_its_rejects(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(line())
    with pytest.raises(DatasetImportError, match="is the file to import"):
        dataset_import(name="demo", path_or_lines=path, rejects=path)
    assert path.read_bytes() == line()


@pytest.mark.parametrize(
    ("raw", "why"), [([], "there is no line in it"), ([b"\n"], "no line"), ([BAD], "every line was refused")]
)
def test_a_dataset_without_prompts_is_refused(raw: list[bytes], why: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetImportError, match=why):
        imported(*raw, rejects=tmp_path / "rejects.jsonl")
    assert rows() == (0, 0, 0)


@pytest.mark.parametrize("name", ["", "two words", "-x", "a" * 65, "../etc", "naïve", "demo\n"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(name: str) -> None:
    with pytest.raises(DatasetImportError, match="cannot name a dataset"):
        imported(line(), name=name)


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(DatasetImportError, match="unknown format 'csv'; known formats: complexbench, ifbench, ifeval"):
        dataset_import(name="demo", path_or_lines=[line()], format="csv")


def test_nothing_is_left_when_the_database_fails_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CHUNK", 2)
    insert = services._insert_chunk
    chunks: list[int] = []

    def second_fails(*args: object) -> None:
        chunks.append(1)
        if len(chunks) == 2:
            raise OSError("disk full")
        insert(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "_insert_chunk", second_fails)
    with pytest.raises(OSError, match="disk full"):
        imported(*lines(5))
    assert rows() == (0, 0, 0)


def test_no_row_is_touched_while_the_source_is_read() -> None:
    statements: list[str] = []

    def watched_lines() -> Iterator[bytes]:
        with connection.execute_wrapper(lambda execute, sql, *rest: statements.append(sql)):
            yield from lines(2)

    dataset_import(name="demo", path_or_lines=watched_lines())
    assert statements == []


def test_losing_the_race_for_a_version_takes_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    imported(*lines(1))
    versions = iter([1, 2])  # the first is taken, as if another import had committed since we looked
    monkeypatch.setattr(selectors, "next_version", lambda name: next(versions))
    assert imported(*lines(2)).dataset.version == 2


def test_losing_the_race_for_the_content_finds_the_winner(monkeypatch: pytest.MonkeyPatch) -> None:
    winner = imported(*lines(2)).dataset
    look = selectors.dataset_with_content
    answers = iter([None])
    monkeypatch.setattr(selectors, "dataset_with_content", lambda *args: next(answers, look(*args)))
    assert imported(*lines(2)) == ImportResult(winner, created=False, rejected=0)
    assert rows() == (1, 2, 4)


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_one_version_of_the_same_content(monkeypatch: pytest.MonkeyPatch) -> None:
    together, store = Barrier(4), services._store

    def store_together(name: str, format: str, staging: Staged) -> tuple[Dataset, bool]:
        together.wait(timeout=10)
        return store(name, format, staging)

    monkeypatch.setattr(services, "_store", store_together)

    def import_and_disconnect(prompts: int) -> ImportResult:
        try:
            return imported(*lines(prompts))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(import_and_disconnect, [1, 1, 2, 2]))
    assert sorted(result.created for result in results) == [False, False, True, True]
    assert rows() == (2, 3, 6)
    assert sorted(Dataset.objects.values_list("version", flat=True)) == [1, 2]


def test_a_packed_file_of_prompts_is_the_same_content(tmp_path: Path) -> None:
    plain, packed = tmp_path / "prompts.jsonl", tmp_path / "prompts.jsonl.gz"
    plain.write_bytes(line(key=1))
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    first = dataset_import(name="packed", path_or_lines=plain)
    again = dataset_import(name="packed", path_or_lines=packed)
    assert (first.created, again.created, again.dataset) == (True, False, first.dataset)
