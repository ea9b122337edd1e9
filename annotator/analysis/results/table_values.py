"""Tables of results: the one form that the page and every format of a report are made from.

A cell has its raw value, for files that are computed with, and its text, for readers. Where the value counts cases,
`cases` is the query string of the case list that finds exactly those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from annotator.statistics.estimates import Estimate

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `family` names the list of screen labels in which a page finds the words of a stored value."""

    value: Value
    text: str
    cases: str = ""
    run: int | None = None
    family: str = ""
    estimate: Estimate | None = None
    numeric: bool = False

    @property
    def wide(self) -> bool:
        """Whether it has more than one number, so that a narrow screen needs a whole line for it."""
        return self.estimate is not None


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. `slug` names it in files; `family` is that of a title which is a stored value.

    `suffix` stands behind the title, whose words depend on the family.
    """

    slug: str
    title: str
    family: str = ""
    suffix: str = ""

    @property
    def text(self) -> str:
        """The head in reports, which show stored values as they are."""
        return f"{self.title}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of results. `note` says what a reader must know of its numbers."""

    slug: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


def word(value: str, *, family: str = "", run: int | None = None, cases: str = "") -> Cell:
    """A stored value or a name."""
    return Cell(value, value, family=family, run=run, cases=cases)


Filters = Mapping[str, str | int]
"""Filters of the case list that find what was counted."""


def amount(n: int | None, cases: Filters | None = None, *, run: int | None = None) -> Cell:
    """A count, a dash where there is none."""
    query = urlencode(cases) if cases and n is not None else ""
    return Cell(n, "–" if n is None else f"{n:,}", query, run, numeric=True)


def percent(estimate: Estimate, *, run: int | None = None) -> Cell:
    """A share with its interval, in percent."""
    return Cell(estimate.value, estimate_text(estimate), run=run, estimate=estimate, numeric=True)


def points(estimate: Estimate, *, cases: str = "") -> Cell:
    """A difference of two shares with its interval, in percentage points and with its sign."""
    text = estimate_text(estimate, signed=True)
    return Cell(estimate.value, text, cases=cases, estimate=estimate, numeric=True)


def times(estimate: Estimate) -> Cell:
    """A ratio with its interval, a dash where it has no value."""
    if estimate.value is None:
        return Cell(None, "–", estimate=estimate, numeric=True)
    text = decimal(estimate.value, digits=2)
    if estimate.low is not None and estimate.high is not None:
        ends = {"low": decimal(estimate.low, digits=2), "high": decimal(estimate.high, digits=2)}
        text = _("%(value)s (%(low)s to %(high)s)") % {"value": text, **ends}
    return Cell(estimate.value, text, estimate=estimate, numeric=True)


def share(part: int, total: int, cases: Filters | None = None, *, run: int | None = None) -> Cell:
    """A share without an interval, with its two counts."""
    text = f"{decimal(100 * part / total)} ({part:,}/{total:,})" if total else status_text("not enough data")
    return Cell(part / total if total else None, text, urlencode(cases or {}), run, numeric=True)


def number(value: float | None, *, digits: int = 1, run: int | None = None) -> Cell:
    """A measured number, a dash where it is unknown."""
    return Cell(value, "–" if value is None else decimal(value, digits=digits), run=run, numeric=True)


def linked(row: Sequence[Cell], *, cases: str = "", run: int | None = None) -> list[Cell]:
    """The row with its numbers linked to these cases, or to this run, where a number has no link of its own."""
    return [
        replace(cell, cases=cases, run=run)
        if cell.numeric and cell.value is not None and not cell.cases and cell.run is None
        else cell
        for cell in row
    ]


def p_value(p: float | None) -> Cell:
    """A p-value, a dash where there is none."""
    return Cell(p, "–" if p is None else p_text(p), numeric=True)


def status_text(status: str) -> str:
    """Return the reason, in words, why an estimate has no value."""
    return {"not enough data": _("not enough data"), "no variation": _("no variation")}.get(status, status)


def dollars(value: float | None, *, without: str) -> Cell:
    """An amount in US dollars, or the words that say why there is none."""
    return Cell(value, without if value is None else f"${decimal(value, digits=4)}", numeric=True)


def scope_text(scope: str) -> str:
    """Return the scope of the verdicts, in words."""
    return {"answer": _("answer"), "completion": _("whole completion"), "reasoning": _("reasoning")}.get(scope, scope)


def estimate_text(estimate: Estimate, *, signed: bool = False) -> str:
    """`61.4 (58.0 to 64.9)` in percent, or the reason why there is no value."""
    if estimate.value is None:
        return status_text(estimate.status)
    text = decimal(100 * estimate.value, signed=signed)
    if estimate.low is None or estimate.high is None:
        return text
    low, high = (decimal(100 * end, signed=signed) for end in (estimate.low, estimate.high))
    return _("%(value)s (%(low)s to %(high)s)") % {"value": text, "low": low, "high": high}


def decimal(value: float, *, digits: int = 1, signed: bool = False) -> str:
    """A number with a true minus sign; one that rounds to zero has no sign."""
    shown = f"{abs(value):,.{digits}f}"
    if float(shown.replace(",", "")) == 0:
        return shown
    return f"−{shown}" if value < 0 else f"+{shown}" if signed else shown


def p_text(p: float) -> str:
    """`0.031`, or `< 0.001` below that."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"
