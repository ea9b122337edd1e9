"""The checker base class, for the built-in families and for a study's own kinds.

A checker is made for one set of arguments and asked about variants. It decides (`obeys`) and, for the
variant that counts, explains (`explain`); the two are apart because a loose verdict may decide eight
times and explains once. Knows no kind, no registry.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.parameters import AT_LEAST, Parameter, checked
from annotator.constraints.safe_regex import PatternError, SafeRegex, guarded
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import ConstraintArgumentError, Span


class UndecidableError(Exception):
    """No verdict is possible; `reason` is a sentence without its full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was found in one variant; `spans` are offsets into that variant's text."""

    observed: str
    spans: Iterable[Span] = ()
    note: str = ""


class Checker(ABC):
    """Decides one kind of constraint. Subclasses set `kind`, `label` and `parameters`."""

    kind: ClassVar[str]
    label: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    random_where_missing: ClassVar[bool] = True
    disobeyed_by_blank: ClassVar[bool] = True
    """False for a kind that only a language model can judge: code then says nothing, not even of a blank text."""

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        """Takes checked and complete arguments; raises `ConstraintArgumentError` where they do not fit together."""
        del kwargs  # a kind without arguments has nothing to keep

    @classmethod
    def validate(cls, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments in canonical form, nulls dropped; raises `ConstraintArgumentError`."""
        values = checked(cls.kind, cls.parameters, kwargs)
        if cls.missing(values) is None:
            cls(values)
        return values

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        """The first argument without which nothing can be decided; an empty list says as little as none."""
        return next((p.name for p in cls.parameters if values.get(p.name) in (None, ())), None)

    @property
    @abstractmethod
    def required(self) -> str:
        """What is asked, short: "at least 400 words"."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What is asked, as a sentence without its full stop: "At least 400 words"."""

    @abstractmethod
    def obeys(self, variant: TextVariant) -> bool:
        """The official decision on a variant that is not blank; may raise `UndecidableError`."""

    @abstractmethod
    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        """What was found there, with the evidence and, for a violation, one sentence."""

    @classmethod
    def pattern(cls, argument: str, pattern: str, **flags: Any) -> SafeRegex:
        """A regular expression out of an argument; raises `ConstraintArgumentError` where it cannot be used."""
        try:
            return guarded(pattern, **flags)
        except PatternError as error:
            raise ConstraintArgumentError(cls.kind, argument, f"{error}") from None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`at least` or `less than` a number of things."""

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
        """The sentence of a violation: "312 words, at least 400 asked"; empty where the comparison holds."""
        if self.holds(number):
            return ""
        found = self.observed(number)
        if self._upwards:
            return msg("%(found)s, at least %(n)d asked", found=found, n=self.threshold)
        return msg("%(found)s, fewer than %(n)d asked", found=found, n=self.threshold)

    @property
    def _upwards(self) -> bool:
        return self.relation == AT_LEAST
