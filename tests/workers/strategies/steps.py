"""Walks one prompt through a strategy, reply by reply."""

from workers.engine import Completion, Usage
from workers.strategies import Item, build_strategy

PROMPT = "Name a fruit."


def completion(text, finish_reason="stop", **fields):
    return Completion("1", text, finish_reason, Usage(5, len(text.split())), 0.1, **fields)


def walk(name, *replies, prompt=PROMPT, parameters=None, constraints=()):
    """Send the replies, texts or completions, to the strategy; return its asks and its outcome."""
    steps = build_strategy(name, parameters or {}).start(Item(prompt, constraints))
    asks = [next(steps)]
    for reply in replies:
        try:
            asks.append(steps.send(completion(reply) if isinstance(reply, str) else reply))
        except StopIteration as end:
            return asks, end.value
    raise AssertionError(f"{name} asks once more: {asks[-1]}")
