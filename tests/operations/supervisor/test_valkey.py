"""The embedded server starts, answers, and takes Celery's messages, also where the path is unusual."""

from pathlib import Path
from urllib.parse import quote

import pytest
from kombu import Connection

from annotator.operations.supervisor.supervisor import Supervisor
from annotator.operations.supervisor.valkey import answers, valkey_command
from tests.operations.supervisor.test_supervisor import ReportLog
from tests.processes import eventually


@pytest.mark.parametrize("folder", ["plain", "with a space", "50% #1 of a?b", "数据"])
def test_it_answers_and_takes_a_message(tmp_path: Path, folder: str) -> None:
    socket = tmp_path / folder / "valkey.sock"
    socket.parent.mkdir()
    with Supervisor(report=ReportLog()) as supervisor:
        supervisor.start(valkey_command(socket))
        assert eventually(lambda: answers(socket))
        with Connection(f"redis+socket://{quote(str(socket))}") as connection:
            queue = connection.SimpleQueue("generate.test")
            queue.put({"look": "at the rows"})
            assert queue.get(timeout=5).payload == {"look": "at the rows"}
            queue.close()
    assert not answers(socket)
    assert [path.name for path in socket.parent.iterdir()] in ([], ["valkey.sock"]), "nothing else is kept on disk"


def test_a_socket_left_behind_by_a_killed_server_is_no_obstacle(tmp_path: Path) -> None:
    socket = tmp_path / "valkey.sock"
    socket.write_text("")
    with Supervisor(report=ReportLog()) as supervisor:
        supervisor.start(valkey_command(socket))
        assert eventually(lambda: answers(socket))


def test_a_silent_place_does_not_answer(tmp_path: Path) -> None:
    assert not answers(tmp_path / "nothing.sock")
