"""A disk that is full in mid-run: the result in hand waits, and nothing is lost or asked for twice."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fleet import ON_POSTGRESQL, Fleet
from tests.processes import eventually

PROMPTS = 120
ROOM = 400_000  # bytes that are left: fewer than the results take


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small disk cannot be mounted here: it needs root")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.skipif(ON_POSTGRESQL, reason="the disk of the server of DATABASE_URL is not ours to fill")
def test_a_full_disk_holds_a_run_up_and_loses_nothing(tmp_path: Path, migrated: str, small_disk: Path) -> None:
    shutil.copy(migrated.removeprefix("sqlite:///"), small_disk / "cotrast.sqlite3")
    folder = tmp_path / "var"
    folder.mkdir()
    fleet = Fleet(folder, f"sqlite:///{small_disk}/cotrast.sqlite3")
    try:
        fleet.start_broker()
        run = fleet.start_run(PROMPTS)
        filler = small_disk / "filler"
        filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - ROOM))
        fleet.worker()
        assert eventually(lambda: "disk is full" in fleet.output()), fleet.statuses()
        filler.unlink()
        assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
        fleet.requires_each_generation_once(run, PROMPTS, repeated_calls=0)
    finally:
        fleet.stop()
