"""The web server as it is started: slow clients hold connections and no threads, and are thrown out in time."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.operations import web_process
from tests.paths import REPOSITORY
from tests.processes import eventually, free_port

pytestmark = pytest.mark.slow

SLOWEST_MS = 500


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server with tables and without anything in them."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"VAR_DIR": str(tmp_path_factory.mktemp("var")), "SECRET_KEY": secrets.token_hex(32)}
    port = free_port()
    for command in ("migrate", "collectstatic"):
        arguments = [sys.executable, "manage.py", command, "--noinput", "--verbosity", "0"]
        subprocess.run(arguments, cwd=REPOSITORY, env=environment, check=True)
    server = subprocess.Popen(
        [sys.executable, "manage.py", "start_web", "--port", str(port)], cwd=REPOSITORY, env=environment
    )
    try:
        login = b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        assert eventually(lambda: answer(port, login).startswith(b"HTTP/1.1 200"), 60)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def answer(port: int, request: bytes) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(request)
            return b"".join(iter(lambda: client.recv(65_536), b""))
    except ConnectionError:
        return b""


def seconds_until_thrown_out(port: int, begin: bytes, *, patience_s: float) -> float:
    """Send `begin`, then a byte a second, until the server closes the connection."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
        client.sendall(begin)
        while (passed := time.monotonic() - began) < patience_s:
            try:
                client.sendall(b"x")
                if not client.recv(1):
                    return passed
            except TimeoutError:
                continue
            except ConnectionError:
                return passed
    pytest.fail(f"The connection is open after {patience_s:.0f} s.")


def test_half_a_header_is_thrown_out(port: int) -> None:
    seconds = seconds_until_thrown_out(port, b"GET / HTTP/1.1\r\nHost: ", patience_s=web_process.HEAD_S + 5)
    assert seconds > web_process.HEAD_S - 1


def test_a_body_that_comes_byte_by_byte_is_thrown_out(port: int) -> None:
    begin = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n"
    seconds = seconds_until_thrown_out(port, begin, patience_s=web_process.BODY_S + 5)
    assert seconds > web_process.BODY_S - 1


def test_a_head_request_gets_headers_and_no_body(port: int) -> None:
    head, _, body = answer(port, b"HEAD /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert body == b""


def test_200_slow_clients_neither_delay_an_annotator_nor_have_them_refused() -> None:
    """A minute of it is `benchmarks/slow_clients.py`; this is ten seconds."""
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    options = ["--clients", "200", "--seconds", "10", "--cases", "1500", "--port", str(free_port())]
    done = subprocess.run(
        [sys.executable, str(Path("benchmarks") / "slow_clients.py"), *options],
        cwd=REPOSITORY,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["errors"], figures["slow_clients_refused"], figures["lost"]) == (0, 0, 0)
    assert figures["annotations"] > 0
    # Where other programs use the cores, the annotator waits as long without the slow clients.
    assert figures["p95_beside_ms"] < max(SLOWEST_MS, 1.5 * figures["p95_alone_ms"])
