"""Delivery loop: empties the outbox, claims what is due, and sends it in a few threads.

It runs in a process of its own (`manage.py deliver_webhooks`), because no other one fits: workers of language models
may be busy for hours or absent, and a request of the web server must not wait for a receiver (docs/design/webhooks.md).
"""

import logging
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from annotator.webhooks.models import Delivery
from annotator.webhooks.sending import Answer, send
from annotator.webhooks.services.outbox import outbox_empty
from annotator.webhooks.services.retries import (
    DELIVERIES_KEPT,
    deliveries_delete_old,
    delivery_claim,
    delivery_store,
)
from annotator.webhooks.signatures import secret_is_unchanged, signed_headers

logger = logging.getLogger(__name__)

_THREADS = 8
_MOST_TO_ONE = 2  # of the threads, so that a slow receiver leaves some to the others
_LOOK_EVERY_S = 1.0
_CLEAN_EVERY_S = 3_600.0
_OTHER_SECRET = "SECRET_KEY changed since the secret was shown; renew the secret of this webhook."  # noqa: S105 - a sentence


class DeliveryLoop:
    """Sends what is due until `stop()`; requests under way then are finished."""

    def __init__(self, *, name: str) -> None:
        self._name, self._stopping = name, threading.Event()
        self._under_way: dict[Future[None], int] = {}
        self._clean_at = 0.0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Send until stopped. A lost database is waited for."""
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="delivery") as pool:
            while not self._stopping.is_set():
                try:
                    self._clean()
                    idle = not any(self._step(pool))
                except Error as error:  # the database is away, or is being migrated
                    logger.warning("deliveries cannot be read (%s); trying again", str(error).strip())
                    connection.close()
                    idle = True
                if idle:
                    self._stopping.wait(_LOOK_EVERY_S)

    def run_once(self) -> int:
        """Send everything that is due now; return the number of attempts."""
        attempts = 0
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="delivery") as pool:
            while True:
                events, begun = self._step(pool)
                attempts += begun
                if self._under_way:
                    wait(self._under_way, return_when=FIRST_COMPLETED)
                elif not events:
                    return attempts

    def _step(self, pool: ThreadPoolExecutor) -> tuple[int, int]:
        """Empty the outbox, and begin to send while threads are free; return the numbers of events and requests."""
        for future in [future for future in self._under_way if future.done()]:
            del self._under_way[future]
        events, begun = outbox_empty(), 0
        while len(self._under_way) < _THREADS and (delivery := self._claimed()) is not None:
            self._under_way[pool.submit(_deliver, delivery)] = delivery.webhook_id
            begun += 1
        return events, begun

    def _claimed(self) -> Delivery | None:
        busy = Counter(self._under_way.values())
        besides = [webhook for webhook, requests in busy.items() if requests >= _MOST_TO_ONE]
        return delivery_claim(claim=uuid.uuid4(), worker=self._name, besides=besides)

    def _clean(self) -> None:
        if time.monotonic() >= self._clean_at:
            self._clean_at = time.monotonic() + _CLEAN_EVERY_S
            deliveries_delete_old(before=timezone.now() - DELIVERIES_KEPT)


def _deliver(delivery: Delivery) -> None:
    """Send one message and store what became of it. Where that fails, the lease ends and it is sent again."""
    try:
        delivery_store(delivery=delivery, answer=_sent(delivery))
    except Exception:  # a thread's exception would vanish with its future
        logger.exception("delivery %d could not be stored", delivery.pk)
    finally:
        connection.close()


def _sent(delivery: Delivery) -> Answer:
    if not secret_is_unchanged(delivery.webhook):
        return Answer(None, _OTHER_SECRET)
    headers = signed_headers(delivery, timezone.now())
    return send(delivery.webhook.url, delivery.body, headers, private_hosts=settings.PRIVATE_WEBHOOK_HOSTS)
