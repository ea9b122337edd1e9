"""A real worker on a real broker goes on after messages that nobody can read."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from redis import Redis

from annotator.operations.supervisor.supervisor import Supervisor
from annotator.operations.supervisor.valkey import answers, valkey_command
from tests.operations.supervisor.test_supervisor import ReportLog
from tests.paths import REPOSITORY
from tests.processes import eventually

pytestmark = pytest.mark.slow
QUEUE = "hints"
APPLICATION = """
import sys
from celery import Celery
from pathlib import Path
from workers.broker_messages import read_any_message

read_any_message()
app = Celery("hints", broker={broker!r})
app.config_from_object("settings_of_the_hints")

@app.task(name="note")
def note(word):
    with Path({log!r}).open("a") as log:
        log.write(word + "\\n")
"""
SETTINGS = """
accept_content = ["json"]
task_ignore_result = True
worker_prefetch_multiplier = 1
broker_heartbeat = 0
"""


def message(body: bytes = b"[[5], {}, {}]", **changes: Any) -> bytes:
    properties = {
        "correlation_id": "1", "delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": QUEUE},
        "priority": 0, "body_encoding": "base64",
    }  # fmt: skip
    whole = {
        "body": base64.b64encode(body).decode(), "content-encoding": "utf-8", "content-type": "application/json",
        "headers": {"task": "note", "id": "1", "lang": "py"}, "properties": properties,
    }  # fmt: skip
    return json.dumps(whole | changes).encode()


UNREADABLE = {
    "no JSON": b"not json at all",
    "bytes": b"\x80\x04\x95\x00",
    "nothing": b"",
    "a number": b"5",
    "null": b"null",
    "an empty object": b"{}",
    "nested": b"[" * 100_000,
    "no properties": message(properties=None),
    "a pickle": message(b"\x80\x04N.", **{"content-type": "application/x-python-serialize"}),
    "no base64": message().replace(b"W1s1", b"!!!!"),
    "a body that is no JSON": message(b"junk"),
    "a body of another shape": message(b"5"),
    "a body of three numbers": message(b"[5, 6, 7]"),
    "an unknown task": message(headers={"task": "nobody", "id": "2", "lang": "py"}),
    "no headers": message(headers=None),
    "a time that is none": message(headers={"task": "note", "id": "3", "lang": "py", "eta": "yesterday"}),
    "an unknown encoding": message(**{"content-encoding": "klingon"}),
    "an unknown compression": message(headers={"task": "note", "id": "4", "lang": "py", "compression": "none"}),
}


def test_no_message_ends_a_worker_or_holds_up_the_next_one(tmp_path: Path) -> None:
    socket, log = tmp_path / "valkey.sock", tmp_path / "log"
    broker = f"redis+socket://{socket}"
    (tmp_path / "hints.py").write_text(APPLICATION.format(broker=broker, log=str(log)))
    (tmp_path / "settings_of_the_hints.py").write_text(SETTINGS)
    arguments = ["--pool", "solo", "--queues", QUEUE, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "hints", "worker", *arguments]
    inherited = {name: value for name, value in os.environ.items() if name not in ("BROKER_URL", "CELERY_BROKER_URL")}
    environment = inherited | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{REPOSITORY}"}
    with Supervisor(report=ReportLog()) as supervisor:
        supervisor.start(valkey_command(socket))
        assert eventually(lambda: answers(socket))
        server, sender = Redis(unix_socket_path=str(socket)), Celery(broker=broker)
        for name, raw in UNREADABLE.items():
            server.lpush(QUEUE, raw)
            sender.send_task("note", args=[name], queue=QUEUE)
        output = (tmp_path / "output").open("w")
        with output, subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=output) as worker:
            try:
                assert eventually(lambda: log.exists() and len(log.read_text().splitlines()) == len(UNREADABLE), 120), (
                    tmp_path / "output"
                ).read_text()[-4000:]
                assert log.read_text().splitlines() == list(UNREADABLE)
                assert worker.poll() is None
                assert eventually(lambda: server.hlen("unacked") == 0)  # told after the task, whose line is read above
            finally:
                worker.terminate()


def test_the_workers_of_the_project_read_any_message() -> None:
    program = "import workers.tasks; from kombu.transport import get_transport_cls as of; print(of('redis').__module__)"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "workers.broker_messages"
