"""A process of the web server: gunicorn starts and watches it, waitress speaks HTTP in it.

One thread reads the requests of all connections and sends their answers. A few others run Django, and get a request
only when all of it has come: a slow client holds a connection and no thread. Owns the time that a request and its
answer may take, and how many connections are accepted. docs/design/web-server.md says why.
"""

import os
import resource
import time
from types import FrameType
from typing import Any

from django.conf import settings
from gunicorn.workers.base import Worker
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.wasyncore import close_all, loop

HEAD_S = 10.0
"""Seconds in which the line and the headers of a request must have come."""
BODY_S = 20.0
"""Seconds in which a request must have come, but for the time that its body takes at the slowest rate."""
ANSWER_S = 120.0
"""Seconds after which a client must have taken an answer, but for the time that it takes at the slowest rate."""
SLOWEST_BYTES_PER_S = 1_000

_CONNECTIONS = 1_000
_OPEN_FILES = 4 * _CONNECTIONS  # a connection, the spooled body of its request and of its answer
_LOOK_EVERY_S = 1

_OPTIONS = {
    "asyncore_loop_timeout": _LOOK_EVERY_S,
    "asyncore_use_poll": True,  # select() takes no more than 1,024 files
    "channel_timeout": int(ANSWER_S),
    "cleanup_interval": _LOOK_EVERY_S,
    "clear_untrusted_proxy_headers": False,  # Django decides by BEHIND_TLS whom it believes
    "connection_limit": _CONNECTIONS,
    "ident": None,
    "log_socket_errors": False,  # clients come and go
    "max_request_header_size": 64 * 1024,
    "outbuf_overflow": 256 * 1024,  # what a slow reader leaves waits in a file
    "outbuf_high_watermark": 256 * 1024 * 1024,  # beyond it, an answer waits for its reader and holds a thread
}


class _WholeRequest(WSGITask):  # type: ignore[misc]  # waitress has no types
    """A request that ends its connection, so that the next one goes to the process that is idle."""

    def start(self) -> None:
        super().start()
        self.request.headers["CONNECTION"] = "close"

    def write(self, data: bytes) -> None:
        """Send a part of the answer; to HEAD its headers alone, which waitress leaves to the application."""
        if self.request.command != "HEAD":
            super().write(data)
            return
        super().write(b"")
        self.chunked_response = False


class _Connection(HTTPChannel):  # type: ignore[misc]
    """A connection that counts what was sent, and knows when it takes too long."""

    task_class = _WholeRequest
    sent_bytes = 0

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close)
        self.sent_bytes += sent
        return sent

    def is_overdue(self, now: float) -> bool:
        """Whether the client sends its request, or takes the answer, more slowly than anybody honest."""
        age_s = now - self.creation_time
        if self.total_outbufs_len:
            limit_s = ANSWER_S + self.sent_bytes / SLOWEST_BYTES_PER_S
        elif self.requests:
            return False
        elif self.request is None or not self.request.headers_finished:
            limit_s = HEAD_S
        else:
            limit_s = BODY_S + self.request.body_bytes_received / SLOWEST_BYTES_PER_S
        return bool(age_s > limit_s)


class _Server(TcpWSGIServer):  # type: ignore[misc]
    """Accepts connections while a thread is free or one request waits; the rest is left to the other process."""

    channel_class = _Connection

    def readable(self) -> bool:
        """Whether to accept a connection now. The rest wait in the listen queue that all processes accept from."""
        return bool(super().readable()) and self._requests_at_hand() <= int(self.adj.threads)

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for connection in self.active_channels.values():
            if connection.is_overdue(now):
                connection.will_close = True

    def is_busy(self) -> bool:
        """Whether a request is being answered, or an answer is being sent."""
        return any(connection.requests or connection.total_outbufs_len for connection in self.active_channels.values())

    def _requests_at_hand(self) -> int:
        return sum(1 for connection in self.active_channels.values() if connection.requests)


class WebProcess(Worker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's worker process. Its `threads` and `graceful-timeout` are gunicorn's settings."""

    alive: bool
    _server: _Server | None = None

    def run(self) -> None:
        """Serve until gunicorn ends this process or has ended itself, then finish what is at hand."""
        _allow_open_files()
        connections: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        self._server = server = self._listening(connections, dispatcher)
        next_look = 0.0
        while self.alive:
            loop(timeout=_LOOK_EVERY_S, use_poll=True, map=connections, count=1)
            if (now := time.monotonic()) >= next_look:
                next_look = now + _LOOK_EVERY_S
                self.notify()
                self.alive = self.alive and os.getppid() == self.ppid
        server.accepting = False
        self._finish(server, connections)
        dispatcher.set_thread_count(0)
        close_all(connections)

    def handle_exit(self, number: int, frame: FrameType | None) -> None:
        """Stop at SIGTERM, also where nothing happens on any connection."""
        self.alive = False
        if self._server is not None:
            self._server.pull_trigger()

    def _listening(self, connections: dict[int, Any], dispatcher: ThreadedTaskDispatcher) -> _Server:
        listener = self.sockets[0].sock
        adjustments = Adjustments(
            sockets=[listener],
            threads=self.cfg.threads,
            backlog=self.cfg.backlog,
            url_prefix=settings.URL_PREFIX,
            **_OPTIONS,
        )
        where = (listener.family, listener.type, listener.proto, listener.getsockname())
        return _Server(
            self.wsgi,
            connections,
            _sock=listener,
            dispatcher=dispatcher,
            adj=adjustments,
            sockinfo=where,
            bind_socket=False,
        )

    def _finish(self, server: _Server, connections: dict[int, Any]) -> None:
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while server.is_busy() and time.monotonic() < deadline:
            self.notify()
            loop(timeout=0.1, use_poll=True, map=connections, count=1)


def _allow_open_files() -> None:
    """Raise this process's limit of open files to what its connections need, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
