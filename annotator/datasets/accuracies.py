"""Counts verdicts into the four accuracies of IFEval and the accuracy of each kind.

Pure; knows no files.

What cannot be verified is counted apart and stands in no denominator: "not judged" is not "no".
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Share:
    """How many of the decided ones obeyed, and how many could not be decided."""

    obeyed: int = 0
    decided: int = 0
    unverifiable: int = 0

    def add(self, obeyed: bool | None) -> None:
        self.unverifiable += obeyed is None
        self.decided += obeyed is not None
        self.obeyed += obeyed is True

    def __str__(self) -> str:
        if not self.decided:
            return "nothing decided"
        return f"{self.obeyed}/{self.decided} {100 * self.obeyed / self.decided:6.2f} %"


@dataclass(slots=True)
class AccuracyShares:
    """One of the two readings, strict or loose: by prompt, by constraint and by kind."""

    prompts: Share = field(default_factory=Share)
    constraints: Share = field(default_factory=Share)
    of_kind: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))

    def add(self, kinds: Iterable[str], obeyed: list[bool | None]) -> None:
        """Count one prompt. One violation decides a prompt; without one, an unverifiable constraint leaves it open."""
        self.prompts.add(False if False in obeyed else None if None in obeyed else True)
        for kind, verdict in zip(kinds, obeyed, strict=True):
            self.constraints.add(verdict)
            self.of_kind[kind].add(verdict)


@dataclass(slots=True)
class Accuracies:
    """Both readings of everything that was verified."""

    strict: AccuracyShares = field(default_factory=AccuracyShares)
    loose: AccuracyShares = field(default_factory=AccuracyShares)

    def add(self, kinds: list[str], strict: list[bool | None], loose: list[bool | None]) -> None:
        self.strict.add(kinds, strict)
        self.loose.add(kinds, loose)

    def table(self) -> str:
        """For a terminal: the four accuracies, what could not be verified, and the kinds."""
        rows = [("", "strict", "loose")]
        rows.append(("prompt level", str(self.strict.prompts), str(self.loose.prompts)))
        rows.append(("instruction level", str(self.strict.constraints), str(self.loose.constraints)))
        if self.strict.constraints.unverifiable:
            rows.append(("unverifiable prompts", *self._unverifiable("prompts")))
            rows.append(("unverifiable constraints", *self._unverifiable("constraints")))
        rows.append(("", "", ""))
        rows += [(kind, str(self.strict.of_kind[kind]), str(self.loose.of_kind[kind])) for kind in self._kinds()]
        return _aligned(rows)

    def _unverifiable(self, level: str) -> tuple[str, str]:
        strict, loose = getattr(self.strict, level), getattr(self.loose, level)
        return str(strict.unverifiable), str(loose.unverifiable)

    def _kinds(self) -> list[str]:
        return sorted(self.strict.of_kind)


def _aligned(rows: list[tuple[str, str, str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = (f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c:>{widths[2]}}".rstrip() for a, b, c in rows)
    return "\n".join(lines)
