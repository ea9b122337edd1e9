"""Guards of a study's own kinds: whatever their code raises or returns costs only their own verdict.

`guarded` puts a study's checker behind a class that turns every error into `UndecidableError` and checks every value
that comes back, spans above all. Knows neither entry points nor the rule of any kind.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from operator import index
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Explanation, UndecidableError
from annotator.constraints.messages import Unit, amount, joined, msg
from annotator.constraints.safe_regex import PatternTimeoutError
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import ConstraintArgumentError, Span, UnknownKindError

FAILURES = (Exception, SystemExit)
"""What code of others may raise; an interrupt from the keyboard is ours."""

_MOST_SPANS = 10_000  # that are looked at; a verdict keeps fewer
_LONGEST_REASON = 300  # characters
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_FOREIGN_SPANS = Unit(
    "%(n)s span of the checker is no place in the text and is left out",
    "%(n)s spans of the checker are no places in the text and are left out",
)


class OwnKindError(UnknownKindError):
    """Raised where a study's own kind cannot check the arguments of a constraint."""

    def __init__(self, kind: str, reason: str) -> None:
        ValueError.__init__(self, reason)
        self.kind, self.brief = kind, reason


def reason_of(error: BaseException) -> str:
    """Return the type and the message of an error on one line."""
    words = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return storable(words[:_LONGEST_REASON])


def storable(text: Any) -> str:
    """Return a text that a database keeps; NUL characters and lone surrogates become U+FFFD."""
    if isinstance(text, str) and not _UNSTORABLE.search(text):
        return text  # perhaps a `Message`, which stays one
    return _UNSTORABLE.sub("\ufffd", str(text))


class GuardedChecker(Checker):
    """A study's checker behind a guard: its errors become `UndecidableError`, its values are checked.

    A subclass names the checker in `own`; `guarded` makes it.
    """

    own: ClassVar[type[Checker]]

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        with _failures_of(self.kind):
            self._checker = self.own(kwargs)

    @classmethod
    def arguments(cls, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        with _failures_of(cls.kind):
            return dict(cls.own.arguments(kwargs))

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        with _failures_of(cls.kind):
            name = cls.own.missing(values)
            return None if name is None else str(name)

    @classmethod
    def validate(cls, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            with _failures_of(cls.kind):
                values = dict(cls.own.validate(kwargs))
                json.dumps(values)
                return values
        except UndecidableError as error:
            raise OwnKindError(cls.kind, error.reason) from error

    @property
    def required(self) -> str:
        try:
            return storable(self._checker.required)
        except FAILURES:
            return msg("cannot be told")

    @property
    def title(self) -> str:
        try:
            return storable(self._checker.title)
        except FAILURES:
            return self.label

    def obeys(self, variant: TextVariant) -> bool:
        with _failures_of(self.kind):
            obeyed = self._checker.obeys(variant)
            if obeyed not in (True, False):
                raise TypeError(f"obeys() returned {type(obeyed).__name__}, neither true nor false")
            return bool(obeyed)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        try:
            with _failures_of(self.kind):
                return _checked(self._checker.explain(variant, obeyed, prompt), len(variant.text))
        except (UndecidableError, PatternTimeoutError) as error:
            return Explanation(msg("no evidence"), note=str(error) or msg("the evidence ran out of time"))


def guarded(own: type[Checker]) -> type[Checker]:
    """Return the guarded form of a study's checker, with its kind, label and parameters."""
    described = {
        "own": own,
        "kind": own.kind,
        "label": storable(getattr(own, "label", own.kind)),
        "parameters": own.parameters,
        "random_where_missing": own.random_where_missing,
        "disobeyed_by_blank": own.disobeyed_by_blank,
    }
    return type(own.__name__, (GuardedChecker,), described)


@contextmanager
def _failures_of(kind: str) -> Iterator[None]:
    try:
        yield
    except (UndecidableError, PatternTimeoutError, ConstraintArgumentError):
        raise  # these are meant
    except FAILURES as error:
        raise UndecidableError(
            msg("the checker of %(kind)s failed: %(problem)s", kind=kind, problem=reason_of(error))
        ) from error


def _checked(explanation: Any, length: int) -> Explanation:
    """Return the explanation with storable texts and with spans inside a text of this length."""
    if not isinstance(explanation, Explanation):
        raise TypeError(f"explain() returned {type(explanation).__name__}, no Explanation")
    spans = list(islice(explanation.spans, _MOST_SPANS))
    inside = [_plain(span) for span in spans if _is_inside(span, length)]
    lost = len(spans) - len(inside)
    note = joined(storable(explanation.note), amount(lost, _FOREIGN_SPANS) if lost else "")
    return Explanation(storable(explanation.observed), inside, note)


def _is_inside(span: Any, length: int) -> bool:
    try:
        start, end = _plain(span)
    except FAILURES:
        return False
    return 0 <= start <= end <= length


def _plain(span: Any) -> Span:
    """Return the two offsets as plain numbers; raises `TypeError` or `ValueError` where they are none."""
    start, end = span
    return index(start), index(end)
