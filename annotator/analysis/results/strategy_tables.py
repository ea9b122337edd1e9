"""Tables of strategies: baselines, comparisons with their statistics, gap to the oracle."""

from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from annotator.analysis.results.run_cells import heads, names, whole_cells, whole_heads
from annotator.analysis.results.run_values import Recovered
from annotator.analysis.results.table_values import (
    Cell,
    Column,
    Table,
    amount,
    linked,
    number,
    p_value,
    percent,
    points,
    times,
    word,
)
from annotator.analysis.results.values import Comparison, ModelBaselines, RunResult, StudyResults

_DASH = Cell(None, "–", numeric=True)


def strategy_tables(results: StudyResults) -> list[Table]:
    """Return the tables, also without rows."""
    return [_strategies(results), _baselines(results), _recovered(results), _effects(results)]


def _strategies(results: StudyResults) -> Table:
    return Table(
        "strategies",
        _("Strategies against never reasoning, always reasoning and the oracle"),
        [
            *heads(),
            Column("n", _("Prompts")),
            Column("better", _("Better than never")),
            Column("worse", _("Worse than never")),
            Column("swaps", _("Swaps")),
            Column("never", _("Against never, points")),
            Column("p", _("p")),
            Column("adjusted", _("p, Holm")),
            Column("always", _("Against always, points")),
            Column("oracle", _("Against the oracle, points")),
            *whole_heads(),
            Column("trained_on", _("Prompts of its router’s training")),
            Column("bound", _("Fair")),
        ],
        [_strategy_row(run, results) for run in results.runs if run.never or run.always],
        note=_(
            "Prompts whose every constraint is obeyed, loose, on the prompts that both runs answered. The oracle takes "
            "the better of the two baselines prompt by prompt. A bound was shown what the checkers found."
        ),
    )


def _strategy_row(run: RunResult, results: StudyResults) -> list[Cell]:
    never = run.never
    # The study's own pair has cases, which the flips open; of another run they open the run.
    compared = replace(never, adjusted=None) if never else None
    is_pair = run.run_id == results.second_run and compared == results.pair.all
    row = [
        *names(run),
        amount(never.n if never else None),
        amount(never.only_second if never else None, {"obeyed_by": "second"} if is_pair else None),
        amount(never.only_first if never else None, {"obeyed_by": "first"} if is_pair else None),
        amount(never.swaps if never else None),
        _difference(never),
        p_value(never.p_value if never else None),
        p_value(never.adjusted if never else None),
        _difference(run.always),
        _difference(run.oracle),
        *whole_cells(run),
        amount(run.trained_on) if run.trained_on is not None else _DASH,
        Cell(run.uses_checkers, _("a bound") if run.uses_checkers else _("yes")),
    ]
    return linked(row, run=run.run_id)


def _difference(compared: Comparison | None) -> Cell:
    return points(compared.prompts) if compared else _DASH


def _baselines(results: StudyResults) -> Table:
    runs = {run.run_id: run for run in results.runs}
    return Table(
        "baselines",
        _("Baselines of each model"),
        [
            Column("model", _("Language model")),
            Column("never", _("Never reasons, %")),
            Column("always", _("Always reasons, %")),
            Column("oracle", _("Oracle, %")),
            Column("n", _("Prompts")),
            Column("never_truncated", _("No whole answer: never")),
            Column("always_truncated", _("No whole answer: always")),
        ],
        [_baseline_row(row, runs[row.never_run], runs[row.always_run]) for row in results.baselines],
        note=_("Prompts whose every constraint is obeyed, loose, on the prompts that both baselines answered."),
    )


def _baseline_row(row: ModelBaselines, never: RunResult, always: RunResult) -> list[Cell]:
    cells = [
        word(row.language_model),
        percent(row.never),
        percent(row.always, run=row.always_run),
        percent(row.oracle),
        amount(row.oracle.n),
        amount(never.completeness.truncated),
        amount(always.completeness.truncated, run=row.always_run),
    ]
    return linked(cells, run=row.never_run)


def _recovered(results: StudyResults) -> Table:
    return Table(
        "recovered",
        _("How much of the gap to the oracle each strategy recovers"),
        [
            *heads(),
            Column("n", _("Prompts")),
            Column("never", _("Never reasons, %")),
            Column("always", _("Always reasons, %")),
            Column("oracle", _("Oracle, %")),
            Column("own", _("This run, %")),
            Column("over_best", _("Over the better baseline, points")),
            Column("recovered", _("Gap recovered, %")),
            Column("from_never", _("Of the way from never, %")),
            Column("apgr", _("APGR, %")),
            *whole_heads(),
        ],
        [_recovered_row(run, run.recovered) for run in results.runs if run.recovered],
        note=_(
            "On the prompts that the run and both baselines of its model answered; 10,000 paired resamples. Gap "
            "recovered: from the better baseline (0) to the oracle (100); below 0 the run is worse than that baseline, "
            "and above 100 better than any choice between the two. APGR: the mean over all shares of reasoning, where "
            "the strategy decided by a probability; 50 is a ranking without information."
        ),
    )


def _recovered_row(run: RunResult, way: Recovered) -> list[Cell]:
    row = [
        *names(run),
        amount(way.own.n),
        *(percent(share) for share in (way.never, way.always, way.oracle, way.own)),
        points(way.over_best),
        percent(way.recovered),
        percent(way.from_never),
        percent(way.apgr) if way.apgr else _DASH,
        *whole_cells(run),
    ]
    return linked(row, run=run.run_id)


def _effects(results: StudyResults) -> Table:
    return Table(
        "effects",
        _("Every comparison with its intervals, tests and effect sizes"),
        [
            *heads(),
            Column("against", _("Against")),
            Column("n", _("Prompts")),
            Column("better", _("Better")),
            Column("worse", _("Worse")),
            Column("swaps", _("Swaps")),
            Column("prompts", _("Prompts, points (Tango)")),
            Column("newcombe", _("Prompts, points (Newcombe)")),
            Column("constraints", _("Constraints, points")),
            Column("cohen_h", _("Cohen’s h")),
            Column("odds", _("Better for each worse")),
            Column("p", _("p")),
            Column("mid_p", _("mid-p")),
        ],
        [_effect_row(run, against, compared) for run in results.runs for against, compared in _comparisons(run)],
        note=_(
            "Loose, paired on the prompts that both answered. As treated: only prompts on which this run really "
            "reasoned and the one that never reasons did not. Cohen’s h of 0.2 is small, 0.5 medium, 0.8 large; it "
            "does not use the pairing. The p-values of this table are not adjusted."
        ),
    )


def _comparisons(run: RunResult) -> Iterator[tuple[str, Comparison]]:
    named = {
        _("never reasoning"): run.never,
        _("never reasoning, as treated"): run.treated,
        _("always reasoning"): run.always,
        _("the oracle"): run.oracle,
    }
    for against, compared in named.items():
        if compared:
            yield against, compared


def _effect_row(run: RunResult, against: str, compared: Comparison) -> list[Cell]:
    row = [
        *names(run),
        word(against),
        amount(compared.n),
        amount(compared.only_second),
        amount(compared.only_first),
        amount(compared.swaps),
        points(compared.prompts),
        points(compared.newcombe),
        points(compared.constraints),
        number(compared.cohen_h, digits=2),
        times(compared.odds),
        p_value(compared.p_value),
        p_value(compared.mid_p),
    ]
    return linked(row, run=run.run_id)
