"""Detects regular expressions that can take exponential time in a backtracking engine.

A pattern is exponential if it can match one text in two ways around a loop (Weideman et al. 2016, "Analyzing Matching
Time Behavior of Backtracking Regular Expression Matchers"). The standard library's parse tree is turned into a position
automaton (Glushkov), whose states are the characters inside repeats. The pattern is refused if an edge on a cycle
occurs twice (a loop in a loop), or if two different paths from a state back to itself can match the same text.
Character sets are compared on a sample of characters, so a rare exponential pattern can pass; the time limit in
`safe_regex` stops it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from annotator.constraints.time_budget import require_time

_codes: Any = import_module("re._constants")

_REPEATS = {_codes.MAX_REPEAT, _codes.MIN_REPEAT, _codes.POSSESSIVE_REPEAT}
_SINGLES = {_codes.LITERAL, _codes.NOT_LITERAL, _codes.ANY, _codes.IN}
_MOST_STATES = 120
_MOST_STEPS = 200_000
_SAMPLE = frozenset([*map(chr, range(9, 127)), *"\x85\xa0éßÀΩяعक中🙂０"])
_CATEGORIES = {
    _codes.CATEGORY_DIGIT: str.isdecimal,
    _codes.CATEGORY_SPACE: str.isspace,
    _codes.CATEGORY_WORD: lambda character: character.isalnum() or character == "_",
}
_OPPOSITES = {
    _codes.CATEGORY_NOT_DIGIT: _codes.CATEGORY_DIGIT,
    _codes.CATEGORY_NOT_SPACE: _codes.CATEGORY_SPACE,
    _codes.CATEGORY_NOT_WORD: _codes.CATEGORY_WORD,
}

Ends = tuple[frozenset[int], frozenset[int], bool]
"""First states, last states, and whether the piece can match the empty text."""

_NOTHING: Ends = (frozenset(), frozenset(), True)

StatePair = tuple[int, int]


def is_exponential(tree: Any) -> bool:
    """Whether the parsed pattern is ambiguous around a loop, or too large to decide."""
    automaton = _Automaton()
    try:
        automaton.sequence(tree)
        return automaton.doubled_on_cycle() or automaton.ambiguous_on_cycle()
    except _TooLargeError:
        return True


class _TooLargeError(Exception):
    pass


class _Automaton:
    """Position automaton: the characters of each position, and which positions may follow it."""

    def __init__(self) -> None:
        self.characters: list[frozenset[str]] = []
        self.after: dict[int, set[int]] = defaultdict(set)
        self.doubled: set[tuple[int, int]] = set()  # edges that occur twice
        self.steps = 0
        self.looped = False  # whether the piece being built can be repeated

    def sequence(self, items: Iterable[Any]) -> Ends:
        ends = _NOTHING
        for item in items:
            ends = self._join(ends, self._piece(item))
        return ends

    def _join(self, left: Ends, right: Ends) -> Ends:
        self._add_edges(left[1], right[0])
        first = left[0] | right[0] if left[2] else left[0]
        last = left[1] | right[1] if right[2] else right[1]
        return first, last, left[2] and right[2]

    def _add_edges(self, sources: Iterable[int], targets: Iterable[int]) -> None:
        for source in sources:
            for target in targets:
                if target in self.after[source]:
                    self.doubled.add((source, target))
                self.after[source].add(target)

    def _piece(self, item: Any) -> Ends:
        code, argument = item
        if code in _SINGLES:
            return self._state(_characters(code, argument))
        if code in _REPEATS:
            return self._repeat(*argument)
        if code is _codes.BRANCH:
            return self._branch(argument[1])
        if code is _codes.SUBPATTERN:
            return self.sequence(argument[3])
        if code is _codes.ATOMIC_GROUP:
            return self.sequence(argument)
        if code in (_codes.ASSERT, _codes.ASSERT_NOT):
            self.sequence(argument[1])
        return _NOTHING

    def _state(self, characters: frozenset[str]) -> Ends:
        if not self.looped:
            return frozenset(), frozenset(), False  # matched once: it separates its neighbours and cannot be ambiguous
        if len(self.characters) >= _MOST_STATES:
            raise _TooLargeError
        self.characters.append(characters)
        only = frozenset({len(self.characters) - 1})
        return only, only, False

    def _repeat(self, low: int, high: Any, body: Sequence[Any]) -> Ends:
        within, self.looped = self.looped, self.looped or int(high) > 1
        first, last, empty = self.sequence(body)
        self.looped = within
        if int(high) > 1:
            self._add_edges(last, first)
        return first, last, empty or low == 0

    def _branch(self, branches: Sequence[Any]) -> Ends:
        ends = [self.sequence(branch) for branch in branches]
        first = frozenset().union(*(piece[0] for piece in ends))
        last = frozenset().union(*(piece[1] for piece in ends))
        if self.looped and sum(piece[2] for piece in ends) > 1:
            raise _TooLargeError  # two ways to match nothing, in a loop
        return first, last, any(piece[2] for piece in ends)

    def doubled_on_cycle(self) -> bool:
        return any(source in self._reachable({target}) for source, target in self.doubled)

    def _reachable(self, states: set[int]) -> set[int]:
        seen, waiting = set(states), list(states)
        while waiting:
            fresh = self.after[waiting.pop()] - seen
            seen |= fresh
            waiting.extend(fresh)
        return seen

    def ambiguous_on_cycle(self) -> bool:
        """Whether, for some state, a pair of different states lies on a cycle through (state, state)."""
        successors: dict[StatePair, set[StatePair]] = defaultdict(set)
        predecessors: dict[StatePair, set[StatePair]] = defaultdict(set)
        for start in range(len(self.characters)):
            self._add_pairs((start, start), successors, predecessors)
        return any(
            _reachable_pairs((start, start), successors)
            & _reachable_pairs((start, start), predecessors) - {(state, state) for state in self.after}
            for start in range(len(self.characters))
            if start in self._reachable(self.after[start])
        )

    def _add_pairs(
        self,
        start: StatePair,
        successors: dict[StatePair, set[StatePair]],
        predecessors: dict[StatePair, set[StatePair]],
    ) -> None:
        """Add every pair of states that two paths from `start` reach by the same text."""
        waiting = [start]
        while waiting:
            pair = waiting.pop()
            if pair in successors:
                continue
            require_time()
            self.steps += len(self.after[pair[0]]) * len(self.after[pair[1]])
            if self.steps > _MOST_STEPS:
                raise _TooLargeError
            for left in self.after[pair[0]]:
                for right in self.after[pair[1]]:
                    if self.characters[left] & self.characters[right]:
                        successors[pair].add((left, right))
                        predecessors[(left, right)].add(pair)
            waiting.extend(successors[pair])


def _reachable_pairs(start: StatePair, edges: dict[StatePair, set[StatePair]]) -> set[StatePair]:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = edges.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting.extend(fresh)
    return seen


def _characters(code: Any, argument: Any) -> frozenset[str]:
    """Return the characters that one position matches, in lower case: the data's patterns ignore case."""
    if code is _codes.LITERAL:
        return frozenset(chr(argument).lower())
    if code is _codes.NOT_LITERAL:
        return _SAMPLE - {chr(argument)}
    if code is _codes.ANY:
        return _SAMPLE
    items = list(argument)
    negated = bool(items) and items[0][0] is _codes.NEGATE
    members = frozenset().union(*(_members(item) for item in items[negated:]))
    return _SAMPLE - members if negated else members


def _members(item: Any) -> frozenset[str]:
    code, argument = item
    if code is _codes.LITERAL:
        return frozenset(chr(argument).lower())
    if code is _codes.RANGE:
        low, high = argument
        inside = {character.lower() for character in _SAMPLE if low <= ord(character) <= high}
        return frozenset(inside | {chr(low).lower(), chr(high).lower()})
    if argument in _OPPOSITES:
        return _SAMPLE - frozenset(filter(_CATEGORIES[_OPPOSITES[argument]], _SAMPLE))
    return frozenset(filter(_CATEGORIES[argument], _SAMPLE))
