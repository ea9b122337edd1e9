"""Template filters of attention values: small numbers."""

from django import template
from django.template.defaultfilters import floatformat

register = template.Library()
_THOUSANDTHS = 1_000


@register.filter
def small(value: float) -> str:
    """0.00123 as `1.23`: thousandths, with a sign below zero; the heading says so."""
    shown = floatformat(abs(value) * _THOUSANDTHS, 2)
    return f"−{shown}" if value < 0 and shown != floatformat(0, 2) else shown
