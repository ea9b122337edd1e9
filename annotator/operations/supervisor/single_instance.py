"""One supervisor at a time in a folder. The kernel drops the lock with its holder, SIGKILL included."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    """Somebody else holds the lock; the message is what they wrote into it."""


@contextmanager
def only_instance(lock: Path, *, note: str) -> Iterator[None]:
    """Hold `lock`, with `note` in it for whoever comes second. Raises AlreadyRunningError with the holder's note."""
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
