"""Suggestions of mechanical edits, each decided by the real checkers of all constraints of the prompt.

Pure and deterministic. A suggestion says whether it satisfies its constraint and which others it breaks; it approves
nothing. Texts beyond `LONGEST` characters get none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotator.constraints import ConstraintSpec, checker_of, strict_all
from annotator.constraints.checker import UndecidableError
from annotator.constraints.messages import packed
from annotator.constraints.safe_regex import Clock, PatternTimeoutError
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change
from annotator.exemplars.edits.registry import EDITS, ORDER

LONGEST = 100_000
_MOST_CHANGES = 4  # tried for one constraint


class ConstraintLike(Protocol):
    """A constraint of a prompt: `ConstraintSpec`, or a row of the database with its `position` and `scope`."""

    @property
    def kind(self) -> str: ...
    @property
    def kwargs(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An edit for one violated constraint, and what the checkers say about the edited answer."""

    position: int
    kind: str
    label: str  # translatable: "Take the commas out"
    answer: str
    satisfies: bool  # the constraint is strict-true now
    breaks: tuple[int, ...]  # the positions of constraints that were strict-true and no longer are

    def to_json(self) -> dict[str, Any]:
        """Return the edit without its text, as a mechanical repair stores it; `words` translates the label."""
        return {
            "position": self.position,
            "kind": self.kind,
            "label": str(self.label),
            "words": packed(self.label),
            "satisfies": self.satisfies,
            "breaks": list(self.breaks),
        }


@dataclass(frozen=True, slots=True)
class Edited:
    """An answer after all edits that helped, and the positions of the constraints that are still violated."""

    answer: str
    edits: tuple[Suggestion, ...]
    violated: tuple[int, ...]


class _Decided:
    """An answer and the strict decisions of its constraints."""

    def __init__(self, constraints: Mapping[int, ConstraintSpec], answer: str) -> None:
        self.constraints = constraints
        self.answer = answer
        obeyed = strict_all(list(constraints.values()), answer)
        self.obeyed = dict(zip(constraints, obeyed, strict=True))

    @property
    def violated(self) -> tuple[int, ...]:
        return tuple(position for position, obeyed in self.obeyed.items() if obeyed is False)

    def suggestion(self, position: int) -> Suggestion | None:
        """Return the best change for a violated constraint: it satisfies, then it breaks the fewest others."""
        best: Suggestion | None = None
        for change in self._changes(self.constraints[position]):
            decided = _Decided(self.constraints, change.text)
            breaks = [place for place, obeyed in self.obeyed.items() if obeyed and decided.obeyed[place] is not True]
            satisfies = decided.obeyed[position] is True
            kind = self.constraints[position].kind
            new = Suggestion(position, kind, change.label, change.text, satisfies, tuple(breaks))
            best = new if best is None or _rank(new) < _rank(best) else best
            if satisfies and not breaks:
                break
        return best

    def suggestions(self) -> list[Suggestion]:
        """Return the suggestions for the violated constraints, in the order in which they are best applied."""
        by_order = sorted(self.violated, key=lambda place: ORDER.get(self.constraints[place].kind, len(ORDER)))
        return [found for place in by_order if (found := self.suggestion(place))]

    def _changes(self, spec: ConstraintSpec) -> Iterator[Change]:
        checker, edit = checker_of(spec), EDITS.get(spec.kind)
        if checker is None or edit is None or not self.answer.strip() or len(self.answer) > LONGEST:
            return
        clock = Clock()
        clock.start()
        text, tried = TextVariant(self.answer, 0, clock), 0
        try:
            for change in edit(checker, text):
                if change.text.strip() and change.text != self.answer:
                    yield change
                    tried += 1
                if tried == _MOST_CHANGES:
                    return
        except (UndecidableError, PatternTimeoutError):
            return


def _rank(suggestion: Suggestion) -> tuple[bool, int]:
    return not suggestion.satisfies, len(suggestion.breaks)


def suggest(constraint: ConstraintLike, answer: str, others: Sequence[ConstraintLike] = ()) -> Suggestion | None:
    """Return an edit for one violated constraint; `breaks` counts the `others` from position 1, the constraint is 0.

    None where the constraint is satisfied or undecided, or no honest edit exists. Raises `UnknownKindError`.
    """
    decided = _Decided(dict(enumerate(map(_spec, (constraint, *others)))), answer)
    return decided.suggestion(0) if decided.obeyed[0] is False else None


def suggestions(constraints: Sequence[ConstraintLike], answer: str) -> list[Suggestion]:
    """Return an edit for each violated constraint that has one, in the order in which they are best applied.

    Positions are those of the constraints, or their places in the list; constraints on the reasoning are left out.
    """
    return _Decided(_positioned(constraints), answer).suggestions()


def edit_all(constraints: Sequence[ConstraintLike], answer: str) -> Edited:
    """Apply edits until nothing is violated or nothing helps, and return the best answer on the way.

    An edit that breaks another constraint is applied only where none is harmless; no answer is visited twice.
    """
    current = _Decided(_positioned(constraints), answer)
    best, seen = Edited(answer, (), current.violated), {answer}
    edits: tuple[Suggestion, ...] = ()
    for _ in range(2 * len(current.constraints) + 1):
        found = [edit for edit in current.suggestions() if edit.satisfies and edit.answer not in seen]
        if not found:
            break
        edit = min(found, key=lambda suggestion: len(suggestion.breaks))
        edits = (*edits, edit)
        seen.add(edit.answer)
        current = _Decided(current.constraints, edit.answer)
        if len(current.violated) < len(best.violated):
            best = Edited(edit.answer, edits, current.violated)
    return best


def _positioned(constraints: Sequence[ConstraintLike]) -> dict[int, ConstraintSpec]:
    return {
        getattr(constraint, "position", place): _spec(constraint)
        for place, constraint in enumerate(constraints)
        if getattr(constraint, "scope", "answer") != "reasoning"
    }


def _spec(constraint: ConstraintLike) -> ConstraintSpec:
    return ConstraintSpec(constraint.kind, constraint.kwargs)
