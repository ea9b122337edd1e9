"""An annotator's waiting time beside 200 clients that send or read slowly.

    python benchmarks/slow_clients.py [--clients 200] [--seconds 60]

A third of the clients sends half the headers of a request, a third a body byte by byte, a third reads a large static
file byte by byte. Whoever is thrown out comes back at once. Every connection comes from this process. Works on a new
SQLite file, or on the PostgreSQL database of DATABASE_URL, which is emptied.
"""

import argparse
import contextlib
import json
import os
import socket
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.annotate import Browser, Tally, Work, annotate_safely, faults, p95_ms, prepare
from benchmarks.server import web_server

_STEP_S = 1.0
_HALF_A_HEADER = b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: session"
_HEAD_OF_A_BODY = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50000\r\n\r\nusername="
_SMALL_BUFFER = 4_096


@dataclass
class SlowClients:
    """Connections of three kinds, each of which does the least that may keep it open, once a second."""

    port: int
    large_file: str
    count: int
    thrown_out: int = 0
    refused: int = 0
    _open: list[socket.socket | None] = field(default_factory=list)

    def run(self, ended: threading.Event) -> None:
        self._open = [None] * self.count
        while not ended.is_set():
            for number in range(self.count):
                self._step(number)
            ended.wait(_STEP_S)
        for client in self._open:
            if client:
                client.close()

    def _step(self, number: int) -> None:
        client = self._open[number]
        try:
            if client is None:
                self._open[number] = self._begin(number)
            elif number % 3 == 2:
                if not client.recv(1):
                    raise ConnectionResetError
            else:
                client.sendall(b"x")
                self._see_whether_open(client)
        except BlockingIOError:
            return
        except OSError:
            if client:
                client.close()
                self.thrown_out += 1
            else:
                self.refused += 1
            self._open[number] = None

    def _begin(self, number: int) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        client.settimeout(5)
        client.connect(("127.0.0.1", self.port))
        reading = f"GET {self.large_file} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        client.sendall((_HALF_A_HEADER, _HEAD_OF_A_BODY, reading)[number % 3])
        client.setblocking(False)
        return client

    @staticmethod
    def _see_whether_open(client: socket.socket) -> None:
        if not client.recv(1):
            raise ConnectionResetError


@contextlib.contextmanager
def slow_clients(port: int, large_file: str, count: int) -> Iterator[SlowClients]:
    """Keep `count` slow connections to the server open, in a thread, until the end of the context."""
    clients, ended = SlowClients(port, large_file, count), threading.Event()
    thread = threading.Thread(target=clients.run, args=(ended,), daemon=True)
    thread.start()
    time.sleep(2 * _STEP_S)
    try:
        yield clients
    finally:
        ended.set()
        thread.join()


def annotated_beside(port: int, name: str, seconds: float) -> Tally:
    """Annotate as `name` for so many seconds; the errors are refused or broken requests."""
    tally = Tally()
    annotate_safely(
        Browser(port, script=True), name, Work(seconds, blind=False, script=True), tally, threading.Barrier(1)
    )
    return tally


def large_static_file() -> str:
    """Return the address of the largest static file."""
    from django.templatetags.static import static

    return static("cotrast/vega.js")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--cases", type=int, default=8_000)
    parser.add_argument("--port", type=int, default=8792)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
        os.environ["VAR_DIR"] = folder
        os.environ["SECRET_KEY"] = uuid.uuid4().hex * 2
        prepare(cases=options.cases, overlap=1, people=["annotator-0"], blind=False)
        with web_server(options.port):
            alone = annotated_beside(options.port, "annotator-0", options.seconds / 4)
            with slow_clients(options.port, large_static_file(), options.clients) as slow:
                beside = annotated_beside(options.port, "annotator-0", options.seconds)
        figures = {
            "clients": options.clients,
            "seconds": options.seconds,
            "annotations": len(beside.submit),
            "p95_alone_ms": p95_ms(alone.submit),
            "p95_beside_ms": p95_ms(beside.submit),
            "longest_ms": round(max(beside.submit, default=0) * 1000),
            "errors": len(beside.errors),
            "slow_clients_thrown_out": slow.thrown_out,
            "slow_clients_refused": slow.refused,
            "lost": faults([alone, beside], overlap=1)["lost"],
        }
    for sentence in beside.errors:
        print(sentence)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
