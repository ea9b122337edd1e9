"""Every call that leaves a process has a time-out: a silent peer holds up nothing for ever."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper

from annotator import celery_settings
from annotator.backends import BACKENDS
from tests.paths import REPOSITORY
from tests.test_architecture import EVERY, named

# The functions that open a connection or wait for another process -> the argument that ends the wait.
LIMITED = {
    "urlopen": "timeout",
    "create_connection": "timeout",
    "HTTPConnection": "timeout",
    "HTTPSConnection": "timeout",
    "Client": "timeout",
    "AsyncClient": "timeout",
    "AsyncOpenAI": "timeout",
    "AsyncAnthropic": "timeout",
    "connection_for_write": "connect_timeout",
    "run": "timeout",
    "check_output": "timeout",
    "check_call": "timeout",
}
MODULES = {"subprocess", "urllib", "http", "httpx2", "openai", "anthropic", "socket", "request", "client", "app"}
NOT_CALLED_ELSEWHERE = {"requests", "aiohttp", "ftplib", "smtplib", "telnetlib", "paramiko", "pycurl"}
ERRORS = {"RequestException"}
"""What may be imported of such a library: it calls nothing."""
# (path, call) -> why it needs none.
ALLOWED = {
    ("annotator/runs/dispatch.py", "connection_for_write"): "reads the classes of errors, and opens nothing",
}


def calls(path: Path) -> Iterator[tuple[int, str, set[str]]]:
    """(line, function, names of its arguments) of each call of a function of LIMITED in one of MODULES."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LIMITED:
            owner = ast.unparse(node.func.value).split(".")[-1]
            if owner in MODULES:
                yield node.lineno, node.func.attr, {word.arg or "" for word in node.keywords}


def test_every_call_that_waits_for_another_process_names_its_time_out() -> None:
    unlimited = [
        f"{named(path)}:{line}: {function} without {LIMITED[function]}"
        for path in EVERY
        for line, function, arguments in calls(path)
        if LIMITED[function] not in arguments and (named(path), function) not in ALLOWED
    ]
    assert unlimited == []
    assert sum(1 for path in EVERY for _ in calls(path)) >= 6, "the calls are found"


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_no_module_opens_connections_by_another_library(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} <= ERRORS:
            continue
        assert not {name.split(".")[0] for name in names} & NOT_CALLED_ELSEWHERE
        assert not [name for name in names if name.startswith(("redis", "psycopg"))], "Celery and Django open these"


def test_a_bare_socket_has_a_time_out_or_only_binds() -> None:
    for path in EVERY:
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and "socket.socket(" in (text := ast.unparse(function)):
                assert ".connect(" not in text or ".settimeout(" in text, f"{named(path)}:{function.lineno}"


def test_database_broker_and_model_servers_are_given_up() -> None:
    options = celery_settings.broker_transport_options
    assert {"socket_connect_timeout", "socket_timeout", "max_retries"} <= set(options)
    source = (REPOSITORY / "annotator" / "settings.py").read_text()
    assert all(f'"{name}"' in source for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle", "timeout"))
    if isinstance(connection, DatabaseWrapper):
        assert {"connect_timeout", "tcp_user_timeout"} <= set(connection.settings_dict["OPTIONS"])
    for backend in ("openai", "anthropic"):
        assert 0 < BACKENDS[backend].read_serving({}).timeout_s <= 3_600  # type: ignore[attr-defined]
