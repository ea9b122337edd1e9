"""Empty PostgreSQL databases for benchmarks: created on the server of a URL, and dropped afterwards."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

SCHEMES = ("postgres", "postgresql")


def is_postgresql(url: str) -> bool:
    return urlsplit(url).scheme in SCHEMES


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Create a database on the server of the URL `server` and yield its URL; drop it afterwards."""
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def backend_cpu_s() -> float:
    """Seconds of the processor that PostgreSQL has spent for this process's connection, if it runs on this machine.

    0 for SQLite, whose work is this process's own.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
