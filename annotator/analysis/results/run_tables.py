"""Tables of the runs: accuracies, scopes, strategies, baselines, completeness."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from annotator.analysis.results.further_tables import further_tables
from annotator.analysis.results.run_cells import heads, names
from annotator.analysis.results.table_values import (
    Cell,
    Column,
    Table,
    amount,
    number,
    p_value,
    percent,
    points,
    scope_text,
    share,
    word,
)
from annotator.analysis.results.values import Comparison, RunResult, StudyResults
from annotator.runs.models import Verdict
from annotator.statistics.estimates import Estimate

_NONE = Estimate.missing(0, "not enough data")
_DASH = Cell(None, "–", numeric=True)


def run_tables(results: StudyResults) -> list[Table]:
    """Return the tables of the runs that have rows."""
    tables = [
        _strategies(results),
        _baselines(results),
        _accuracies(results),
        _scopes(results),
        _completeness(results),
        *further_tables(results),
    ]
    return [table for table in tables if table.rows]


def _strategies(results: StudyResults) -> Table:
    compared = [run for run in results.runs if run.never or run.always]
    return Table(
        "strategies",
        _("Strategies against never reasoning, always reasoning and the oracle"),
        [
            *heads(),
            Column("n", _("Prompts")),
            Column("better", _("Better than never")),
            Column("worse", _("Worse than never")),
            Column("never", _("Against never, points")),
            Column("p", _("p")),
            Column("adjusted", _("p, Holm")),
            Column("always", _("Against always, points")),
            Column("oracle", _("Against the oracle, points")),
            Column("bound", _("Fair")),
        ],
        [_strategy_row(run) for run in compared],
        note=_(
            "Prompts whose every constraint is obeyed, loose, on the prompts that both runs answered. The oracle takes "
            "the better of the two baselines prompt by prompt. A bound was shown what the checkers found."
        ),
    )


def _strategy_row(run: RunResult) -> list[Cell]:
    never = run.never
    return [
        *names(run),
        amount(never.n if never else None, run=run.run_id),
        amount(never.only_second if never else None, run=run.run_id),
        amount(never.only_first if never else None, run=run.run_id),
        _difference(never),
        p_value(never.p_value if never else None),
        p_value(never.adjusted if never else None),
        _difference(run.always),
        _difference(run.oracle),
        Cell(run.uses_checkers, _("a bound") if run.uses_checkers else _("yes")),
    ]


def _difference(compared: Comparison | None) -> Cell:
    return points(compared.prompts) if compared else _DASH


def _baselines(results: StudyResults) -> Table:
    return Table(
        "baselines",
        _("Baselines of each model"),
        [
            Column("model", _("Language model")),
            Column("never", _("Never reasons, %")),
            Column("always", _("Always reasons, %")),
            Column("oracle", _("Oracle, %")),
            Column("n", _("Prompts")),
        ],
        [
            [
                word(row.language_model),
                percent(row.never, run=row.never_run),
                percent(row.always, run=row.always_run),
                percent(row.oracle),
                amount(row.oracle.n, run=row.never_run),
            ]
            for row in results.baselines
        ],
        note=_("Prompts whose every constraint is obeyed, loose, on the prompts that both baselines answered."),
    )


def _accuracies(results: StudyResults) -> Table:
    return Table(
        "accuracies",
        _("Accuracies"),
        [
            *heads(),
            Column("prompts_strict", _("Prompts, strict %")),
            Column("prompts_loose", _("Prompts, loose %")),
            Column("constraints_strict", _("Constraints, strict %")),
            Column("constraints_loose", _("Constraints, loose %")),
            Column("per_prompt_loose", _("Mean over prompts, loose %")),
            Column("per_kind_loose", _("Mean over kinds, loose %")),
            Column("n", _("Prompts")),
            Column("constraints", _("Constraints")),
            Column("unverifiable", _("Not checkable")),
            Column("clean", _("Split cleanly, %")),
            Column("truncated", _("No whole answer")),
        ],
        [row for run in results.runs for row in _accuracy_row(run, results.scope)],
        note=_(
            "Intervals of 95 %; whole prompts are resampled, since the constraints of one prompt depend on each "
            "other. What nothing could check is in no denominator."
        ),
    )


def _accuracy_row(run: RunResult, scope: str) -> list[list[Cell]]:
    found = run.scope(scope)
    if found is None:
        return []
    strict, loose, complete = found.strict, found.loose, run.completeness
    return [
        [
            *names(run),
            percent(strict.prompts, run=run.run_id),
            percent(loose.prompts, run=run.run_id),
            percent(strict.constraints, run=run.run_id),
            percent(loose.constraints, run=run.run_id),
            percent(loose.per_prompt, run=run.run_id),
            percent(loose.per_kind, run=run.run_id),
            amount(loose.prompts.n, run=run.run_id),
            amount(loose.constraints.n, run=run.run_id),
            amount(loose.unverifiable, run=run.run_id),
            share(complete.clean, complete.generations, run=run.run_id),
            amount(complete.truncated, run=run.run_id),
        ]
    ]


def _scopes(results: StudyResults) -> Table:
    scopes = {str(scope): {"scope": scope_text(scope)} for scope in Verdict.Scope.values}
    return Table(
        "scopes",
        _("The three scopes side by side"),
        [
            *heads(),
            *(
                Column(f"prompts_{scope}", _("Prompts, %(scope)s %%") % {"scope": scope_text(scope)})
                for scope in scopes
            ),
            *(
                Column(f"constraints_{scope}", _("Constraints, %(scope)s %%") % {"scope": scope_text(scope)})
                for scope in scopes
            ),
        ],
        [_scope_row(run, scopes) for run in results.runs],
        note=_(
            "Loose. What the whole completion loses against the answer alone is lost by judging the reasoning too: a "
            "result of the scope, not of the answer."
        ),
    )


def _scope_row(run: RunResult, scopes: Iterable[str]) -> list[Cell]:
    loose = [found.loose if (found := run.scope(scope)) else None for scope in scopes]
    return [
        *names(run),
        *(percent(level.prompts if level else _NONE, run=run.run_id) for level in loose),
        *(percent(level.constraints if level else _NONE, run=run.run_id) for level in loose),
    ]


def _completeness(results: StudyResults) -> Table:
    statuses = sorted({status for run in results.runs for status in run.completeness.splits})
    return Table(
        "completeness",
        _("What was generated, split and really reasoned"),
        [
            *heads(),
            Column("generations", _("Generations")),
            Column("before_exclusion", _("Prompts before exclusion")),
            Column("left_out", _("Left out for defects")),
            Column("unanswered", _("Without a generation")),
            *(Column(f"split_{status}", status, family="parted") for status in statuses),
            Column("truncated", _("No whole answer")),
            Column("requested", _("Reasoning requested")),
            Column("reasoned", _("Really reasoned, %")),
            Column("prompt_tokens", _("Prompt tokens, mean")),
            Column("reasoning_tokens", _("Reasoning tokens, mean")),
            Column("completion_tokens", _("Completion tokens, mean")),
            Column("repeats", _("Repeats")),
        ],
        [_complete_row(run, statuses) for run in results.runs],
        note=_(
            "Before exclusion: prompts that are those of the run’s prompt set, or near to them, are left out of it."
        ),
    )


def _complete_row(run: RunResult, statuses: Sequence[str]) -> list[Cell]:
    complete = run.completeness
    return [
        *names(run),
        amount(complete.generations, run=run.run_id),
        amount(run.before_exclusion, run=run.run_id),
        amount(complete.left_out, run=run.run_id),
        amount(complete.unanswered, run=run.run_id),
        *(amount(complete.splits.get(status, 0), run=run.run_id) for status in statuses),
        amount(complete.truncated, run=run.run_id),
        Cell(complete.requested, _("yes") if complete.requested else _("no")),
        share(complete.reasoned, complete.generations, run=run.run_id),
        number(run.tokens.prompt),
        number(run.tokens.reasoning),
        number(run.tokens.completion),
        amount(run.repeats, run=run.run_id),
    ]
