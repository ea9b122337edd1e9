"""Identity of a worker process on its host, and the check whether such a process is alive.

Host name and process number alone are ambiguous: containers share names, and each numbers its own processes. A host is
therefore identified by name, boot and process namespace, so that no live worker is taken for dead.
"""

import os
import socket
import uuid
from pathlib import Path

import psutil

from annotator.runs.services.workers import WorkerProcess

_SAME_START_S = 5.0  # the moment of the boot is known in whole seconds, and may shift by one between two looks


def this_process() -> WorkerProcess:
    """Return this process: host, process number, and start time in seconds since the host's boot."""
    return WorkerProcess(host=_host(), pid=os.getpid(), started=_started(psutil.Process()))


def is_alive(process: WorkerProcess) -> bool:
    """Whether `process`, of this host, still runs, and its process number is not that of a newer process."""
    try:
        running = psutil.Process(process.pid)
        started, status = _started(running), running.status()
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:  # it exists, and belongs to another user
        return True
    return bool(status != psutil.STATUS_ZOMBIE and abs(started - process.started) < _SAME_START_S)


def _started(process: psutil.Process) -> float:
    """The start of a process in seconds since the boot: both moments shift alike when the clock is set."""
    return float(process.create_time() - psutil.boot_time())


def _host() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
        return f"{socket.gethostname()}/{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return f"{socket.gethostname()}/{uuid.getnode():x}"
