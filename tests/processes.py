"""Processes of tests: a free port, the address of the test's database, and patience."""

import socket
import time
from collections.abc import Callable
from typing import Any

from django.db import connection


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(condition: Callable[[], Any], patience_s: float = 120.0, *, every_s: float = 0.1) -> bool:
    """Whether the condition holds at some moment within `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(every_s)
    return bool(condition())


def database_url() -> str:
    """Return the address of this test's database, for the environment of another process."""
    values = {name: str(value) for name, value in connection.settings_dict.items()}
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    login = f"{values['USER']}:{values['PASSWORD']}@" if values["PASSWORD"] else f"{values['USER']}@"
    return f"postgres://{login}{values['HOST']}:{values['PORT']}/{values['NAME']}"
