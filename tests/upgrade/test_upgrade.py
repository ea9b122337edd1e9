"""An upgrade from an earlier version: rows as it left them are migrated, nothing is lost, and every page opens."""

import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.fleet import DATABASE_URL, ON_POSTGRESQL, created_database
from tests.paths import REPOSITORY
from tests.upgrade.frozen_rows import thawed

FROZEN = sorted((REPOSITORY / "tests" / "fixtures").glob("*.json.gz"))
# What the study of the fixture does not use.
WITHOUT_ROWS = {
    "accounts.KnownAddress",
    "exemplars.RepairDraft",
    "releases.Snapshot",
    "studies.AdjudicatorPresence",
}
_LOADING = """
import sys
from pathlib import Path
import django
django.setup()
from tests.upgrade.frozen_rows import load
load(Path(sys.argv[1]))
"""
pytestmark = pytest.mark.slow


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on the server of DATABASE_URL or in a file."""
    if ON_POSTGRESQL:
        yield from created_database(DATABASE_URL)
    else:
        yield f"sqlite:///{tmp_path}/cotrast.sqlite3"


def program(arguments: list[str], folder: Path, database: str) -> str:
    environment = os.environ | {
        "VAR_DIR": str(folder),
        "SECRET_KEY": secrets.token_hex(32),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_there_are_rows_of_an_earlier_version() -> None:
    assert FROZEN
    for path in FROZEN:
        rows = thawed(path)["tables"]
        lacking = [label for label, found in rows.items() if not found and label not in WITHOUT_ROWS]
        assert lacking == [], "a feature that was not used is not tested"


@pytest.mark.parametrize("path", FROZEN, ids=lambda path: path.name)
def test_an_upgraded_database_has_every_label_and_opens_every_page(path: Path, tmp_path: Path, database: str) -> None:
    program(["-c", _LOADING, str(path)], tmp_path, database)
    found: dict[str, Any] = json.loads(program(["-m", "tests.upgrade.after_upgrade"], tmp_path, database))
    assert found["figures"] == thawed(path)["figures"]
    failed = {address: status for address, status in found["statuses"].items() if status not in (200, 302, 404)}
    assert failed == {}
    opened = Counter(address.split()[0] for address, status in found["statuses"].items() if status == 200)
    assert opened["samira"] > 60
    assert opened["alice"] > 5
