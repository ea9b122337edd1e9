"""The identity of a worker process on its host, and whether such a process still lives.

A host name alone is not enough: containers share names, and process numbers mean nothing in another container. The
identity of a host is its name, its boot and its process namespace, so that no live worker is taken for dead.
"""

import os
import socket
import uuid
from pathlib import Path

import psutil

from annotator.runs.services.workers import WorkerProcess

_SAME_START_S = 60.0


def this_process() -> WorkerProcess:
    """This process: host, process number, and the time it started in seconds since the epoch."""
    return WorkerProcess(host=_host(), pid=os.getpid(), started=psutil.Process().create_time())


def is_alive(process: WorkerProcess) -> bool:
    """Whether `process`, of this host, still runs. A process number may have been taken by another since.

    Start times are compared with some slack: they shift when the clock is set.
    """
    try:
        found = psutil.Process(process.pid)
        started, status = found.create_time(), found.status()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # it exists, and belongs to somebody else
        return True
    return bool(status != psutil.STATUS_ZOMBIE and abs(started - process.started) < _SAME_START_S)


def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        return f"{socket.gethostname()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no Linux
        return f"{socket.gethostname()}/{uuid.getnode():x}"
