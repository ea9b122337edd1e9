"""The checker base class, for the built-in families and for a study's own kinds.

A checker is constructed with the arguments of one constraint and applied to text variants. `obeys` decides; `explain`
gives the evidence. They are separate because a decision may call `obeys` eight times and `explain` at most twice. Knows
no kind and no registry.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.parameters import AT_LEAST, Parameter, checked
from annotator.constraints.safe_regex import PatternError, SafeRegex, compile_pattern
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import ConstraintArgumentError, Span


class UndecidableError(Exception):
    """Raised where no verdict is possible; `reason` is a sentence without its full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """The evidence for a decision on one variant."""

    observed: str  # what was counted or found: "312 words"
    spans: Iterable[Span] = ()  # offsets into the variant's text, in any order
    note: str = ""  # one sentence for a violation, or an oddity of the official rule


class Checker(ABC):
    """Decides one kind of constraint. Subclasses set `kind`, `label` and `parameters`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    random_where_missing: ClassVar[bool] = True
    """Whether the official code draws a random value for a missing argument; decides only the wording of the note."""
    disobeyed_by_blank: ClassVar[bool] = True
    """False for a kind that only a language model can judge: code then gives no verdict, even for a blank text."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        """Take checked and complete arguments; raises `ConstraintArgumentError` where they contradict each other."""
        del kwargs  # a kind without arguments has nothing to keep

    @classmethod
    def arguments(cls, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by their types, nulls dropped; raises `ConstraintArgumentError`."""
        return checked(cls.kind, cls.parameters, kwargs)

    @classmethod
    def validate(cls, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments in canonical form, nulls dropped; raises `ConstraintArgumentError`."""
        values = cls.arguments(kwargs)
        if cls.missing(values) is None:
            cls(values)
        return values

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        """Return the name of the first required argument that is absent; an empty list counts as absent."""
        return next((p.name for p in cls.parameters if values.get(p.name) in (None, ())), None)

    @property
    @abstractmethod
    def required(self) -> str:
        """The requirement as a phrase: "at least 400 words"."""

    @property
    @abstractmethod
    def title(self) -> str:
        """The requirement as a sentence without its full stop: "At least 400 words"."""

    @abstractmethod
    def obeys(self, variant: TextVariant) -> bool:
        """Decide a variant that is not blank, as the official code does; may raise `UndecidableError`."""

    @abstractmethod
    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        """Describe the decision `obeyed` on this variant; `prompt` is empty where it is not known."""

    @classmethod
    def pattern(cls, argument: str, pattern: str, **flags: Any) -> SafeRegex:
        """Compile a regular expression from an argument; raises `ConstraintArgumentError` where it cannot be used."""
        try:
            return compile_pattern(pattern, **flags)
        except PatternError as error:
            raise ConstraintArgumentError(cls.kind, argument, f"{error}") from None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A count compared with a threshold: `at least` or `less than`."""

    relation: str
    threshold: int
    unit: Unit

    def holds(self, number: int) -> bool:
        return number >= self.threshold if self._upwards else number < self.threshold

    @property
    def required(self) -> str:
        required = amount(self.threshold, self.unit)
        return (
            msg("at least %(amount)s", amount=required)
            if self._upwards
            else msg("fewer than %(amount)s", amount=required)
        )

    def observed(self, number: int) -> str:
        return amount(number, self.unit)

    def note(self, number: int) -> str:
        """Return the sentence for a violation, "312 words, at least 400 asked"; empty where the comparison holds."""
        if self.holds(number):
            return ""
        found = self.observed(number)
        if self._upwards:
            return msg("%(found)s, at least %(n)d asked", found=found, n=self.threshold)
        return msg("%(found)s, fewer than %(n)d asked", found=found, n=self.threshold)

    @property
    def _upwards(self) -> bool:
        return self.relation == AT_LEAST
