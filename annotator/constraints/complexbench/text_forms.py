"""Text forms that the official rules check: whole, without quotes, with Chinese punctuation.

A text form keeps where its text begins in the segment, so that evidence found in it can be shown in the segment.
Folding changes one character into one character and so moves nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from annotator.constraints.complexbench.errors import SegmentError
from annotator.constraints.messages import msg

_FOLD = str.maketrans(dict(zip("!#$%&()*,.:;?\\^“”", '！＃＄％＆（）＊，。：；？＼＾""', strict=True)))
_OPENING, _CLOSING = frozenset('"“`'), frozenset('"”`')


class TextForm(NamedTuple):
    """A text and where it begins in the segment it was taken from."""

    text: str
    offset: int


Reader = Callable[[str], TextForm]


def fold(text: str) -> str:
    """ASCII punctuation as its Chinese form, and curly quotes as straight ones, character for character."""
    return text.translate(_FOLD)


def whole(segment: str) -> TextForm:
    """The segment as it is."""
    return TextForm(segment, 0)


def unquoted(segment: str) -> TextForm:
    """Without line breaks at its head and one pair of quotes or backticks around it; without them, as it is."""
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
