"""One supervisor per folder; the lock of a dead one is no obstacle."""

import subprocess
import sys
from pathlib import Path

import pytest

from annotator.operations.supervisor.single_instance import AlreadyRunningError, only_instance
from tests.paths import REPOSITORY

HOLD = """
import sys, time, pathlib
from annotator.operations.supervisor.single_instance import only_instance
with only_instance(pathlib.Path(sys.argv[1]), note="the first one"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_is_told_what_the_first_one_wrote(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    second = only_instance(lock, note="process 18")
    with only_instance(lock, note="process 17"), pytest.raises(AlreadyRunningError, match=r"^process 17$"), second:
        pass


def test_a_lock_that_was_let_go_is_free_and_its_note_is_forgotten(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with only_instance(lock, note="a much longer note than the next"):
        pass
    with only_instance(lock, note="short"):
        assert lock.read_text() == "short"


def test_the_lock_of_one_who_was_killed_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    holder = [sys.executable, "-c", HOLD, str(lock)]
    with subprocess.Popen(holder, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "held\n"
        with pytest.raises(AlreadyRunningError, match="the first one"), only_instance(lock, note="me"):
            pass
        running.kill()
        running.wait()
        with only_instance(lock, note="me"):
            pass
