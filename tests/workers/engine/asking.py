"""Requests in short, for tests of backends."""

from workers.engine import Message, Request, Sampling


def ask(text, request_id="1", **sampling):
    return Request(request_id, (Message("user", text),), Sampling(**sampling))
