"""Command line and port of the web server. Its choice is explained in docs/design/web-server.md."""

import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from annotator import env
from annotator.web.assets.static_files import are_collected

_WORKERS, _THREADS = 2, 4
_HIGHEST_PORT = 65_535


def server_arguments(host: str, port: int) -> list[str]:
    """The command line of gunicorn: two processes use the cores, their threads wait for database and clients."""
    options = {
        "--bind": f"{host}:{port}",
        "--worker-class": "annotator.operations.web_process.WebProcess",
        "--workers": str(_WORKERS),
        "--threads": str(_THREADS),
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
    """Raise CommandError unless this version's static files are collected: pages refer to their hashed names."""
    if settings.DEBUG:
        return
    if not (settings.STATIC_ROOT / "staticfiles.json").is_file():
        raise CommandError(
            f"The pages' styles and scripts are not in {settings.STATIC_ROOT}; run `make setup`, which puts them there."
        )
    if not are_collected(settings.STATIC_ROOT):
        raise CommandError(
            f"The pages' styles and scripts in {settings.STATIC_ROOT} are of another version than this program; "
            "collect them again: .venv/bin/python manage.py collectstatic --noinput"
        )
