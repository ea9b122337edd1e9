"""Directions of the lines of a text. Pure; knows no HTML."""

import re

# The blocks of Hebrew, Arabic and the other scripts that run from right to left, and the right-to-left mark.
_RIGHT_TO_LEFT = re.compile(
    r"[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def has_right_to_left(text: str) -> bool:
    """Whether lines of the text may run from right to left. If not, all run from left to right."""
    return not text.isascii() and bool(_RIGHT_TO_LEFT.search(text))
