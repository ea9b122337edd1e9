"""The few turns of phrase that every checker's sentences share."""

from collections.abc import Iterable

_EXCERPT = 60


def counted(number: int, noun: str, plural: str = "") -> str:
    """`counted(1, "word")` is "1 word", `counted(3, "word")` is "3 words"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def quoted(text: str, limit: int = _EXCERPT) -> str:
    """The text on one line between curly quotes, cut in the middle of nothing but length."""
    line = " ".join(text[: limit * 4].split())
    return f"“{line[: limit - 1]}…”" if len(line) > limit or len(text) > limit * 4 else f"“{line}”"


def listed(words: Iterable[str]) -> str:
    """`“a”, “b” and “c”`."""
    quotes = [quoted(word) for word in words]
    return quotes[0] if len(quotes) == 1 else f"{', '.join(quotes[:-1])} and {quotes[-1]}" if quotes else "none"


def sentence(text: str) -> str:
    """The same text with its first letter in upper case; the rest is left as it is."""
    return text[:1].upper() + text[1:]
