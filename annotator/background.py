"""Background commands of the web server's machine: started by a request, under a renewed claim.

A request does not wait for them, and they need neither a worker nor a broker. What they do is in the rows that they
claim (`claims`). Knows neither the rows nor the work. `docs/design/snapshots.md` says why it is done so.
"""

import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from annotator.claims import renew_claims


def command_start(name: str) -> None:
    """Start `manage.py NAME` in a session of its own; it outlives the process that starts it."""
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    subprocess.Popen(
        [sys.executable, manage, name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )


@contextmanager
def claim_renewed(claim: uuid.UUID, store: Callable[[], object], *, every_s: float) -> Iterator[None]:
    """Renew a claim as long as the block runs, and call `store`, which stores the progress of the block.

    Both happen on a thread, whose database connection is its own: the block may read from one state of the database,
    where it can neither see nor make changes.
    """
    ended = threading.Event()

    def report() -> None:
        try:
            while not ended.wait(every_s):
                renew_claims(claim=claim)
                store()
        finally:
            connection.close()

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        ended.set()
        reporter.join()


def seconds_left(started_at: datetime | None, done: int, expected: int) -> float | None:
    """Return the estimate by what is done so far of all that is expected; None where nothing says."""
    if not done or started_at is None or done >= expected:
        return None
    return (timezone.now() - started_at).total_seconds() / done * (expected - done)
