"""Figures of a replication's report as text: a value with its 95 % interval in brackets."""

from annotator.statistics.estimates import Estimate

NONE = "–"


def percent(estimate: Estimate | None) -> str:
    """Return a share in percent."""
    return _text(estimate, times=100, form=".1f") if estimate and estimate.value is not None else NONE


def points(estimate: Estimate) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    return _text(estimate, times=100, form="+.1f") if estimate.value is not None else NONE


def thousandths(estimate: Estimate) -> str:
    """Return a drop of attention in thousandths, with its sign."""
    return _text(estimate, times=1000, form="+.2f") if estimate.value is not None else NONE


def coefficient(estimate: Estimate) -> str:
    """Return an area, or the reason why there is none."""
    return _text(estimate, times=1, form=".2f") if estimate.value is not None else estimate.status


def p_value(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _text(estimate: Estimate, *, times: float, form: str) -> str:
    value = format(times * (estimate.value or 0), form)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({format(times * estimate.low, form)} to {format(times * estimate.high, form)})"
