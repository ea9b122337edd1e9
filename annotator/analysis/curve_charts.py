"""Charts of curves: values with their intervals along a number, such as the layer of a model.

Drawn as those of `charts`. Series differ in dash and shape as well as in colour.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from annotator.analysis.charts import Spec, inline, styled

_COLOURS = ("var(--accent)", "var(--violated)", "var(--obeyed)", "var(--soft)")
_DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3])
_SHAPES = ("circle", "diamond", "square", "triangle-up")
_HEIGHT_PX = 260


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A value at `x` of one series, with its interval where it has one."""

    x: float
    value: float
    series: str
    low: float | None = None
    high: float | None = None


def curve_chart(
    points: Sequence[CurvePoint],
    *,
    x: str,
    y: str,
    reference: float | None = None,
    colours: Sequence[str] = _COLOURS,
) -> Spec:
    """Draw a line for each series, its interval as a band, and a line at `reference`. `colours` are in their order."""
    import altair as alt

    series = list(dict.fromkeys(point.series for point in points))
    legend = alt.Legend(title=None, orient="top", symbolOpacity=1)  # one for colour, dash and shape together
    base = alt.Chart(inline([asdict(point) for point in points])).encode(
        x=alt.X("x:Q", title=x, axis=alt.Axis(tickMinStep=1, format="d", grid=False), scale=alt.Scale(nice=False)),
        color=alt.Color("series:N", sort=series, scale=_scale(series, colours), legend=legend),
    )
    value = alt.Y("value:Q", title=y, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=False))
    bands = base.transform_filter("isValid(datum.low)").mark_area(opacity=0.14)
    lines = base.mark_line(strokeWidth=2).encode(
        y=value, strokeDash=alt.StrokeDash("series:N", sort=series, scale=_scale(series, _DASHES), legend=legend)
    )
    marks = base.mark_point(filled=True, size=36, opacity=1).encode(
        y=value,
        shape=alt.Shape("series:N", sort=series, scale=_scale(series, _SHAPES), legend=legend),
        tooltip=[
            alt.Tooltip("series:N", title=" "),
            alt.Tooltip("x:Q", title=x, format="d"),
            *(
                alt.Tooltip(f"{name}:Q", title=title, format=".3~r")
                for name, title in (("low", _("from")), ("value", _("value")), ("high", _("to")))
            ),
        ],
    )
    layers = [lines, marks]
    if any(point.low is not None for point in points):
        layers.insert(0, bands.encode(y=alt.Y("low:Q", title=y), y2="high:Q"))
    if reference is not None:
        rule = alt.Chart(inline([{"at": reference}])).mark_rule(color="var(--edge)", strokeDash=[4, 4])
        layers.insert(0, rule.encode(y="at:Q"))
    return styled(alt.layer(*layers), height=_HEIGHT_PX)


def _scale(series: Sequence[str], values: Sequence[object]) -> "object":
    import altair as alt

    return alt.Scale(domain=list(series), range=list(values[: len(series)]))
