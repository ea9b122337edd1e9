"""Tables of published figures beside ours, and of judged statistics of ComplexBench."""

from django.utils.translation import gettext as _

from annotator.analysis.results.run_cells import heads, names
from annotator.analysis.results.table_values import Column, Table, amount, number, percent, share, word
from annotator.analysis.results.values import RunResult, StudyResults
from annotator.statistics.estimates import Estimate


def further_tables(results: StudyResults) -> list[Table]:
    """Return both tables, also without rows."""
    return [_published(results), _judged(results)]


def _published(results: StudyResults) -> Table:
    return Table(
        "published",
        _("Published figures of the same models, from other harnesses"),
        [
            *heads(),
            Column("ours", _("Constraints, loose %: ours")),
            Column("published", _("Published, %")),
            Column("source", _("Source")),
        ],
        [
            [
                *names(run),
                percent(_constraints(run, results.scope), run=run.run_id),
                number(figure.percent),
                word(figure.source),
            ]
            for run in results.runs
            for figure in run.published
        ],
        note=_("Published figures come without intervals, and with another harness, split rule and scope."),
    )


def _constraints(run: RunResult, scope: str) -> Estimate:
    found = run.scope(scope)
    return found.loose.constraints if found else Estimate.missing(0, "not enough data")


def _judged(results: StudyResults) -> Table:
    compositions = sorted({name for run in results.runs for judged in run.judged for name in judged.compositions})
    return Table(
        "complexbench",
        _("ComplexBench: requirements followed, with prerequisites applied"),
        [
            *heads(),
            Column("judge", _("Judge")),
            Column("drfr", _("DRFR, %")),
            *(Column(f"composition_{name.lower()}", name) for name in compositions),
            Column("unparsed", _("Unreadable replies")),
            Column("problem", _("Missing")),
        ],
        [
            [
                *names(run),
                word(judged.judge),
                share(*judged.drfr, run=run.run_id),
                *(share(*judged.compositions.get(name, (0, 0)), run=run.run_id) for name in compositions),
                amount(judged.unparsed, run=run.run_id),
                word(judged.problem),
            ]
            for run in results.runs
            for judged in run.judged
        ],
    )
