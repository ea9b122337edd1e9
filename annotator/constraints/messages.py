"""Translatable English messages of checkers: each keeps its template and its values beside its text.

A value of a message may be a message itself. xgettext finds the templates by the names `msg` and `Unit`;
`annotator.web.labels` looks a template up in a catalogue when the message is shown. This module knows no catalogue and
no language but English.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, NamedTuple

from annotator.constraints.excerpts import shortened, shortened_front

_EXCERPT = 60
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Characters that a terminal obeys or no page can hold."""
_TEMPLATE = re.compile(r"(?:[^%]|%%|%\(\w+\)(?:\.[0-9]{1,2})?[sdrfg])*", re.DOTALL)
"""What templates are made of. A width is no part of it: `%(n)999999999d` fills the memory."""


class Message(str):
    """An English text that remembers its template and values; a plain `str` to code that does not translate.

    `plural` is the template for numbers other than one, where `values["n"]` is a count; else it is empty.
    """

    __slots__ = ("plural", "template", "values")
    template: str
    values: Mapping[str, Any]
    plural: str


class Unit(NamedTuple):
    """A unit of counting, in singular and plural: `Unit("%(n)s word", "%(n)s words")`."""

    one: str
    many: str


def msg(template: str, /, **values: Any) -> str:
    """Return the `Message` of a template and its values: `msg("%(found)s, none allowed", found=...)`."""
    return _message(template % values if values else template, template, values)


def amount(number: float, unit: Unit, /, **values: Any) -> str:
    """Return a number with its unit: `amount(3, Unit("%(n)s word", "%(n)s words"))` is "3 words".

    `values` are further ones of the unit's templates.
    """
    values = {"n": number, **values}
    return _message((unit.one if number == 1 else unit.many) % values, unit.one, values, unit.many)


def joined(*parts: str) -> str:
    """Join the parts that are not empty with semicolons."""
    return reduce(_joined_pair, filter(None, parts), "")


def quoted(text: str, limit: int = _EXCERPT) -> str:
    """Return the text on one line in curly quotes, cut between words to `limit` characters.

    Control characters become U+FFFD.
    """
    line = _UNSHOWN.sub("\ufffd", " ".join(text[: limit * 4].split()))
    whole = len(line) <= limit and len(text) <= limit * 4
    return f"“{line}”" if whole else f"“{shortened(line, limit - 1)}…”"


def quoted_end(text: str, limit: int = _EXCERPT) -> str:
    """Return the end of the text as `quoted` does its beginning."""
    line = _UNSHOWN.sub("\ufffd", " ".join(text[-limit * 4 :].split()))
    whole = len(line) <= limit and len(text) <= limit * 4
    return f"“{line}”" if whole else f"“…{shortened_front(line, limit - 1)}”"


def listed(words: Iterable[str]) -> str:
    """Return the words quoted, as a list in prose: `“a”, “b” and “c”`."""
    quotes = [quoted(word) for word in words]
    if len(quotes) > 1:
        return msg("%(first)s and %(last)s", first=", ".join(quotes[:-1]), last=quotes[-1])
    return quotes[0] if quotes else msg("none")


def sentence(text: str) -> str:
    """Return the same text with its first letter in upper case."""
    capital = text[:1].upper() + text[1:]
    return _message(capital, text.template, text.values, text.plural) if isinstance(text, Message) else capital


def parse_problem(error: json.JSONDecodeError) -> str:
    """Return Python's message about invalid JSON, translatable where it is a known one."""
    return _PARSE_PROBLEMS.get(error.msg, error.msg)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return "3 words" for `counted(3, "word")`; for the command line, which is not translated."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def packed(text: str) -> Any:
    """Return the JSON form of a message: `[template, values]`, then the plural template if there is one."""
    if not isinstance(text, Message):
        return text
    values = {name: packed(value) if isinstance(value, Message) else value for name, value in text.values.items()}
    return [text.template, values, text.plural] if text.plural else [text.template, values]


def unpacked(text: str, pack: Any) -> Message:
    """Return the message of `text` from its JSON form (`packed`).

    Raises ValueError for a form that no message has: an import may bring one, and a template is a program of its own.
    """
    try:
        template, values, plural = pack if len(pack) > 2 else (*pack, "")
        message = _message(text, template, {name: _unpacked_value(value) for name, value in values.items()}, plural)
        for part in filter(None, (template, plural)):
            if not _TEMPLATE.fullmatch(part):
                raise ValueError(part)
            part % message.values
        if plural:
            int(message.values["n"])
    except (TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None
    return message


def _unpacked_value(value: Any) -> Any:
    """Unpack a nested message; it is shown by its template, so its own text is not stored."""
    return unpacked("", value) if isinstance(value, list) else value


def _joined_pair(first: str, then: str) -> str:
    return msg("%(first)s; %(then)s", first=first, then=then) if first else then


def _message(text: str, template: str, values: Mapping[str, Any], plural: str = "") -> Message:
    message = Message(text)
    message.template, message.values, message.plural = template, values, plural
    return message


_PARSE_PROBLEMS = {
    str(words): words
    for words in (
        msg("Expecting value"),
        msg("Expecting property name enclosed in double quotes"),
        msg("Expecting ':' delimiter"),
        msg("Expecting ',' delimiter"),
        msg("Illegal trailing comma before end of object"),
        msg("Illegal trailing comma before end of array"),
        msg("Extra data"),
        msg("Unterminated string starting at"),
        msg("Invalid control character at"),
        msg("Invalid \\escape"),
        msg("Invalid \\uXXXX escape"),
    )
}
