"""Forms of a segment that the official rules check: whole, without quotes, with Chinese punctuation.

A text form has its offset in the segment, so that evidence can be mapped back. Folding replaces one character by one
character and so changes no offset.
"""

from collections.abc import Callable
from typing import NamedTuple

from annotator.constraints.complexbench.errors import SegmentError
from annotator.constraints.messages import msg

_FOLD = str.maketrans(dict(zip("!#$%&()*,.:;?\\^“”", '！＃＄％＆（）＊，。：；？＼＾""', strict=True)))
_OPENING, _CLOSING = frozenset('"“`'), frozenset('"”`')


class TextForm(NamedTuple):
    """A text and its offset in the segment."""

    text: str
    offset: int


MakeForm = Callable[[str], TextForm]


def fold(text: str) -> str:
    """Replace ASCII punctuation by its Chinese form and curly quotes by straight ones, character for character."""
    return text.translate(_FOLD)


def whole(segment: str) -> TextForm:
    """Return the segment as it is."""
    return TextForm(segment, 0)


def unquoted(segment: str) -> TextForm:
    """Strip leading line breaks and one pair of quotes or backticks. Raises `SegmentError` if only line breaks."""
    text = segment.lstrip("\n")
    if segment and not text:
        raise SegmentError(
            msg(
                "a segment holds nothing but line breaks, which the official code cannot read; have it extracted again"
            ),
            official="IndexError: string index out of range",
        )
    offset = len(segment) - len(text)
    if text and text[0] in _OPENING and text[-1] in _CLOSING:
        return TextForm(text[1:-1], offset + 1)
    return TextForm(text, offset)
