"""Readiness of a web process: its database, the tables of this version, and the broker.

A result is kept for a second, so that many probes cost no more than one.
"""

import threading
import time

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from annotator.runs.dispatch import broker_answers

_KEPT_S = 1.0
_NO_DATABASE = "The database does not answer; start it, or correct DATABASE_URL."
_NOT_MIGRATED = "The tables of the database are older than this version; run .venv/bin/python manage.py migrate."
_NO_BROKER = "The broker does not answer; start it, or correct BROKER_URL."


class _Readiness:
    """The last result of this process and its time; `migrated` once the tables were found to be current."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until = 0.0
        self.problem = ""
        self.migrated = False


_last = _Readiness()


def unready() -> str:
    """Return the sentence of what this process lacks to serve requests, "" if nothing."""
    with _last.lock:
        if time.monotonic() >= _last.until:
            _last.problem = _database_problem() or ("" if broker_answers() else _NO_BROKER)
            _last.until = time.monotonic() + _KEPT_S
        return _last.problem


def forget() -> None:
    """Forget the last result, so that the next probe looks again."""
    _last.until, _last.migrated = 0.0, False


def _database_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _last.migrated = _last.migrated or _is_migrated()
    except Error:
        connection.close()
        return _NO_DATABASE
    return "" if _last.migrated else _NOT_MIGRATED


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
