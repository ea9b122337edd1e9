"""Accuracies of IFEval: prompt and instruction level, strict and loose, and of each kind.

Pure; knows no files. Unverifiable constraints are counted separately and are in no denominator.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Share:
    """A share of obeyed among decided verdicts, and the number of unverifiable ones."""

    obeyed: int = 0
    decided: int = 0
    unverifiable: int = 0

    def add(self, obeyed: bool | None) -> None:
        """Count one verdict; None is unverifiable."""
        self.unverifiable += obeyed is None
        self.decided += obeyed is not None
        self.obeyed += obeyed is True

    def __str__(self) -> str:
        if not self.decided:
            return "nothing decided"
        return f"{self.obeyed}/{self.decided} {100 * self.obeyed / self.decided:6.2f} %"


@dataclass(slots=True)
class AccuracyShares:
    """The strict or the loose accuracies: by prompt, by constraint and by kind."""

    prompts: Share = field(default_factory=Share)
    constraints: Share = field(default_factory=Share)
    of_kind: dict[str, Share] = field(default_factory=lambda: defaultdict(Share))

    def add(self, kinds: Iterable[str], obeyed: list[bool | None]) -> None:
        """Count one prompt: violated by one violation; else unverifiable if one of its constraints is."""
        self.prompts.add(False if False in obeyed else None if None in obeyed else True)
        for kind, verdict in zip(kinds, obeyed, strict=True):
            self.constraints.add(verdict)
            self.of_kind[kind].add(verdict)


@dataclass(slots=True)
class Accuracies:
    """The strict and the loose accuracies of a file of responses."""

    strict: AccuracyShares = field(default_factory=AccuracyShares)
    loose: AccuracyShares = field(default_factory=AccuracyShares)

    def add(self, kinds: list[str], strict: list[bool | None], loose: list[bool | None]) -> None:
        """Count one prompt by its verdicts, in the order of its constraints."""
        self.strict.add(kinds, strict)
        self.loose.add(kinds, loose)

    def table(self) -> str:
        """Return the table for a terminal: the four accuracies, the unverifiable counts, and the kinds."""
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
