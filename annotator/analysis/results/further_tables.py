"""Tables of repeats, of published figures beside ours, and of judged statistics of ComplexBench."""

from django.utils.translation import gettext as _

from annotator.analysis.results.run_cells import heads, names
from annotator.analysis.results.table_values import Cell, Column, Table, amount, number, percent, share, word
from annotator.analysis.results.values import RepeatVariance, RunResult, StudyResults
from annotator.statistics.estimates import Estimate


def further_tables(results: StudyResults) -> list[Table]:
    """Return the tables, also without rows."""
    return [_repeats(results), _published(results), _judged(results)]


def _repeats(results: StudyResults) -> Table:
    return Table(
        "repeats",
        _("Repeats of sampled runs: how much chance is in one sample"),
        [
            *heads(),
            Column("samples", _("Samples")),
            Column("n", _("Prompts")),
            Column("mean", _("Prompts, loose %")),
            Column("item_share", _("Variance between prompts, %")),
            Column("error_of_one", _("Standard error of one sample, points")),
            Column("error", _("Standard error of all samples, points")),
        ],
        [_repeat_row(run, run.variance) for run in results.runs if run.variance],
        note=_(
            "The variance of a prompt’s result is split into that between prompts and that between the samples of a "
            "prompt. More samples make only the second smaller; for the first there must be more prompts."
        ),
    )


def _repeat_row(run: RunResult, variance: RepeatVariance) -> list[Cell]:
    shares = (variance.mean, variance.item_share, variance.error_of_one, variance.error)
    return [
        *names(run),
        amount(variance.samples, run=run.run_id),
        amount(variance.prompts, run=run.run_id),
        *(number(None if value is None else 100 * value) for value in shares),
    ]


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
