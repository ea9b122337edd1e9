"""A process that delivers webhooks, killed in the middle: nothing is lost, and no message gets a second id."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from annotator.events.services import event_append
from annotator.webhooks.models import Delivery
from tests.cast import World
from tests.paths import REPOSITORY
from tests.processes import database_url, eventually
from tests.webhooks.receiver import Reply, receiving
from tests.webhooks.rows import make_webhook

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
_EVENTS = 12


@contextmanager
def delivering() -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        **os.environ, "DATABASE_URL": database_url(), "PRIVATE_WEBHOOK_HOSTS": "127.0.0.1", "GENERATION_LEASE_S": "5",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "manage.py", "deliver_webhooks"], cwd=REPOSITORY, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_killed_process_loses_nothing_and_repeats_with_the_same_id(world: World, settings: Any) -> None:
    with receiving() as receiver:
        receiver.replies = [Reply(delay_s=0.5)]
        make_webhook(world.study, receiver.url, kinds=["run.finished"])
        with delivering() as first:
            for _ in range(_EVENTS):
                with transaction.atomic():
                    event_append("run.finished", world.first_run, publish=True)
            assert eventually(lambda: len(receiver.received) >= 3, 180)
            first.kill()
            first.wait()
        Delivery.objects.filter(status="claimed").update(lease_until=Now())
        receiver.replies = [Reply()]
        with delivering():
            done = Delivery.objects.filter(status="done")
            assert eventually(lambda: done.count() == _EVENTS, 180), list(Delivery.objects.values("status", "error"))
    ids = set(Delivery.objects.values_list("message_id", flat=True))
    assert len(ids) == _EVENTS
    assert {received.removeprefix("msg_") for received in receiver.ids()} == {message.hex for message in ids}


def test_an_orderly_stop_finishes_what_is_being_sent(world: World) -> None:
    with receiving() as receiver:
        receiver.replies = [Reply(delay_s=1.0)]
        make_webhook(world.study, receiver.url, kinds=["run.finished"])
        with delivering() as process:
            with transaction.atomic():
                event_append("run.finished", world.first_run, publish=True)
            assert eventually(lambda: bool(receiver.received), 180)
            process.terminate()
            assert process.wait(timeout=15) == 0
    assert Delivery.objects.get().status == "done"
