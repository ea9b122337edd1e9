"""Rows inserted past the ORM: they are what it makes of the same values, and what the database refuses is refused."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotator.bulk_rows import json_text, rows_insert, rows_insert_numbered
from annotator.datasets.models import Constraint, Prompt
from annotator.studies.models import Annotation, Assignment
from tests.cast import World

pytestmark = pytest.mark.django_db
COLUMNS = ("dataset_id", "key", "position", "text", "attributes", "known_defects")


def prompts(world: World, *keys: str) -> list[tuple[Any, ...]]:
    return [
        (world.dataset.pk, key, 100 + place, "tab\t, line\n and \\N", json_text({"ä": [key]}), "[]")
        for place, key in enumerate(keys)
    ]


def test_a_row_is_the_one_that_the_orm_creates(world: World, alice: Any) -> None:
    assignment = Assignment.objects.create(
        case=world.study.cases.first(), annotator=alice, lease_until=timezone.now(), second_is_left=True
    )
    now, key = timezone.now(), uuid.uuid4()
    values = {"label": "hurt", "seconds": None, "submitted_at": now, "codebook_id": world.codebook.pk, "note": '"\\'}
    columns = ("assignment_id", "revision", "submission_key", "spans", *values)
    assert rows_insert(Annotation, columns, [(assignment.pk, 1, key, '[{"a": 1}]', *values.values())]) == 1
    Annotation.objects.create(
        assignment=assignment, revision=2, submission_key=uuid.uuid4(), spans=[{"a": 1}], **values
    )
    inserted, created = Annotation.objects.order_by("revision").values()
    assert inserted["submission_key"] == key
    for row in (inserted, created):
        del row["id"], row["revision"], row["submission_key"]
    assert inserted == created


def test_moments_of_a_field_that_draws_them_are_those_of_the_insertion(world: World, alice: Any) -> None:
    before = timezone.now()
    columns = ("case_id", "annotator_id", "lease_until", "second_is_left")
    rows_insert(Assignment, columns, [(world.study.cases.all()[0].pk, alice.pk, before, False)])
    assert Assignment.objects.get().created_at >= before


def test_the_ids_are_returned_in_order_and_the_orm_goes_on_after_them(world: World) -> None:
    with transaction.atomic():
        ids = rows_insert_numbered(Prompt, COLUMNS, prompts(world, "one", "two", "three"))
    assert [Prompt.objects.get(pk=pk).key for pk in ids] == ["one", "two", "three"]
    assert Prompt.objects.get(pk=ids[0]).attributes == {"ä": ["one"]}
    assert Prompt.objects.get(pk=ids[0]).text == "tab\t, line\n and \\N"
    later = Prompt.objects.create(dataset=world.dataset, key="four", position=200, text="x")
    assert later.pk > ids[-1]
    assert rows_insert_numbered(Prompt, COLUMNS, []) == []


def test_more_rows_than_fit_in_a_part_are_all_inserted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.bulk_rows._ROWS_AT_ONCE", 2)
    assert rows_insert(Prompt, COLUMNS, iter(prompts(world, "one", "two", "three"))) == 3


def test_what_the_database_refuses_is_its_error_and_stores_nothing(world: World) -> None:
    for rows in (prompts(world, "one", "tea"), [(world.dataset.pk, "five", -1, "x", "{}", "[]")]):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows_insert(Prompt, COLUMNS, rows)
    assert Prompt.objects.count() == 4


def test_an_error_of_the_rows_themselves_is_not_hidden(world: World) -> None:
    def rows() -> Any:
        yield prompts(world, "one")[0]
        raise KeyError("two")

    with pytest.raises(KeyError, match="two"), transaction.atomic():
        rows_insert(Prompt, COLUMNS, rows())
    assert Prompt.objects.count() == 4


def test_a_number_of_more_than_64_bits_is_json_too(world: World) -> None:
    [prompt] = Prompt.objects.filter(key="tea")
    rows_insert(
        Constraint,
        ("prompt_id", "position", "kind", "kwargs"),
        [(prompt.pk, 9, "x", json_text({"n": 2**70}))],
    )
    assert Constraint.objects.get(position=9).kwargs == {"n": 2**70}
    assert connection.vendor in ("sqlite", "postgresql")


def test_rows_may_be_read_from_the_same_database_while_they_are_inserted(world: World) -> None:
    read = Prompt.objects.order_by("pk").values_list("dataset_id", "key", "position", "text")
    rows = ((dataset, f"{key} again", 100 + place, text, "{}", "[]") for dataset, key, place, text in read.iterator())
    with transaction.atomic():
        assert rows_insert(Prompt, COLUMNS, rows) == Prompt.objects.exclude(key__endswith="again").count()
