"""Template filters that format numbers."""

from django import template
from django.template.defaultfilters import floatformat

register = template.Library()


@register.filter
def coefficient(value: float) -> str:
    """-0.123 as `−0.12`; a value that rounds to zero has no sign."""
    shown = floatformat(abs(value), 2)
    return f"−{shown}" if value < 0 and shown != floatformat(0, 2) else shown


@register.filter
def percent(share: float) -> str:
    """0.614 as `61 %`."""
    return f"{floatformat(100 * share, 0)} %"


@register.filter
def tenths(share: float) -> str:
    """0.6142 as `61.4 %`."""
    return f"{floatformat(100 * share, 1)} %"


@register.filter
def p_value(p: float) -> str:
    """`p = 0.031`, or `p < 0.001` below that."""
    return f"p < {floatformat(0.001, 3)}" if p < 0.001 else f"p = {floatformat(p, 3)}"


@register.filter
def points(share: float) -> str:
    """-0.0213 as `2.1`: percentage points, without the sign."""
    return floatformat(abs(100 * share), 1)


@register.filter
def signed_points(share: float) -> str:
    """-0.0213 as `−2.1` and 0.03 as `+3.0`: percentage points; a value that rounds to zero has no sign."""
    shown = points(share)
    if shown == floatformat(0, 1):
        return shown
    return f"−{shown}" if share < 0 else f"+{shown}"


@register.filter
def dollars(amount: float | None) -> str:
    """0.00213 as `0.0021`, 12.345 as `12.35`; a dash where no price is known."""
    return "–" if amount is None else floatformat(amount, 2 if amount >= 1 else 4)
