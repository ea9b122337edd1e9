"""Base classes of IFBench's checkers: one look at a text gives the decision and its evidence together.

Owns how a finding becomes an explanation, and two findings that many kinds share. Knows no kind.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.messages import Unit, amount, msg, sentence
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """The decision on one text variant with its evidence."""

    obeyed: bool
    observed: str
    spans: Iterable[Span] = ()  # may be lazy: the decision alone is needed up to eight times
    note: str = ""  # one sentence for a violation, or an oddity of the official rule


class FindingChecker(Checker):
    """A checker that decides and explains in one method, `find`."""

    @abstractmethod
    def find(self, variant: TextVariant) -> Finding:
        """Decide a variant that is not blank; may raise `UndecidableError`."""

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.find(variant).obeyed

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        finding = self.find(variant)
        return Explanation(finding.observed, finding.spans, finding.note)


class FixedChecker(FindingChecker):
    """A checker of a kind without arguments, whose requirement is always the same phrase."""

    requirement: ClassVar[str]

    @property
    def required(self) -> str:
        return self.requirement


def none_allowed(offending: Sequence[Span], unit: Unit) -> Finding:
    """Return the finding of a kind that is obeyed where nothing offends."""
    observed = amount(len(offending), unit)
    note = msg("%(found)s, none allowed", found=observed) if offending else ""
    return Finding(not offending, observed, offending, note)


def compared(count: int, comparison: Comparison, spans: Iterable[Span]) -> Finding:
    """Return the finding of a kind that compares a count with a threshold."""
    return Finding(comparison.holds(count), comparison.observed(count), spans, comparison.note(count))
