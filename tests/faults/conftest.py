"""Fixtures of the fault tests: an empty, migrated database for each, on SQLite or on the server of DATABASE_URL."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fleet import DATABASE_URL, ON_POSTGRESQL, Fleet, created_database
from tests.paths import REPOSITORY


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with all tables and no row, from which those of the tests are copied."""
    folder = tmp_path_factory.mktemp("migrated")
    if ON_POSTGRESQL:
        for url in created_database(DATABASE_URL):
            migrate(folder, url)
            yield url
        return
    url = f"sqlite:///{folder}/cotrast.sqlite3"
    migrate(folder, url)
    yield url


@pytest.fixture
def fleet(tmp_path: Path, migrated: str) -> Iterator[Fleet]:
    """A fleet with its database and its broker; everything that it started ends with the test."""
    for url in copied_database(migrated, tmp_path):
        fleet = Fleet(tmp_path, url)
        try:
            fleet.start_broker()
            yield fleet
        finally:
            fleet.stop()


def copied_database(migrated: str, folder: Path) -> Iterator[str]:
    if ON_POSTGRESQL:
        yield from created_database(DATABASE_URL, template=migrated.rpartition("/")[2])
        return
    shutil.copy(migrated.removeprefix("sqlite:///"), folder / "cotrast.sqlite3")
    yield f"sqlite:///{folder}/cotrast.sqlite3"


def migrate(folder: Path, url: str) -> None:
    environment = {**os.environ, "VAR_DIR": str(folder), "SECRET_KEY": secrets.token_hex(32), "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)
