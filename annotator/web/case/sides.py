"""Names of sides and texts: left and right on the page, first and second in the database.

A page names `left.answer`, since an annotator must not know which run is where; the database names `second.answer`,
since it must be readable without the page. `prompt` has no side.
"""

from collections.abc import Mapping

_AS_STORED = {False: {"left": "first", "right": "second"}, True: {"left": "second", "right": "first"}}


def stored_side(shown: str, *, second_is_left: bool) -> str:
    """`left` -> `first` or `second`; anything else stays as it is, and the service refuses it."""
    return _AS_STORED[second_is_left].get(shown, shown)


def stored_text(shown: str, *, second_is_left: bool) -> str:
    """`left.answer` -> `second.answer` if the second generation is on the left."""
    return _renamed(shown, _AS_STORED[second_is_left])


def shown_text(stored: str, *, second_is_left: bool) -> str:
    """`second.answer` -> `left.answer` if the second generation is on the left."""
    return _renamed(stored, {side: shown for shown, side in _AS_STORED[second_is_left].items()})


def _renamed(name: str, sides: Mapping[str, str]) -> str:
    side, dot, part = name.partition(".")
    return sides.get(side, side) + dot + part
