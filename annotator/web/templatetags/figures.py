"""Numbers as the screens write them."""

from django import template
from django.template.defaultfilters import floatformat

register = template.Library()


@register.filter
def coefficient(value: float) -> str:
    """-0.123 as `−0.12`, and what rounds to nothing without a sign."""
    shown = floatformat(abs(value), 2)
    return f"−{shown}" if value < 0 and shown != floatformat(0, 2) else shown


@register.filter
def percent(share: float) -> str:
    """0.614 as `61 %`."""
    return f"{floatformat(100 * share, 0)} %"


@register.filter
def p_value(p: float) -> str:
    """`p = 0.031`, or `p < 0.001` where more digits would say nothing."""
    return f"p < {floatformat(0.001, 3)}" if p < 0.001 else f"p = {floatformat(p, 3)}"
