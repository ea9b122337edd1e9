"""Charts of the results page, with words in the reader's language.

Each belongs to the table of its name.
"""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from annotator.analysis.charts import (
    Amount,
    Dumbbell,
    Interval,
    Spec,
    amount_chart,
    dumbbell_chart,
    interval_chart,
)
from annotator.analysis.results.values import ModelBaselines, RunResult, StudyResults
from annotator.statistics.estimates import Estimate
from annotator.web.labels import label_for, role_name

_LABEL_OUTCOMES = {"helped": "helped", "hurt": "hurt", "no_difference": "tie"}
"""The labels that a chart shows, each with the outcome whose colour it has."""


def results_charts(results: StudyResults) -> Mapping[str, Spec]:
    """Return the charts that have something to draw, by the slug of their table."""
    drawn = {name: draw(results) for name, draw in _CHARTS.items()}
    return {name: spec for name, spec in drawn.items() if spec is not None}


def _comparison(results: StudyResults) -> Spec | None:
    """The first run's accuracy to the second's."""
    runs = {run.run_id: run for run in results.runs}
    first, second = (_loose(runs[pk], results.scope) for pk in (results.first_run, results.second_run))
    if first is None or second is None or first.value is None or second.value is None:
        return None
    names = (role_name(results.first_role), role_name(results.second_role))
    return dumbbell_chart(
        [Dumbbell(results.dataset, 100 * first.value, 100 * second.value, *names)], title=_obeying_prompts()
    )


def _baselines(results: StudyResults) -> Spec | None:
    rows = [row for row in map(_dumbbell, results.baselines) if row]
    return dumbbell_chart(rows, title=_obeying_prompts()) if rows else None


def _dumbbell(row: ModelBaselines) -> Dumbbell | None:
    if row.never.value is None or row.always.value is None:
        return None
    ends = (100 * row.never.value, 100 * row.always.value)
    return Dumbbell(row.language_model, *ends, _("never reasons"), _("always reasons"))


def _strategies(results: StudyResults) -> Spec | None:
    intervals: Sequence[Interval] = [
        Interval(row=_row(run, results), low=100 * low, value=100 * value, high=100 * high)
        for run in results.runs
        if run.never
        and (value := run.never.prompts.value) is not None
        and (low := run.never.prompts.low) is not None
        and (high := run.never.prompts.high) is not None
    ]
    title = _("points against never reasoning, prompts whose every constraint is obeyed")
    return interval_chart(intervals, title=title, between=(0, 0)) if intervals else None


def _kinds(results: StudyResults) -> Spec | None:
    amounts = [
        Amount(row=part.name, outcome=outcome, words=words, n=n)
        for part in results.pair.kinds
        for outcome, words, n in (("helped", _("gained"), part.gained), ("hurt", _("lost"), part.lost))
        if part.gained or part.lost
    ]
    return amount_chart(amounts, title=_("cases")) if amounts else None


def _lengths(results: StudyResults) -> Spec | None:
    amounts = [
        Amount(
            row=_("%(low)s to %(high)s characters") % {"low": f"{part.low:,}", "high": f"{part.high:,}"},
            outcome=outcome,
            words=label_for("outcome", outcome),
            n=part.outcomes[outcome],
        )
        for part in results.pair.lengths
        for outcome in ("helped", "hurt")
    ]
    return amount_chart(amounts, title=_("cases")) if amounts else None


def _patterns(results: StudyResults) -> Spec | None:
    amounts = [
        Amount(row=part.name, outcome=outcome, words=label_for("label", label), n=part.labels[label])
        for part in results.pair.patterns
        for label, outcome in _LABEL_OUTCOMES.items()
        if any(part.labels.values())
    ]
    return amount_chart(amounts, title=_("cases")) if amounts else None


def _row(run: RunResult, results: StudyResults) -> str:
    """Strategy and number of a run, and its model where there are several."""
    several = len({run.language_model for run in results.runs}) > 1
    bound = _(", a bound") if run.uses_checkers else ""
    name = f"{label_for('strategy', run.strategy)} ({run.run_id}{bound})"
    return f"{run.language_model}: {name}" if several else name


def _loose(run: RunResult, scope: str) -> Estimate | None:
    found = run.scope(scope)
    return found.loose.prompts if found else None


def _obeying_prompts() -> str:
    return _("prompts whose every constraint is obeyed, %")


_CHARTS: Mapping[str, Callable[[StudyResults], Spec | None]] = {
    "comparison": _comparison,
    "strategies": _strategies,
    "baselines": _baselines,
    "kinds": _kinds,
    "lengths": _lengths,
    "patterns": _patterns,
}
