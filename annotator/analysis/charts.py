"""Charts as Vega-Lite specifications, validated by Altair, which loads on first use.

The browser draws them (docs/design/charts.md). Colours are CSS variables of the page, so that a chart follows the
theme; shape, text or position repeats what a colour says. It does not know where the rows come from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.utils.translation import gettext as _

from annotator.analysis.progress import Bucket

if TYPE_CHECKING:
    import altair

Spec = dict[str, Any]
"""A Vega-Lite specification, ready for JSON."""

OUTCOME_COLOURS = {
    "helped": "var(--obeyed)",
    "hurt": "var(--violated)",
    "tie": "var(--soft)",
    "no_answer": "var(--edge)",
}
_ROW_PX, _BAR_PX, _POINT_PX, _AXES_PX = 24, 13, 6, 40
_TICKS = 5
_CALENDAR = {
    "hour": ("yearmonthdatehours", "%m-%d %H:00", "%Y-%m-%d %H:00"),
    "day": ("utcyearmonthdate", "%m-%d", "%Y-%m-%d"),
}
"""Vega's time unit, the format of the axis, and that of a tooltip: digits alone, which need no translation."""

_FIT = {"type": "fit-x", "contains": "padding"}


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval, in a row of the chart and, if rows have several, in one series."""

    row: str
    low: float
    value: float
    high: float
    series: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """A count `n` in a row of the chart, for one outcome, which is written as `words`."""

    row: str
    outcome: str
    words: str
    n: int


@dataclass(frozen=True, slots=True)
class Dumbbell:
    """Two values in one row of the chart, with the name of each."""

    row: str
    first: float
    second: float
    first_name: str
    second_name: str


def throughput_chart(buckets: Sequence[Bucket], unit: Literal["hour", "day"]) -> Spec:
    """Draw a bar for each hour, in the reader's time zone, or for each day of the server's calendar."""
    import altair as alt

    time_unit, ticks, tooltip_format = _CALENDAR[unit]
    values = [{"start": _moment(bucket.start, unit), "n": bucket.annotations} for bucket in buckets]
    x = alt.X("start:T", timeUnit=time_unit, title=None, axis=alt.Axis(grid=False, format=ticks, tickCount=6))
    y = alt.Y("n:Q", title=_("annotations"), axis=alt.Axis(tickMinStep=1, tickCount=4, format="d"))
    tooltip = [
        alt.Tooltip("start:T", timeUnit=time_unit, format=tooltip_format, title=_("from")),
        alt.Tooltip("n:Q", title=_("annotations")),
    ]
    bars = alt.Chart(inline(values)).mark_bar(color="var(--accent)").encode(x=x, y=y, tooltip=tooltip)
    return styled(bars, height=150)


def pattern_chart(amounts: Sequence[Amount]) -> Spec:
    """Draw how many annotations gave each pattern, by outcome."""
    return amount_chart(amounts, title=_("annotations"))


def amount_chart(amounts: Sequence[Amount], *, title: str) -> Spec:
    """Draw a bar for each row and outcome, with the outcome and count written at its end."""
    import altair as alt

    rows, outcomes = _distinct(amount.row for amount in amounts), _distinct(amount.outcome for amount in amounts)
    colours = alt.Scale(domain=outcomes, range=[OUTCOME_COLOURS[outcome] for outcome in outcomes])
    largest = max(1, *(amount.n for amount in amounts))
    scale = alt.Scale(domainMax=1.3 * largest, nice=False)  # leaves space for the text at the ends
    base = alt.Chart(inline([{**asdict(amount), "end": f"{amount.words} {amount.n}"} for amount in amounts])).encode(
        x=alt.X("n:Q", title=title, axis=alt.Axis(**_whole_ticks(largest), format="d"), scale=scale),
        y=_rows(),
        yOffset=alt.YOffset("outcome:N", sort=outcomes),
    )
    bars = base.mark_bar().encode(color=alt.Color("outcome:N", scale=colours, legend=None))
    words = base.mark_text(align="left", dx=4, color="var(--soft)", fontSize=10).encode(text="end:N")
    return styled(bars + words, height=_AXES_PX + _BAR_PX * len(rows) * (len(outcomes) + 1))


def _whole_ticks(largest: int) -> dict[str, Any]:
    """Ticks at whole numbers: of few cases each has one, since halves would be written as the next whole number."""
    return {"values": list(range(largest + 1))} if largest <= _TICKS else {"tickCount": _TICKS, "tickMinStep": 1}


def dumbbell_chart(dumbbells: Sequence[Dumbbell], *, title: str) -> Spec:
    """Draw a line from the first value to the second, row by row; the ends differ in shape, and the legend names them.

    The line has the colour of the direction in which it goes.
    """
    import altair as alt

    names = _distinct(name for row in dumbbells for name in (row.first_name, row.second_name))
    lines = alt.Chart(inline([asdict(row) | {"outcome": _direction(row)} for row in dumbbells]))
    colours = alt.Scale(domain=["helped", "hurt", "tie"], range=[OUTCOME_COLOURS[o] for o in ("helped", "hurt", "tie")])
    x_axis = alt.Axis(tickCount=6)
    rules = lines.mark_rule(strokeWidth=3).encode(
        x=alt.X("first:Q", title=title, scale=alt.Scale(zero=False, padding=20), axis=x_axis),
        x2="second:Q",
        y=_rows(),
        color=alt.Color("outcome:N", scale=colours, legend=None),
    )
    ends = [
        {"row": row.row, "value": value, "name": name}
        for row in dumbbells
        for value, name in ((row.first, row.first_name), (row.second, row.second_name))
    ]
    shapes = alt.Scale(domain=names, range=(["circle", "diamond", "square", "triangle-up"] * len(names))[: len(names)])
    points = (
        alt.Chart(inline(ends))
        .mark_point(filled=True, size=90, color="var(--ink)", opacity=1)
        .encode(
            x=alt.X("value:Q", title=title),
            y=_rows(),
            shape=alt.Shape("name:N", scale=shapes, legend=alt.Legend(title=None, orient="top")),
            tooltip=[
                alt.Tooltip("row:N", title=" "),
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("value:Q", format=".1f"),
            ],
        )
    )
    return styled(rules + points, height=_AXES_PX + 2 * _ROW_PX + _ROW_PX * len(dumbbells))


def _direction(row: Dumbbell) -> str:
    return "tie" if row.first == row.second else "helped" if row.second > row.first else "hurt"


def interval_chart(intervals: Sequence[Interval], *, title: str, between: tuple[float, float] | None = None) -> Spec:
    """Draw a line from low to high with the value on it, row by row. Series differ in shape and place.

    `between` is a range that the scale includes in any case.
    """
    import altair as alt

    rows, series = (
        _distinct(interval.row for interval in intervals),
        _distinct(interval.series for interval in intervals),
    )
    domain = list(_widened(intervals, between)) if between else alt.Undefined
    scale = alt.Scale(domain=domain, padding=_POINT_PX if between else 0)
    base = alt.Chart(inline([asdict(interval) for interval in intervals])).encode(y=_rows())
    if len(series) > 1:
        base = base.encode(yOffset=alt.YOffset("series:N", sort=series))
    shapes = alt.Scale(domain=series, range=["circle", "diamond", "square"][: len(series)])
    legend = alt.Legend(title=None, orient="top") if len(series) > 1 else None
    tooltip = [
        alt.Tooltip("row:N", title=" "),
        *([alt.Tooltip("series:N", title=" ")] if len(series) > 1 else []),
        alt.Tooltip("low:Q", title=_("from"), format=".3~r"),
        alt.Tooltip("value:Q", title=_("value"), format=".3~r"),
        alt.Tooltip("high:Q", title=_("to"), format=".3~r"),
    ]
    lines = base.mark_rule(strokeWidth=2, stroke="var(--accent)", opacity=0.65).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6)), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, color="var(--accent)", opacity=1).encode(
        x=alt.X("value:Q", title=title, scale=scale),
        shape=alt.Shape("series:N", scale=shapes, legend=legend),
        tooltip=tooltip,
    )
    return styled(lines + points, height=_AXES_PX + _ROW_PX * len(rows) * len(series))


def _rows() -> "altair.Y":
    """The y axis, with rows in the order of the data."""
    import altair as alt

    return alt.Y("row:N", sort=None, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False))


def _distinct(values: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(values))


def _widened(intervals: Iterable[Interval], between: tuple[float, float]) -> tuple[float, float]:
    ends = [*between, *(end for interval in intervals for end in (interval.low, interval.high))]
    return min(ends), max(ends)


def _moment(start: datetime, unit: Literal["hour", "day"]) -> str:
    """ISO 8601: an hour with its time zone, shown in the reader's; a day as a date, the same for every reader."""
    return start.isoformat() if unit == "hour" else start.date().isoformat()


def inline(values: Sequence[dict[str, Any]]) -> "altair.InlineData":
    import altair as alt

    return alt.InlineData(values=list(values))


def styled(chart: "altair.Chart | altair.LayerChart", *, height: int) -> Spec:
    """Fit the chart to its container, in the page's colours, hidden from screen readers, which have the table."""
    soft, line = "var(--soft)", "var(--line)"
    spec: Spec = (
        chart.properties(width="container", height=height, autosize=_FIT, background="transparent")
        .configure(font="ui-sans-serif, system-ui, sans-serif", aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=soft,
            titleColor=soft,
            gridColor=line,
            domainColor=line,
            tickColor=line,
            titleFontWeight="normal",
            labelFontSize=11,
            titleFontSize=11,
        )
        .configure_axisY(labelLimit=260)
        .configure_legend(labelColor=soft, symbolFillColor=soft, labelFontSize=11)
        .to_dict()
    )
    return spec
