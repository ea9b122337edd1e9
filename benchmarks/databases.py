"""Empty PostgreSQL databases for one benchmark: made on the server that a URL names, and dropped afterwards."""

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
    """The URL of a new database beside the one in the URL `server`, which is only connected to."""
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
