"""Statistics of ComplexBench of a judged run, by each of its judges."""

from annotator.analysis.results.values import JudgedStatistics
from annotator.constraints.complexbench.aggregation import aggregate
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.selectors import JudgeOfRun, judges_of, marked_run


def judged_statistics(run: Run, scope: str) -> list[JudgedStatistics]:
    """Return DRFR in all and by composition, one for each judge; [] for a run that nobody judged."""
    return [_statistics(run, scope, judge) for judge in judges_of(run, scope)]


def _statistics(run: Run, scope: str, judge: JudgeOfRun) -> JudgedStatistics:
    try:
        marked = marked_run(run, scope, judge).marked
    except RunError as error:
        return JudgedStatistics(str(judge), (0, 0), {}, 0, problem=str(error))
    statistics = aggregate(marked)
    return JudgedStatistics(
        judge=str(judge),
        drfr=(statistics.drfr.obeyed, statistics.drfr.total),
        compositions={name: (share.obeyed, share.total) for name, share in statistics.by_composition.items()},
        unparsed=statistics.unparsed,
    )
