"""Command line and port of the web server. Its choice is explained in docs/design/web-server.md."""

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from annotator import env

_WORKERS, _THREADS = 2, 4
# Connections that a process accepts from the shared listen queue: one per thread, and one that is ready for the next.
# With more, or with keep-alive, connections wait in one process while the other is idle.
_CONNECTIONS = _THREADS + 1
_HIGHEST_PORT = 65_535


def server_arguments(host: str, port: int) -> list[str]:
    """The command line of gunicorn: two processes use the cores, their threads wait for database and clients."""
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
    """`requested`, else PORT from the environment, else 8000. Raises CommandError unless it is a port number."""
    try:
        port = env.integer("PORT", 8000, minimum=1) if requested is None else requested
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
    if not 1 <= port <= _HIGHEST_PORT:
        raise CommandError(f"{port} is not a port; use a number from 1 to {_HIGHEST_PORT}, such as PORT=8001.")
    return port


def require_static_files() -> None:
    """Raise CommandError unless the static files are collected: every page refers to their hashed names."""
    if not settings.DEBUG and not (settings.STATIC_ROOT / "staticfiles.json").is_file():
        raise CommandError(
            f"The pages' styles and scripts are not in {settings.STATIC_ROOT}; run `make setup`, which puts them there."
        )
