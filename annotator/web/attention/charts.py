"""Charts of constraint attention, with words in the reader's language."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from annotator.analysis.charts import OUTCOME_COLOURS, Spec
from annotator.analysis.curve_charts import CurvePoint, curve_chart
from annotator.web.labels import label_for

if TYPE_CHECKING:
    from annotator.analysis.attention.values import SeriesResult

_OUTCOMES = ("helped", "hurt", "tie")


def drop_chart(series: "SeriesResult") -> Spec | None:
    """The mean drop of each layer, by outcome; None where no case has one."""
    points = [
        CurvePoint(layer.layer, estimate.value, label_for("outcome", outcome), estimate.low, estimate.high)
        for outcome in _OUTCOMES
        for layer in series.layers
        if (estimate := layer.drops[outcome]).value is not None
    ]
    if not points:
        return None
    drawn = dict.fromkeys(point.series for point in points)
    colours = [OUTCOME_COLOURS[outcome] for outcome in _OUTCOMES if label_for("outcome", outcome) in drawn]
    return curve_chart(points, x=_("layer"), y=_("drop, first run less second"), reference=0, colours=colours)


def area_chart(series: "SeriesResult") -> Spec | None:
    """The area under the ROC curve of each layer, with its interval and the line at one half."""
    points = [
        CurvePoint(layer.layer, area.value, _("hurt against helped"), area.low, area.high)
        for layer in series.layers
        if (area := layer.area.area).value is not None
    ]
    return curve_chart(points, x=_("layer"), y=_("area under the ROC curve"), reference=0.5) if points else None


def step_chart(curves: Sequence[tuple[str, Sequence[float | None]]]) -> Spec | None:
    """The attention at each step of two answers, from step 1; None without any."""
    points = [
        CurvePoint(step, value, name)
        for name, values in curves
        for step, value in enumerate(values, 1)
        if value is not None
    ]
    return curve_chart(points, x=_("token of the answer"), y=_("attention to a constraint’s token")) if points else None
