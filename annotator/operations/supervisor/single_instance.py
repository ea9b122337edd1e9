"""Lock file that allows one supervisor per folder.

The kernel releases the lock when its process ends, by SIGKILL too.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another process has the lock; the message is the note that it wrote into the file."""


@contextmanager
def only_instance(lock: Path, *, note: str) -> Iterator[None]:
    """Lock the file `lock` and write `note` into it. Raises AlreadyRunningError with the note of its present owner."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(os.pread(descriptor, 1000, 0).decode(errors="replace")) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, note.encode(), 0)
        yield
    finally:
        os.close(descriptor)
