"""The real web server for the benchmarks that need one, started as `make web` starts it.

Call it after Django is set up.
"""

import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parent.parent
_STEP_S, _STEPS = 0.1, 200


@contextmanager
def web_server(port: int) -> Iterator[str]:
    """Run the server and yield its address. Raises SystemExit if it does not answer within 20 s."""
    from django.core.management import call_command

    from annotator.operations.serving import server_arguments

    call_command("collectstatic", interactive=False, verbosity=0)
    process = subprocess.Popen(server_arguments("127.0.0.1", port), cwd=_REPOSITORY)
    try:
        _wait_for(f"http://127.0.0.1:{port}/login/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str) -> None:
    for _ in range(_STEPS):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own server
        except OSError:
            time.sleep(_STEP_S)
        else:
            return
    raise SystemExit("The web server did not answer within 20 s.")
