"""Clocks of hosts that differ or jump: leases and heartbeats are those of the database's clock."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from annotator.claims import renew_claims
from annotator.runs.models import Worker
from annotator.runs.selectors import worker_listening
from annotator.runs.services.reconcile import runs_reconcile
from annotator.runs.services.workers import worker_failed, worker_paused, worker_seen
from tests.runs.test_generations import queued_run, take

pytestmark = pytest.mark.django_db


HOURS = pytest.mark.parametrize("hours", [1, -1])


def jump(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    """Let the clock of this host jump, as after a correction or when a machine wakes up."""
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(hours=hours))


@HOURS
def test_a_host_whose_clock_jumps_takes_no_row_from_another_and_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    run, elsewhere, here = queued_run("everyday"), uuid.uuid4(), uuid.uuid4()
    take(run, elsewhere, limit=2)
    worker_seen(name="w1", queue=run.language_model.queue)
    before = run.generations.filter(claim=elsewhere).values_list("lease_until", flat=True)[0]
    jump(monkeypatch, hours)
    runs_reconcile()
    assert len(take(run, here, limit=9)) == 2, "the two that nobody holds"
    leases = run.generations.filter(claim=here).values_list("lease_until", flat=True)
    assert all(abs(lease - before) < timedelta(minutes=1) for lease in leases)
    assert renew_claims(claim=elsewhere) == 2
    assert worker_listening(run.language_model)


@HOURS
def test_a_pause_ends_by_the_clock_of_the_database(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    jump(monkeypatch, hours)
    worker_failed(name="w1", queue="q", stage=Worker.Stage.WORKING, error="out of luck")
    assert worker_paused(name="w1", queue="q")
    paused_until, last_seen = Worker.objects.values_list("paused_until", "last_seen").get()
    assert timedelta(seconds=1) < paused_until - last_seen < timedelta(seconds=4)
