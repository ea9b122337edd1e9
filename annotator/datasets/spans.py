"""Spans of constraints as words that stand in the prompt, once. Pure."""

from annotator.constraints import Span
from annotator.constraints.excerpts import shortened

_SHOWN = 60


class SpanError(ValueError):
    """Words that state no constraint of the prompt: one sentence."""


def span_of_words(prompt: str, words: str, known: Span | None = None) -> Span | None:
    """Return where the words stand in the prompt, None for none. White space around them is dropped.

    Words that occur several times are refused, unless they are those of the `known` span. Raises SpanError.
    """
    wanted = words.replace("\r\n", "\n").strip()
    if not wanted:
        return None
    if known is not None and prompt[slice(*known)].strip() == wanted:
        return known
    start = prompt.find(wanted)
    if start < 0:
        raise SpanError(f"“{shortened(wanted, _SHOWN)}” does not stand in the prompt; copy the words from it.")
    if prompt.find(wanted, start + 1) >= 0:
        raise SpanError(
            f"“{shortened(wanted, _SHOWN)}” stands in the prompt more than once; copy some words around it too."
        )
    return start, start + len(wanted)
