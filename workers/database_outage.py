"""Steps on the database that outlast a lost connection: tried again, on a new one.

A result took a model seconds to minutes and is in this process alone until it is stored, so that it waits for a
database that restarts, fails over or has a full disk. Each step is safe to repeat: claims are conditional updates, and
what was stored is no longer under its claim.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

T = TypeVar("T")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


def outlast_outage(
    step: Callable[[], T],
    *,
    keep_going: Callable[[], bool] = lambda: True,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Return the result of `step`, tried again after growing pauses while the database fails.

    Raises the database's error once the failure lasts as long as a lease, after which other workers may have the rows,
    and at once where `keep_going()` is false or a transaction around the step would be lost.
    """
    deadline, pause_s = now() + settings.GENERATION_LEASE_S, _FIRST_PAUSE_S
    while True:
        in_transaction = connection.in_atomic_block
        try:
            return step()
        except (OperationalError, InterfaceError) as error:
            if in_transaction or not keep_going() or now() >= deadline:
                raise
            logger.warning("the database failed (%s); trying again", str(error).strip())
        connection.close()
        sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
