"""A receiver of webhooks on this machine: it plays the answers that a test scripts and records what came."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One answer, after `delay_s` and after `until` is set, 20 s at most.

    A body that is `endless` never stops; a `closed` connection has no answer.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_s: float = 0.0
    until: threading.Event | None = None
    endless: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Received:
    """One request that came: its headers in lower case, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """The replies in their order, the last one for ever; and what came."""

    def __init__(self) -> None:
        self.url = ""
        self.replies: list[Reply] = [Reply()]
        self.received: list[Received] = []
        self.came = threading.Event()
        self._lock = threading.Lock()

    def take(self, request: Received) -> Reply:
        with self._lock:
            self.received.append(request)
            self.came.set()
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.received]


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.receiver.take(Received(self.path, headers, body))
        time.sleep(reply.delay_s)
        if reply.until is not None:
            reply.until.wait(20)
        if reply.closed:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self._write(reply)

    def _write(self, reply: Reply) -> None:
        self.wfile.write(reply.body)
        while reply.endless:
            try:
                self.wfile.write(b"x" * 65_536)
            except OSError:
                return

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve a receiver until the end of the block."""
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"receiver": receiver}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
