"""Web server start: its arguments and its address.

The choice of server is explained in docs/design/web-server.md.
"""

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from annotator import env

_WORKERS, _THREADS = 2, 4
# How many connections a process takes from the line that both share: one for each thread, and one that is ready when a
# thread is. With more, or with connections that are kept, one process has many wait while the other is idle.
_CONNECTIONS = _THREADS + 1
_HIGHEST_PORT = 65_535


def server_arguments(host: str, port: int) -> list[str]:
    """The command of the web server. Each thread waits for the database or the client; two processes for the cores."""
    options = {
        "--bind": f"{host}:{port}",
        "--worker-class": "gthread",
        "--workers": str(_WORKERS),
        "--threads": str(_THREADS),
        "--worker-connections": str(_CONNECTIONS),
        "--keep-alive": "0",
        "--graceful-timeout": "5",
        "--log-level": "warning",
    }
    pairs = [part for pair in options.items() for part in pair]
    return [sys.executable, "-m", "gunicorn", *pairs, "--preload", "--no-control-socket", "annotator.wsgi"]


def listening_port(requested: int | None) -> int:
    """The port given, else PORT from the environment, else 8000. Raises CommandError for what is none."""
    try:
        port = env.integer("PORT", 8000, minimum=1) if requested is None else requested
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
    if not 1 <= port <= _HIGHEST_PORT:
        raise CommandError(f"{port} is not a port; use a number from 1 to {_HIGHEST_PORT}, such as PORT=8001.")
    return port


def refuse_uncollected() -> None:
    """Every page names its files by their hashes, which `make setup` collects. Raises CommandError where it did not."""
    if not settings.DEBUG and not (settings.STATIC_ROOT / "staticfiles.json").is_file():
        raise CommandError(
            f"The pages' styles and scripts are not in {settings.STATIC_ROOT}; run `make setup`, which puts them there."
        )
