"""Regular expressions from the data, compiled so that no search can hang.

Keywords, section words and postscript markers are searched as unescaped regular expressions, so any of them may be
hostile. A pattern belongs to one of three classes: cheap ones run in `re`; those that can backtrack far run in `regex`,
which stops at a time limit (`timed_pattern` writes them so that both read them alike); exponential ones (a repeat
inside a repeat with no separator) are refused. Knows no kind.
docs/design/regex-safety.md gives the reasons and figures.
"""

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from time import thread_time
from typing import Any

import regex  # type: ignore[import-untyped]

from annotator.constraints.redos import is_exponential
from annotator.constraints.time_budget import require_time, seconds_left
from annotator.constraints.timed_pattern import for_text

_parser: Any = import_module("re._parser")
_codes: Any = import_module("re._constants")

Match = Any  # of `re` or of `regex`: both have span(), start() and end()

SECONDS = 0.25  # processor time for one constraint on one text
LONGEST_PATTERN = 1000
_MOST_STEPS = 300  # the most characters a pattern may look at from one position to count as cheap
_REPEATS = {_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT}
_SINGLES = {_codes.LITERAL, _codes.NOT_LITERAL, _codes.ANY, _codes.IN}


class PatternError(ValueError):
    """Raised for a pattern that cannot be used; the message is a predicate, to follow the argument's name."""


class PatternTimeoutError(Exception):
    """Raised where the pattern ran out of time on this text."""


class Clock:
    """Time limit for the regular expressions of one constraint, all variants together.

    Counts processor time of this thread: a verdict must not depend on how busy the machine is.
    """

    def __init__(self) -> None:
        self._deadline: float | None = None

    def start(self) -> None:
        """Give the next constraint its own limit; it begins with the first timed search."""
        self._deadline = None

    def left(self) -> float:
        """Return the seconds that remain; raises `PatternTimeoutError` where none do."""
        if self._deadline is None:
            self._deadline = thread_time() + min(SECONDS, seconds_left())
        left = self._deadline - thread_time()
        if left <= 0:
            raise PatternTimeoutError
        return left


class SafeRegex:
    """A compiled pattern whose searches end within the time limit or raise `PatternTimeoutError`."""

    def __init__(self, pattern: str, flags: re.RegexFlag) -> None:
        tree = _parsed(pattern, flags)
        self.groups: int = tree.state.groups - 1
        self._cheap = _is_cheap(tree)
        if not self._cheap and is_exponential(tree):
            raise PatternError("can take exponential time on hostile text, for its repeats overlap")
        self._pattern, self._flags = pattern, int(flags)
        if self._cheap:
            self._compiled = _compile(pattern, flags)
        else:
            _check_timed(pattern, int(flags))

    def first(self, text: str, clock: Clock) -> Match | None:
        """Return the leftmost match, or None."""
        if self._cheap:
            return self._compiled.search(text)
        try:
            return self._timed(text, clock).search(text, timeout=clock.left())
        except TimeoutError:
            raise PatternTimeoutError from None

    def all(self, text: str, clock: Clock) -> Iterator[Match]:
        """Yield every match from left to right, empty ones included."""
        if self._cheap:
            yield from self._compiled.finditer(text)
            return
        try:
            yield from self._timed(text, clock).finditer(text, timeout=clock.left())
        except TimeoutError:
            raise PatternTimeoutError from None

    def _timed(self, text: str, clock: Clock) -> Any:
        clock.left()
        return for_text(self._pattern, self._flags, text)


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str, flags: re.RegexFlag = re.IGNORECASE) -> SafeRegex:
    """Compile a pattern; raises `PatternError` for one that is too long, does not compile or is exponential.

    Raises `TimeIsUpError` where a time budget is used up.
    """
    require_time()
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"is longer than {LONGEST_PATTERN} characters")
    return SafeRegex(pattern, flags)


def _parsed(pattern: str, flags: re.RegexFlag) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern, flags)
            return _parser.parse(pattern, flags)
    except (re.error, OverflowError) as error:
        raise PatternError(f"is not a regular expression: {error}") from None
    except RecursionError:
        raise PatternError("is nested too deeply for a regular expression") from None


def _compile(pattern: str, flags: re.RegexFlag) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return re.compile(pattern, flags)


def _check_timed(pattern: str, flags: int) -> None:
    """Raise `PatternError` where `regex` cannot read what `re` can."""
    try:
        for_text(pattern, flags, "")
    except regex.error as error:
        raise PatternError(f"is not a regular expression that can be timed: {error}") from None


def _is_cheap(tree: Any) -> bool:
    """Whether a search looks at a small number of characters from each position, whatever the text."""
    items = list(tree)
    while items and _optional_character(items[-1]):
        items.pop()
    if items and _repeated_character(items[-1]):
        # the last item that can fail: after its first character matched, no failure can make it backtrack
        _, (low, _, body) = items.pop()
        items.extend(list(body) * low)
    bound = _bound(items)
    return bound is not None and bound[1] <= _MOST_STEPS


def _optional_character(item: Any) -> bool:
    return item[0] in _REPEATS and item[1][:2] == (0, 1) and _is_single_character(item[1][2])


def _repeated_character(item: Any) -> bool:
    return item[0] in _REPEATS and item[1][0] <= 1 and _is_single_character(item[1][2])


def _is_single_character(body: Any) -> bool:
    return len(body) == 1 and body[0][0] in _SINGLES


def _bound(items: Any) -> tuple[int, int] | None:
    """Return in how many ways the items can match from one position, and how many characters that reads at most.

    None where either exceeds `_MOST_STEPS`.
    """
    ways, steps = 1, 0
    for item in items:
        bound = _item_bound(*item)
        if bound is None:
            return None
        ways, steps = ways * bound[0], steps + ways * bound[1]  # each way so far goes on into the item
        if max(ways, steps) > _MOST_STEPS:
            return None
    return ways, steps


def _item_bound(code: Any, argument: Any) -> tuple[int, int] | None:
    if code in _SINGLES:
        return 1, 1
    if code is _codes.AT:
        return 1, 0
    if code is _codes.SUBPATTERN:
        return _bound(argument[3])
    if code is _codes.BRANCH:
        branches = [bound for branch in argument[1] if (bound := _bound(branch))]
        known = len(branches) == len(argument[1])
        return (sum(ways for ways, _ in branches), sum(steps for _, steps in branches)) if known else None
    if code in _REPEATS and int(argument[1]) <= _MOST_STEPS:
        low, high, body = int(argument[0]), int(argument[1]), argument[2]
        whole = _bound(list(body) * high)
        return (whole[0] * (high - low + 1), whole[1]) if whole else None
    return None
