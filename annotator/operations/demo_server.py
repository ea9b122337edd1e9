"""The demo's web server and worker, for a script: those that run already, or its own until it ends."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from annotator.operations.demo import HOST, DemoError
from annotator.operations.supervisor.ports import page_answers
from annotator.operations.supervisor.single_instance import AlreadyRunningError, only_instance

_START_TIMEOUT_S = 180.0
_STOP_TIMEOUT_S = 20.0
_ADDRESS = re.compile(r"http://\S+")


@contextmanager
def demo_server(*, port: int, prompts: int | None) -> Iterator[str]:
    """Yield the address of the demo in this VAR_DIR once its page answers. Raises DemoError if it does not start."""
    running = _running_demo()
    if running is not None:
        yield running
        return
    limit = [] if prompts is None else ["--prompts", str(prompts)]
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    command = [sys.executable, manage, "demo", "--port", str(port), "--stop-with-parent", *limit]
    demo = subprocess.Popen(command)
    try:
        _wait_for_page(demo, port)
        yield f"http://{HOST}:{port}"
    finally:
        _stop(demo)


def _running_demo() -> str | None:
    """The address of a demo that holds the lock of this VAR_DIR, as it noted it there."""
    try:
        with only_instance(settings.VAR_DIR / "demo.lock", note=""):
            return None
    except AlreadyRunningError as running:
        address = _ADDRESS.search(str(running))
        return address[0].rstrip("/") if address else None


def _wait_for_page(demo: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not page_answers(HOST, port, "/"):
        if demo.poll() is not None:
            raise DemoError("The demo ended before its page answered; its reason is above.")
        if time.monotonic() > deadline:
            raise DemoError(f"The demo's page does not answer on port {port}; the reason may be above.")
        time.sleep(0.5)


def _stop(demo: "subprocess.Popen[bytes]") -> None:
    demo.terminate()
    try:
        demo.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        demo.kill()
        demo.wait()
