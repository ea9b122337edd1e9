"""Statistics of ComplexBench of a judged run, by each of its judges."""

from collections.abc import Mapping

from annotator.analysis.results.run_values import JudgedStatistics
from annotator.constraints.complexbench.aggregation import Share, aggregate
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import JudgeOfRun, judges_of, marked_run


def judged_statistics(run: Run, scope: str) -> list[JudgedStatistics]:
    """Return the statistics by each judge; [] for a run that nobody judged, or over another dataset than ComplexBench.

    Another dataset may have questions for a judge too, but no instances with prerequisites.
    """
    if run.dataset.format != "complexbench":
        return []
    return [_statistics(run, scope, judge) for judge in judges_of(run, scope)]


def _statistics(run: Run, scope: str, judge: JudgeOfRun) -> JudgedStatistics:
    try:
        marked = marked_run(run, scope, judge).marked
    except RunError as error:
        return JudgedStatistics(str(judge), (0, 0), {}, {}, {}, 0, problem=str(error))
    statistics = aggregate(marked)
    return JudgedStatistics(
        judge=str(judge),
        drfr=_counts(statistics.drfr),
        compositions=_all_counts(statistics.by_composition),
        dimensions=_all_counts(statistics.by_dimension_group),
        coherent={
            "single": _counts(statistics.single_selection.coherent),
            "multiple": _counts(statistics.multiple_selection.coherent),
        },
        unparsed=statistics.unparsed,
    )


def _counts(share: Share) -> tuple[int, int]:
    return share.obeyed, share.total


def _all_counts(shares: Mapping[str, Share]) -> dict[str, tuple[int, int]]:
    return {name: _counts(share) for name, share in shares.items()}
