"""Sides of the screen and the generations on them: text names as shown, and as stored.

A page says `left.answer`, because it must not know which side reasoned; what is stored says `second.answer`, because
it must be read without the page. `prompt` has no side.
"""

from collections.abc import Mapping

_AS_STORED = {False: {"left": "first", "right": "second"}, True: {"left": "second", "right": "first"}}


def stored_side(shown: str, *, second_is_left: bool) -> str:
    """`left` -> `first` or `second`; what is no side stays as it is, for the service to refuse."""
    return _AS_STORED[second_is_left].get(shown, shown)


def stored_text(shown: str, *, second_is_left: bool) -> str:
    """`left.answer` -> `second.answer`, where the second generation is on the left."""
    return _renamed(shown, _AS_STORED[second_is_left])


def shown_text(stored: str, *, second_is_left: bool) -> str:
    """`second.answer` -> `left.answer`, where the second generation is on the left."""
    return _renamed(stored, {side: shown for shown, side in _AS_STORED[second_is_left].items()})


def _renamed(name: str, sides: Mapping[str, str]) -> str:
    side, dot, part = name.partition(".")
    return sides.get(side, side) + dot + part
