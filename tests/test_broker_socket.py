"""The broker socket lies in VAR_DIR, or in a private temporary folder where that path is too long."""

import os
import tempfile
from pathlib import Path

import pytest

from annotator.broker_socket import LONGEST_BYTES, broker_socket, prepare_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_short_path_stays_in_var() -> None:
    assert broker_socket(Path("/srv/cotrast/var")) == Path("/srv/cotrast/var/valkey.sock")


def test_a_path_is_measured_in_bytes_not_characters() -> None:
    name = "数" * 30
    assert len(name) < LONGEST_BYTES
    assert broker_socket(Path("/") / name / "var").name != "valkey.sock"


def test_a_deep_clone_gets_a_short_socket_of_its_own(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp")
    first, other = (broker_socket(Path("/deep" * 30) / name) for name in ("one", "other"))
    assert first != other
    assert first.parent == other.parent == Path(tempfile.gettempdir(), f"cotrast-{os.getuid()}")
    assert len(os.fsencode(first)) <= LONGEST_BYTES


def test_the_short_folder_is_made_for_this_user_alone(temporary: Path) -> None:
    socket = broker_socket(Path("/deep" * 30))
    prepare_folder(socket)
    prepare_folder(socket)
    assert socket.parent.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_can_enter_is_refused_with_the_way_out(temporary: Path) -> None:
    socket = broker_socket(Path("/deep" * 30))
    socket.parent.mkdir()
    socket.parent.chmod(0o755)  # whatever the umask
    with pytest.raises(PermissionError, match="set VAR_DIR"):
        prepare_folder(socket)


def test_a_link_in_its_place_is_refused(temporary: Path) -> None:
    socket = broker_socket(Path("/deep" * 30))
    (temporary / "elsewhere").mkdir(mode=0o700)
    socket.parent.symlink_to(temporary / "elsewhere")
    with pytest.raises(PermissionError, match="yours alone"):
        prepare_folder(socket)
