"""Empty PostgreSQL databases for benchmarks: created on the server of a URL, and dropped afterwards."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
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
