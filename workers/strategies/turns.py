"""Turns of a conversation that goes on after a reply of the model. Knows no strategy."""

from workers.engine import Message

NOTHING = "(nothing)"
"""The turn of a blank reply: chat templates and providers refuse blank turns."""


def turns_after(prompt: str, reply: str, request: str) -> tuple[Message, ...]:
    """Return the conversation in which `request` follows the model's `reply` to `prompt`."""
    turn = reply if reply.strip() else NOTHING
    return (Message("user", prompt), Message("assistant", turn), Message("user", request))
