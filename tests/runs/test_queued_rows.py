"""Rows of a new run: inserted past the ORM, they are what the ORM makes of the same values."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.runs.models import Generation
from annotator.runs.services.queued_rows import QueuedRow, queued_insert
from tests.cast import make_dataset
from tests.runs.test_generations import queued_run, take

pytestmark = pytest.mark.django_db


def test_an_inserted_row_is_the_one_that_the_orm_creates() -> None:
    run = queued_run("everyday")
    run.generations.all().delete()
    first, second = run.dataset.prompts.all()[:2]
    assert queued_insert([QueuedRow(run.pk, first.pk, 0, "generation-2:one")]) == 1
    Generation.objects.create(run=run, prompt=second, position=0, fingerprint="generation-2:one")
    inserted, created = run.generations.order_by("pk").values()
    for row in (inserted, created):
        del row["id"], row["prompt_id"]
    assert inserted == created


def test_more_rows_than_fit_in_a_part_are_all_inserted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.bulk_rows._ROWS_AT_ONCE", 3)
    run = queued_run("everyday")
    run.generations.all().delete()
    rows = [QueuedRow(run.pk, prompt.pk, prompt.position, prompt.key) for prompt in run.dataset.prompts.all()]
    assert queued_insert(iter(rows)) == 4
    assert run.generations.count() == 4


def test_a_claim_costs_the_same_however_many_rows_wait() -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert len(take(run, uuid.uuid4(), limit=1)) == 1
        return len(seen)

    run = queued_run("everyday")
    before = statements()
    for number in range(3):
        queued_run("", "cot", make_dataset(f"more-{number}")).generations.update(position=99)
    assert statements() <= before + 3, "one for each further run"
