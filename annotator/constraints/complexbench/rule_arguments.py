"""Parser of a rule's arguments: `length:[300,400]`, `startswith:Dear`, two verbs on two lines.

The official code searches the whole rule with lazy, end-anchored regular expressions and takes the first match. This
parser gives the same results by plain string search, in linear time and without evaluating anything. Knows no verb's
meaning. Every function raises `ArgumentError` where the argument cannot be read.
"""

import re

from annotator.constraints.complexbench.errors import ArgumentError

Item = int | float | str
"""An item of a list argument."""

_NO_MATCH = "IndexError: list index out of range"
_NO_GROUPS = "AttributeError: 'NoneType' object has no attribute 'group'"
_ITEM = re.compile(
    r"""\s*(?:
        "(?P<double>[^"\\\n]*)" | '(?P<single>[^'\\\n]*)' |
        (?P<number>[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE]\+?[0-9]{1,2})?)
    )\s*(?P<comma>,|$)""",
    re.VERBOSE,
)


def argument_after(rule: str, name: str, *, one_line: bool = False) -> str:
    """Return the text after the first `name:`, less one final line break. `one_line`: search the last line only."""
    text = _searched(rule, one_line=one_line)
    start = text.find(f"{name}:")
    if start < 0:
        raise _unreadable(rule, f"'{name}:' and its argument", _NO_MATCH, one_line=one_line)
    return text[start + len(name) + 1 :]


def two_arguments(rule: str, first: str, second: str) -> tuple[str, str]:
    """Return the arguments of `first:...`, line break, `second:...`."""
    text = _searched(rule)
    start = text.find(f"{first}:")
    separator = f"\n{second}:"
    middle = text.find(separator, max(start, 0))
    if start < 0 or middle < 0:
        raise _unreadable(rule, f"'{first}:' and, on the next line, '{second}:'", _NO_GROUPS)
    return text[start + len(first) + 1 : middle], text[middle + len(separator) :]


def words(rule: str, name: str) -> list[str]:
    """Return the comma-separated words of `name:[a, b]` on the rule's last line, each stripped."""
    return [word.strip() for word in _listed(_bracketed(rule, name, one_line=True))]


def counted_words(rule: str, name: str, *, trimmed: bool = False) -> tuple[int, int, list[str]]:
    """Return `(least, most, words)` of `name:[least, most, a, b]`; the words are stripped only if `trimmed`."""
    least, most, listed = _counted(rule, _bracketed(rule, name, one_line=trimmed))
    return least, most, [word.strip() for word in listed] if trimmed else listed


def counted_and_forbidden_words(rule: str, counted: str, forbidden: str) -> tuple[int, int, list[str], list[str]]:
    """Return `(least, most, [a], [b])` of `counted:[least, most, a]`, line break, `forbidden:[b]`."""
    text = _searched(rule)
    start = text.find(f"{counted}:[")
    separator = f"]\n{forbidden}:["
    middle = text.find(separator, max(start, 0))
    if start < 0 or middle < 0 or not text.endswith("]"):
        raise _unreadable(rule, f"'{counted}:[...]' and, on the next line, '{forbidden}:[...]'", _NO_GROUPS)
    least, most, listed = _counted(rule, text[start + len(counted) + 1 : middle + 1])
    return least, most, listed, _listed(text[middle + len(separator) - 1 :])


def number_range(rule: str, name: str, *, one_line: bool) -> tuple[float, float]:
    """Return the first two numbers of `name:[least, most]`."""
    items = _literals(rule, _bracketed(rule, name, one_line=one_line))
    match items[:2]:
        case [int() | float() as least, int() | float() as most]:
            return least, most
    raise _unreadable(rule, f"two numbers in '{name}:[least,most]'", _NO_MATCH)


def literals(rule: str, name: str) -> list[Item]:
    """Return the quoted strings and numbers of `name:["a", "b"]`."""
    stripped = rule.strip()
    return _literals(rule, _bracketed(stripped, name, one_line=False))


def _searched(rule: str, *, one_line: bool = False) -> str:
    """Return the part that an end-anchored pattern can match in: `$` also matches before a final line break."""
    body = rule.removesuffix("\n")
    return body[body.rfind("\n") + 1 :] if one_line else body


def _bracketed(rule: str, name: str, *, one_line: bool) -> str:
    text = _searched(rule, one_line=one_line)
    start = text.find(f"{name}:[")
    if start < 0 or not text.endswith("]"):
        raise _unreadable(rule, f"'{name}:[...]'", _NO_MATCH, one_line=one_line)
    return text[start + len(name) + 1 :]


def _listed(bracketed: str) -> list[str]:
    return bracketed.strip("[]").split(",")


def _counted(rule: str, bracketed: str) -> tuple[int, int, list[str]]:
    listed = _listed(bracketed)
    try:
        return int(listed[0]), int(listed[1]), listed[2:]
    except (ValueError, IndexError) as error:
        official = f"{type(error).__name__}: {error}"
        raise _unreadable(rule, "two whole numbers at the head of its list", official) from None


def _literals(rule: str, bracketed: str) -> list[Item]:
    """Parse a flat list of strings and numbers; the official code evaluates the argument as Python instead."""
    inside, items, position = bracketed[1:-1], list[Item](), 0
    if not inside.strip():
        return items
    while True:
        match = _ITEM.match(inside, position)
        if match is None:
            if items and not inside[position:].strip():
                return items
            raise _unreadable(rule, "a flat list of quoted strings and numbers", "what evaluating it raises")
        double, single, number, comma = match.groups()
        items.append(_number(number) if number is not None else double if double is not None else single)
        if not comma:
            return items
        position = match.end()


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("+-").isdigit() else float(text)


def _unreadable(rule: str, expected: str, official: str, *, one_line: bool = False) -> ArgumentError:
    where = " in its last line" if one_line else ""
    shown = rule if len(rule) <= 120 else rule[:117] + "..."
    return ArgumentError(
        f"the rule {shown!r} needs {expected}{where}; correct the rule in the dataset", official=official
    )
