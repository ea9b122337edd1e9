"""Invisible characters of a text, and a sign for each that can be shown in its place.

Pure; knows no HTML. The characters stay where they are, so that offsets into the text stay true.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAMED = {
    " ": "·",
    "\t": "→",
    "\n": "↵",
    "\r": "CR",
    "\u00a0": "NBSP",
    "\u00ad": "SHY",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u2028": "LS",
    "\u2029": "PS",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u202f": "NNBSP",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}
# By their abbreviations: few fonts have the pictures that Unicode has for them.
_CONTROLS = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF",
    "VT", "FF", "CR", "SO", "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK",
    "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
]  # fmt: skip
# They change the order in which what follows is shown, or are control characters: text can be hidden by them.
_DECEIVING = "\u202a-\u202e\u2066-\u2069\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_BLANK = (
    "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"  # spaces
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"  # nothing at all
)
# A joiner between letters, and between the parts of an emoji, is part of what is seen; cut apart it would change that.
_JOINER = r"(?<![^\x00-\x7f\s])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f\s])"
# Letters that are not shown, and that have been used to hide orders to a model; behind a black flag they name a region.
_TAGS = r"(?<![\U0001f3f4\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
_SPACES = r" {2,}|(?<=\n) +| +(?=[\n\r])"
_SIGNED = rf"[\t\n\r{_BLANK}{_DECEIVING}]|{_JOINER}|{_TAGS}|{_SPACES}"
# Words that need no sign, with the single spaces between them. An expression that takes them at once, before the group
# of what has a sign, reads a text ten times as fast as one that looks for signs at every character.
_WORD = rf"[^\s{_BLANK}{_DECEIVING}\u200c\u200d\U000e0000-\U000e007f]+"
_WORDS = rf"{_WORD}(?: {_WORD})*+"
# By whether a line begins where the text begins, and whether one ends where it ends.
_FOUND = {
    (first, last): re.compile(rf"{_WORDS}|({_SIGNED}" + r"|\A +" * first + r"| +\Z" * last + ")")
    for first in (False, True)
    for last in (False, True)
}
_EVERY = re.compile(rf"{_WORD}|({_SIGNED}|\s)")
_ALWAYS = re.compile(rf"[{_DECEIVING}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text; `sign` is "" for what can be seen, and `always` whether the sign is shown in every view."""

    text: str
    sign: str = ""
    always: bool = False


def parts(text: str, *, first: bool = True, last: bool = True, every_space: bool = False) -> Iterator[Part]:
    """The text in parts that together are the text.

    A single space has a sign only at the edge of a line, or with `every_space`. `first` and `last` say whether the text
    begins and ends where a line does.
    """
    at = 0
    for found in (_EVERY if every_space else _FOUND[first, last]).finditer(text):
        if found[1] is None:
            continue
        if at < found.start():
            yield Part(text[at : found.start()])
        yield Part(found[0], "".join(map(sign, found[0])), always=bool(_ALWAYS.match(found[0])))
        at = found.end()
    if at < len(text):
        yield Part(text[at:])


def sign(character: str) -> str:
    """The sign shown for an invisible character: a glyph, its abbreviation or its number in Unicode."""
    if character in _NAMED:
        return _NAMED[character]
    return _CONTROLS[ord(character)] if character < " " else f"U+{ord(character):04X}"
