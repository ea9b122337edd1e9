"""Decisions on constraints: strict on the text, loose on its variants.

Owns the rules for every kind: a blank text obeys nothing; loose is obeyed if any variant obeys; where the official code
draws a random argument the verdict is unverifiable.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from annotator.constraints.checker import Checker, UndecidableError
from annotator.constraints.messages import joined, msg
from annotator.constraints.other_language import original
from annotator.constraints.registry import EntryPointError, checker_class
from annotator.constraints.safe_regex import PatternTimeoutError
from annotator.constraints.text_variants import Analysis, TextVariant
from annotator.constraints.time_budget import TimeIsUpError, seconds_left
from annotator.constraints.verdict import (
    MAX_SPANS,
    ConstraintArgumentError,
    ConstraintSpec,
    Decision,
    Span,
    UnknownKindError,
    Verdict,
)

_TIMEOUT = msg("a regular expression of the constraint ran out of time on this text")
_NO_TIME = msg("not checked: the time for this request was used up before")


def check(spec: ConstraintSpec, text: str, *, prompt: str = "") -> Decision:
    """Decide one constraint on one text. Never raises: where a kind is not installed, it cannot be verified."""
    return check_all([spec], text, prompt=prompt)[0]


def check_all(specs: Sequence[ConstraintSpec], text: str, *, prompt: str = "") -> list[Decision]:
    """Decide all constraints on one text, which is analysed once."""
    analysis = Analysis(text, prompt)
    return [_decision(spec, analysis) for spec in specs]


def strict_all(specs: Sequence[ConstraintSpec], text: str) -> list[bool | None]:
    """Return the strict decisions of `check_all` without their evidence, for code that tries many texts."""
    analysis = Analysis(text)
    return [_strictly_obeyed(spec, analysis) for spec in specs]


def checker_of(spec: ConstraintSpec) -> Checker | None:
    """Return the checker that decides a constraint, or None where it cannot be verified."""
    try:
        return _checker(spec)
    except UndecidableError:
        return None


def validate(kind: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in canonical form, null padding dropped.

    Raises `UnknownKindError` and `ConstraintArgumentError`. A missing argument is accepted: published data has such
    constraints, and their verdict is "unverifiable".
    """
    values = checker_class(kind).validate(kwargs)
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def title(kind: str, kwargs: Mapping[str, Any]) -> str:
    """Return the constraint as a sentence for people; its label, or kind, where it cannot be verified."""
    if constraint := original(kind, kwargs):
        return msg("%(title)s (cannot be verified)", title=title(*constraint))
    try:
        checker = checker_class(kind)
    except UnknownKindError:
        return msg("%(title)s (cannot be verified)", title=kind)
    try:
        return _instantiate(checker, kwargs).title
    except UndecidableError:
        return msg("%(title)s (cannot be verified)", title=checker.label)


def _checker(spec: ConstraintSpec) -> Checker:
    """Construct the checker of a constraint; raises `UndecidableError` where there is none or it cannot be used."""
    if seconds_left() <= 0:
        raise UndecidableError(_NO_TIME)
    try:
        checker = checker_class(spec.kind)
    except EntryPointError as error:
        raise UndecidableError(str(error)) from None
    except UnknownKindError:
        raise UndecidableError(msg("no checker is installed for %(kind)s", kind=spec.kind)) from None
    return _instantiate(checker, spec.kwargs)


def _instantiate(checker: type[Checker], kwargs: Mapping[str, Any]) -> Checker:
    """Construct the checker; raises `UndecidableError` where an argument is missing or wrong."""
    try:
        values = checker.arguments(kwargs)
        missing = checker.missing(values)
        if missing is None:
            return checker(values)
    except ConstraintArgumentError as error:
        raise UndecidableError(str(error)) from None
    except TimeIsUpError:
        raise UndecidableError(_NO_TIME) from None
    if checker.random_where_missing:
        raise UndecidableError(
            msg("argument %(name)r is missing, for which the official checker draws a random value", name=missing)
        )
    raise UndecidableError(msg("argument %(name)r is missing", name=missing))


def _strictly_obeyed(spec: ConstraintSpec, analysis: Analysis) -> bool | None:
    checker = checker_of(spec)
    if checker is None:
        return None
    if analysis.original.blank and checker.disobeyed_by_blank:
        return False
    analysis.clock.start()
    try:
        return checker.obeys(analysis.original)
    except (UndecidableError, PatternTimeoutError):
        return None


def _decision(spec: ConstraintSpec, analysis: Analysis) -> Decision:
    try:
        checker = _checker(spec)
    except UndecidableError as error:
        unknown = Verdict(None, msg("not checked"), msg("cannot be told"), note=error.reason)
        return Decision(spec.kind, unknown, unknown)
    analysis.clock.start()
    strict = _verdict(checker, analysis.original, analysis)
    if strict.obeyed is not False or analysis.original.blank:
        return Decision(spec.kind, strict, strict)
    return _violation(spec.kind, checker, strict, analysis)


def _violation(kind: str, checker: Checker, strict: Verdict, analysis: Analysis) -> Decision:
    """Return the decision whose loose verdict is that of the first variant that obeys; the strict one where none does.

    The strict verdict then says what stands in its way.
    """
    undecided = None
    for variant in analysis.loose_variants:
        if seconds_left() <= 0:
            undecided = undecided or Verdict(None, msg("undecided"), checker.required, note=_NO_TIME)
            break
        try:
            if checker.obeys(variant):
                near = msg("without %(what)s it is obeyed", what=variant.removed)
                noted = replace(strict, note=joined(strict.note, near))
                return Decision(kind, noted, _explained(checker, variant, True, analysis))
        except (UndecidableError, PatternTimeoutError) as error:
            undecided = undecided or _unverifiable(checker, error)
    return Decision(kind, strict, undecided or strict)


def _verdict(checker: Checker, variant: TextVariant, analysis: Analysis) -> Verdict:
    if variant.blank and checker.disobeyed_by_blank:
        return Verdict(False, msg("a blank text"), checker.required, note=msg("the text is blank, which obeys nothing"))
    try:
        return _explained(checker, variant, checker.obeys(variant), analysis)
    except (UndecidableError, PatternTimeoutError) as error:
        return _unverifiable(checker, error)


def _unverifiable(checker: Checker, error: Exception) -> Verdict:
    timeout = _TIMEOUT if seconds_left() > 0 else _NO_TIME
    reason = error.reason if isinstance(error, UndecidableError) else timeout
    return Verdict(None, msg("undecided"), checker.required, note=reason)


def _explained(checker: Checker, variant: TextVariant, obeyed: bool, analysis: Analysis) -> Verdict:
    explanation = checker.explain(variant, obeyed, analysis.prompt)
    without = msg("obeyed without %(what)s", what=variant.removed) if variant.removed else ""
    return Verdict(
        obeyed=obeyed,
        observed=explanation.observed,
        required=checker.required,
        spans=_evidence(explanation.spans, variant),
        note=joined(without, explanation.note),
    )


def _evidence(spans: Iterable[Span], variant: TextVariant) -> tuple[Span, ...]:
    """Return at most `MAX_SPANS` non-empty spans, sorted, as offsets into the original text."""
    kept = sorted({span for span in spans if span[0] < span[1]})[:MAX_SPANS]
    return tuple(variant.original_span(span) for span in kept)
