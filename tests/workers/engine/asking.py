"""Short ways to say what is asked of a backend."""

from workers.engine import Message, Request, Sampling


def ask(text, request_id="1", **sampling):
    return Request(request_id, (Message("user", text),), Sampling(**sampling))
