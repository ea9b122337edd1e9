"""Turns of a conversation as chat formats write them, the reasoning apart from the answer. Pure."""

Turn = dict[str, str | None]


def user(text: str) -> Turn:
    """Return a turn of the user."""
    return {"role": "user", "content": text}


def assistant(answer: str, reasoning: str) -> Turn:
    """Return a turn of the assistant; null where it did not reason, so that every row has the same fields."""
    return {"role": "assistant", "content": answer, "reasoning_content": reasoning or None}
