"""Ports that are free or taken, pages that answer or fail."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from annotator.operations.supervisor.ports import page_answers, port_is_free

HOST = "127.0.0.1"


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response({"/": 302, "/broken": 500}[self.path])
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer((HOST, 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_a_port_is_taken_while_somebody_listens_and_free_at_once_after(port: int) -> None:
    assert not port_is_free(HOST, port)
    with socket.socket() as fresh:
        fresh.bind((HOST, 0))
        other = fresh.getsockname()[1]
    assert port_is_free(HOST, other)


def test_a_redirect_is_an_answer_and_an_error_of_the_server_is_none(port: int) -> None:
    assert page_answers(HOST, port, "/")
    assert not page_answers(HOST, port, "/broken")


def test_nobody_listening_is_no_answer() -> None:
    with socket.socket() as fresh:
        fresh.bind((HOST, 0))
        assert not page_answers(HOST, fresh.getsockname()[1], "/")
