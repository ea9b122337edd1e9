"""Template tags of results: the words of a cell or head, and the link of a number to its cases or run."""

import re

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from annotator.analysis.results.table_values import Cell, Column, Table
from annotator.studies.models import Study
from annotator.web.labels import label_for
from annotator.web.marks.text_html import exact_html

register = template.Library()

_INTERVAL = re.compile(r"(\S+?) ?([(（].*)")
"""A value and its interval, in the parentheses of either language."""


@register.filter
def head_of(row_place: int, columns: list[Column]) -> str:
    """The words of the column at this place, counted from 0."""
    return head(columns[row_place])


@register.filter
def head(column: Column) -> str:
    """The words of a column's head."""
    title = label_for(column.family, column.title) if column.family else column.title
    return f"{title}{column.suffix}"


@register.filter
def numeric_in(place: int, table: Table) -> bool:
    """Whether the column at this place, counted from 0, has numbers."""
    return table.rows[0][place].numeric


@register.simple_tag
def cell(shown: Cell, study: Study) -> SafeString:
    """The text of a cell, with a link to the cases that it counts, else to its run."""
    text = label_for(shown.family, str(shown.value)) if shown.family else shown.text
    html = mark_safe(exact_html(text))  # noqa: S308 - escaped just here
    interval = _INTERVAL.match(text) if shown.wide else None
    if interval:
        html = format_html('{} <span class="ends">{}</span>', *interval.groups())
    if shown.cases:
        return format_html('<a href="{}?{}">{}</a>', reverse("study-cases", args=[study.slug]), shown.cases, html)
    if shown.run:
        return format_html('<a href="{}">{}</a>', reverse("run", args=[shown.run]), html)
    return html
