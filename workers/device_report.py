"""Device, batch size and memory of a worker, as its heartbeat reports them to operators."""

import sys
from typing import Any

import psutil

from annotator.runs.services.workers import WorkerDevice
from workers.engine import Backend

_DEVICE_LENGTH = 128


class DeviceReport:
    """Reports the loaded backend; what a backend says of itself is read once for each backend that is loaded."""

    def __init__(self) -> None:
        self._backend: Backend | None = None
        self._device = ""

    def read(self, backend: Backend | None) -> WorkerDevice:
        if backend is not None and backend is not self._backend:
            self._device = str(backend.describe().get("device", ""))[:_DEVICE_LENGTH]
        self._backend = backend
        if backend is None:
            return WorkerDevice(0, "", *_host_memory())
        return WorkerDevice(backend.batch_size, self._device, *_memory())


def _memory() -> tuple[int, int]:
    """Return the used and total bytes of the GPU that this process uses, else of the process and its host.

    To be called once a backend is loaded: until then another thread may be half-way through importing torch.
    """
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        free, total = torch.cuda.mem_get_info()
        return total - free, total
    return _host_memory()


def _host_memory() -> tuple[int, int]:
    return psutil.Process().memory_info().rss, psutil.virtual_memory().total
