"""Translatable English messages of checkers: a template and its values, kept with the text.

A sentence is a template and the values in it, which may be sentences themselves. xgettext finds the templates by the
names `msg` and `Unit`; whoever shows a sentence looks its template up in a catalogue (`annotator.web.labels`). This
room knows no catalogue and no language but English.
"""

import json
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, NamedTuple

_EXCERPT = 60


class Message(str):
    """A sentence, which is its English text to everybody who does not ask what it was made of.

    `plural` is the template for other numbers than one, where `values["n"]` is a number of things.
    """

    __slots__ = ("plural", "template", "values")
    template: str
    values: Mapping[str, Any]
    plural: str


class Unit(NamedTuple):
    """What is counted: `Unit("%(n)s word", "%(n)s words")`."""

    one: str
    many: str


def msg(template: str, /, **values: Any) -> str:
    """`msg("%(found)s, none allowed", found=...)`: the sentence of this template."""
    return _made(template % values if values else template, template, values)


def amount(number: float, unit: Unit) -> str:
    """`amount(3, Unit("%(n)s word", "%(n)s words"))` is "3 words"."""
    values = {"n": number}
    return _made((unit.one if number == 1 else unit.many) % values, unit.one, values, unit.many)


def joined(*parts: str) -> str:
    """The parts that are not empty, with semicolons between them."""
    return reduce(_together, filter(None, parts), "")


def quoted(text: str, limit: int = _EXCERPT) -> str:
    """The text on one line between curly quotes, cut in the middle of nothing but length."""
    line = " ".join(text[: limit * 4].split())
    return f"“{line[: limit - 1]}…”" if len(line) > limit or len(text) > limit * 4 else f"“{line}”"


def listed(words: Iterable[str]) -> str:
    """`“a”, “b” and “c”`."""
    quotes = [quoted(word) for word in words]
    if len(quotes) > 1:
        return msg("%(first)s and %(last)s", first=", ".join(quotes[:-1]), last=quotes[-1])
    return quotes[0] if quotes else msg("none")


def sentence(text: str) -> str:
    """The same text with its first letter in upper case; the rest is left as it is."""
    capital = text[:1].upper() + text[1:]
    return _made(capital, text.template, text.values, text.plural) if isinstance(text, Message) else capital


def parse_problem(error: json.JSONDecodeError) -> str:
    """What Python says of a text that is no JSON; what it may say one day is passed on as it is."""
    return _PARSE_PROBLEMS.get(error.msg, error.msg)


def counted(number: int, noun: str, plural: str = "") -> str:
    """`counted(3, "word")` is "3 words": for the command line, which speaks English alone."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def packed(text: str) -> Any:
    """What a text was made of, as JSON: `[template, values]`, and behind them the plural template if there is one."""
    if not isinstance(text, Message):
        return text
    values = {name: packed(value) if isinstance(value, Message) else value for name, value in text.values.items()}
    return [text.template, values, text.plural] if text.plural else [text.template, values]


def unpacked(text: str, pack: Any) -> Message:
    """The sentence that says `text`, out of what `packed` made of it."""
    template, values, plural = pack if len(pack) > 2 else (*pack, "")
    return _made(text, template, {name: _unpacked_value(value) for name, value in values.items()}, plural)


def _unpacked_value(value: Any) -> Any:
    """A sentence inside another one is shown through its template, so that its own text is not stored."""
    return unpacked("", value) if isinstance(value, list) else value


def _together(first: str, then: str) -> str:
    return msg("%(first)s; %(then)s", first=first, then=then) if first else then


def _made(text: str, template: str, values: Mapping[str, Any], plural: str = "") -> Message:
    made = Message(text)
    made.template, made.values, made.plural = template, values, plural
    return made


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
