"""Renewal of leases while a model works, since a model call may take longer than a lease."""

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection

from annotator.claims import renew_claims

logger = logging.getLogger(__name__)


@contextmanager
def renewing_leases(claim: uuid.UUID) -> Iterator[None]:
    """Renew the leases under `claim` from a thread until the block ends.

    Renewals are a third of a lease apart, so that one that fails with a database error can be tried again in time.
    """
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(settings.GENERATION_LEASE_S / 3):
            try:
                renew_claims(claim=claim)
            except Error as error:
                logger.warning("the leases could not be renewed (%s); trying again", error)
                connection.close()
        connection.close()

    thread = threading.Thread(target=renew, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
