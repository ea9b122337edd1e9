"""Bounds of ComplexBench's statistics: every reply that could not be read counted as no, and as yes.

A share never falls when a mark turns from no to yes: what obeys stays so, and no dependent question fails by it. So
the two are bounds of every share, and their distance is the number of questions that hang on replies that could not be
read. The relative drop of coherence is no share: its two values are what the two countings give, and no bounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.constraints.complexbench.aggregation import MarkedInstance, Share, Statistics, aggregate


@dataclass(frozen=True, slots=True)
class Bounds:
    """The statistics with every unparsed mark as no, which is how the official code counts, and as yes."""

    all_no: Statistics
    all_yes: Statistics


@dataclass(frozen=True, slots=True)
class BoundedShare:
    """A share between its bounds; `undetermined` is how many of `total` hang on replies that could not be read."""

    obeyed: int
    undetermined: int
    total: int

    @classmethod
    def between(cls, all_no: Share, all_yes: Share) -> "BoundedShare":
        return cls(all_no.obeyed, all_yes.obeyed - all_no.obeyed, all_no.total)

    @property
    def determined(self) -> Share:
        """The share among what hangs on no such reply."""
        return Share(self.obeyed, self.total - self.undetermined)

    @property
    def all_no(self) -> Share:
        return Share(self.obeyed, self.total)

    @property
    def all_yes(self) -> Share:
        return Share(self.obeyed + self.undetermined, self.total)


def bound(marked: Sequence[MarkedInstance]) -> Bounds:
    """Compute the statistics of one model's marks twice: each unparsed mark as no, and as yes."""
    all_yes = [MarkedInstance(one.instance, tuple(mark is None or mark for mark in one.marks)) for one in marked]
    return Bounds(aggregate(marked), aggregate(all_yes))
