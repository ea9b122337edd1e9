"""Patterns of `re` written anew for `regex`, which has a time limit, so that both read them alike.

The two engines differ in what a single character matches: `[[:alpha:]]` is a POSIX class in one of them, `\\w` matches
combining marks in one, and each has its own pairs of letters that are equal without regard to case. So the pattern is
taken from the parse tree of `re`, and every character set in it is spelled out as `re` itself matches it, over the
alphabet of the text that is searched. Knows no time limit and no kind.
"""

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any

import regex  # type: ignore[import-untyped]

_parser: Any = import_module("re._parser")
_compiler: Any = import_module("re._compiler")
_codes: Any = import_module("re._constants")

_ASCII = frozenset(map(chr, range(128)))
_IGNORE_CASE, _MULTILINE, _DOT_ALL = map(int, (re.IGNORECASE, re.MULTILINE, re.DOTALL))
_REPEAT_MARKS = {_codes.MAX_REPEAT: "", _codes.MIN_REPEAT: "?", _codes.POSSESSIVE_REPEAT: "+"}
_SINGLES = {_codes.LITERAL, _codes.NOT_LITERAL, _codes.IN}
_WORD = (_codes.IN, [(_codes.CATEGORY, _codes.CATEGORY_WORD)])
_PLACES = {
    _codes.AT_BEGINNING: r"\A",
    _codes.AT_BEGINNING_STRING: r"\A",
    _codes.AT_END: r"(?=\n?\Z)",
    _codes.AT_END_STRING: r"\Z",
}
_PLACES_IN_LINES = {_codes.AT_BEGINNING: r"(?:\A|(?<=\n))", _codes.AT_END: r"(?=\n|\Z)"}
_NOTHING = "(?!)"


def for_text(pattern: str, flags: int, text: str) -> Any:
    """Return the compiled pattern of `regex` that finds in this text what `re` finds. Raises `regex.error`."""
    return _for_alphabet(pattern, flags, "".join(sorted(_ASCII | set(text))))


@lru_cache(maxsize=512)
def _for_alphabet(pattern: str, flags: int, alphabet: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = _parser.parse(pattern, flags)
        return regex.compile(_Writer(alphabet).sequence(tree, tree.state.flags), regex.VERSION0 | regex.UNICODE)


class _Writer:
    """Writes parse trees for texts in one alphabet; characters outside it may be in a set or not."""

    def __init__(self, alphabet: str) -> None:
        self._alphabet = alphabet
        self._places = {character: place for place, character in enumerate(alphabet)}

    def sequence(self, items: Iterable[Any], flags: int) -> str:
        return "".join(self._item(code, argument, flags) for code, argument in items)

    def _item(self, code: Any, argument: Any, flags: int) -> str:
        if code in _SINGLES:
            return self._single((code, argument), flags)
        if code is _codes.ANY:
            return "(?s:.)" if flags & _DOT_ALL else "."
        if code is _codes.AT:
            return self._place(argument, flags)
        if code in _REPEAT_MARKS:
            return self._repeat(_REPEAT_MARKS[code], argument, flags)
        if code is _codes.BRANCH:
            return f"(?:{'|'.join(self.sequence(branch, flags) for branch in argument[1])})"
        if code is _codes.GROUPREF:
            return rf"(?i:\g<{argument}>)" if flags & _IGNORE_CASE else rf"\g<{argument}>"
        return self._group(code, argument, flags)

    def _group(self, code: Any, argument: Any, flags: int) -> str:
        if code is _codes.SUBPATTERN:
            number, added, removed, body = argument
            inner = self.sequence(body, flags & ~removed | added)
            return f"(?:{inner})" if number is None else f"({inner})"
        if code is _codes.ATOMIC_GROUP:
            return f"(?>{self.sequence(argument, flags)})"
        if code in (_codes.ASSERT, _codes.ASSERT_NOT):
            direction, body = argument
            mark = ("<" if direction < 0 else "") + ("=" if code is _codes.ASSERT else "!")
            return f"(?{mark}{self.sequence(body, flags)})"
        if code is _codes.GROUPREF_EXISTS:
            number, present, absent = argument
            return f"(?({number}){self.sequence(present, flags)}|{self.sequence(absent or [], flags)})"
        if code is _codes.FAILURE:
            return _NOTHING
        raise regex.error(f"{code} is unknown")

    def _repeat(self, mark: str, argument: Any, flags: int) -> str:
        low, high, body = argument
        most = "" if high is _codes.MAXREPEAT else int(high)
        return f"(?:{self.sequence(body, flags)}){{{low},{most}}}{mark}"

    def _place(self, place: Any, flags: int) -> str:
        if place in (_codes.AT_BOUNDARY, _codes.AT_NON_BOUNDARY):
            word = self._set(_WORD, flags)
            within, without = ("=", "!") if place is _codes.AT_NON_BOUNDARY else ("!", "=")
            return f"(?:(?<={word})(?{within}{word})|(?<!{word})(?{without}{word}))"
        return _PLACES_IN_LINES.get(place, _PLACES.get(place, "")) if flags & _MULTILINE else _PLACES[place]

    def _single(self, item: Any, flags: int) -> str:
        """Write one character or set; a letter is left to `regex` where it equates the same letters.

        Its search for the words that every match must have then still saves time.
        """
        code, argument = item
        if code is _codes.LITERAL:
            letter = regex.escape(chr(argument))
            written = f"(?i:{letter})" if flags & _IGNORE_CASE else letter
            if regex.findall(written, self._alphabet) == self._members(item, flags):
                return written
        return self._set(item, flags)

    def _set(self, item: Any, flags: int) -> str:
        """Write the characters of the alphabet that `re` matches, as ranges of what stands together in the alphabet."""
        members = self._members(item, flags)
        if not members:
            return _NOTHING
        ranges: list[list[str]] = []
        for character in members:
            if ranges and self._places[character] == self._places[ranges[-1][1]] + 1:
                ranges[-1][1] = character
            else:
                ranges.append([character, character])
        return f"[{''.join(f'{_escaped(first)}-{_escaped(last)}' for first, last in ranges)}]"

    def _members(self, item: Any, flags: int) -> list[str]:
        single = _parser.SubPattern(_parser.State(), [item])
        return list(_compiler.compile(single, flags).findall(self._alphabet))


def _escaped(character: str) -> str:
    return f"\\U{ord(character):08X}"
