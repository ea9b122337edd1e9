"""Metrics: figures from the database, for scrapers with the token and site leads, in a constant number of queries."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from annotator.runs.models import Run, Worker
from annotator.runs.services import run_pause
from annotator.runs.services.generations import generation_fail, generations_claim
from annotator.runs.services.workers import WorkerDevice, worker_failed, worker_seen
from tests.cast import World, make_dataset, make_run

pytestmark = pytest.mark.django_db
TOKEN = "scrape-9f2c"
MOST_STATEMENTS = 12


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape() -> dict[tuple[str, ...], float]:
    answer = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {
        (sample.name.removeprefix("cotrast_"), *_labels(sample.labels)): sample.value
        for family in families
        for sample in family.samples
    }


def _labels(labels: dict[str, str]) -> list[str]:
    """The values of the labels, the model's slug first."""
    return [labels[name] for name in sorted(labels, key=lambda name: (name != "model", name))]


@pytest.fixture
def waiting(world: World) -> Run:
    return make_run(make_dataset("slow"), world.language_model, "base", done=False)


def test_rows_queues_workers_and_failures_are_counted(world: World, waiting: Run) -> None:
    queue = world.language_model.queue
    worker_seen(name="w1", queue=queue, device=WorkerDevice(4, "cuda:0", 10, 20))
    worker_failed(name="w2", queue=queue, stage=Worker.Stage.LOADING, error="No space.")
    worker_seen(name="w3", queue=queue)
    Worker.objects.filter(name="w3").update(last_seen=timezone.now() - timedelta(minutes=5))
    claim = uuid.uuid4()
    first, second = generations_claim(language_model_id=world.language_model.pk, claim=claim, worker="w1", limit=2)
    generation_fail(generation=first, claim=claim, error="It is too long.")
    waiting.generations.filter(pk=second.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    world.first_run.generations.filter(position=0).update(
        finished_at=timezone.now(), completion_tokens=600, latency_s=3.0
    )
    found = scrape()
    assert found["generations", "done"] == 8
    assert found["generations", "queued"] == 2
    assert found["queue_depth", "tiny", "generation"] == 2
    assert found["under_way", "tiny"] == 1
    assert found["batch_fill_ratio", "tiny"] == 0.25
    assert found["expired_leases",] == 1
    assert found["failed_generations", "tiny", "request"] == 1
    assert {state: found["workers", "tiny", state] for state in ("working", "failing", "silent")} == {
        "working": 1,
        "failing": 1,
        "silent": 1,
    }
    assert found["worker_failures", "tiny", "w2"] == 1
    assert found["tokens_per_second", "tiny"] == 10
    assert found["latency_seconds", "tiny", "longest"] == 3


def test_what_waits_in_a_paused_run_is_counted_apart(waiting: Run) -> None:
    run_pause(run=waiting)
    found = scrape()
    assert found["queue_depth", "tiny", "generation"] == 0
    assert found["queue_depth", "tiny", "generation_paused"] == 4
    assert found["runs", "paused"] == 1


def test_only_the_token_or_a_site_lead_reads_them(world: World, lena: User, settings: Any) -> None:
    assert Client(headers={"Authorization": "Bearer guess"}).get("/metrics").status_code == 404
    member, root = Client(), Client()
    member.force_login(lena)
    root.force_login(User.objects.create_user("root", is_staff=True))
    assert (member.get("/metrics").status_code, root.get("/metrics").status_code) == (404, 200)
    settings.METRICS_TOKEN = ""
    assert Client(headers={"Authorization": "Bearer "}).get("/metrics").status_code == 404


def test_a_scrape_costs_the_same_however_many_runs_and_workers_there_are(world: World, waiting: Run) -> None:
    for number in range(5):
        make_run(make_dataset(f"more-{number}"), world.language_model, "cot", done=False)
        worker_seen(name=f"w{number}", queue=world.language_model.queue)
    with CaptureQueriesContext(connection) as seen:
        scrape()
    assert len(seen) <= MOST_STATEMENTS
