"""Tables of the runs: accuracies, kinds, scopes, completeness."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from annotator.analysis.results.further_tables import further_tables
from annotator.analysis.results.kind_groups import kind_group
from annotator.analysis.results.run_cells import heads, names, whole_cells, whole_heads
from annotator.analysis.results.strategy_tables import strategy_tables
from annotator.analysis.results.table_values import (
    Cell,
    Column,
    Table,
    amount,
    linked,
    number,
    percent,
    points,
    scope_text,
    share,
    word,
)
from annotator.analysis.results.values import RunResult, StudyResults
from annotator.runs.models import Verdict
from annotator.statistics.estimates import Estimate

_NONE = Estimate.missing(0, "not enough data")


def run_tables(results: StudyResults) -> list[Table]:
    """Return the tables of the runs that have rows."""
    tables = [
        *strategy_tables(results),
        _accuracies(results),
        _kinds(results),
        _scopes(results),
        _completeness(results),
        *further_tables(results),
    ]
    return [table for table in tables if table.rows]


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
            Column("per_prompt_strict", _("Mean over prompts, strict %")),
            Column("per_prompt_loose", _("Mean over prompts, loose %")),
            Column("per_kind_strict", _("Mean over kinds, strict %")),
            Column("per_kind_loose", _("Mean over kinds, loose %")),
            *([Column("sound", _("Prompts without known defects, loose %"))] if _has_defects(results) else []),
            Column("n", _("Prompts")),
            Column("constraints", _("Constraints")),
            Column("unverifiable", _("Not checkable")),
            *whole_heads(),
        ],
        [row for run in results.runs for row in _accuracy_row(run, results.scope, with_sound=_has_defects(results))],
        note=_(
            "Intervals of 95 %; whole prompts are resampled, since the constraints of one prompt depend on each "
            "other. What nothing could check is in no denominator."
        ),
    )


def _has_defects(results: StudyResults) -> bool:
    return any(run.sound for run in results.runs)


def _accuracy_row(run: RunResult, scope: str, *, with_sound: bool) -> list[list[Cell]]:
    found = run.scope(scope)
    if found is None:
        return []
    strict, loose = found.strict, found.loose
    row = [
        *names(run),
        percent(strict.prompts),
        percent(loose.prompts),
        percent(strict.constraints),
        percent(loose.constraints),
        percent(strict.per_prompt),
        percent(loose.per_prompt),
        percent(strict.per_kind),
        percent(loose.per_kind),
        *([percent(run.sound or loose.prompts)] if with_sound else []),
        amount(loose.prompts.n),
        amount(loose.constraints.n),
        amount(loose.unverifiable),
        *whole_cells(run),
    ]
    return [linked(row, run=run.run_id)]


def _kinds(results: StudyResults) -> Table:
    kinds = sorted({kind for run in results.runs for kind in run.kinds})
    several = len({run.language_model for run in results.runs}) > 1
    return Table(
        "kinds_by_run",
        _("Constraints obeyed by kind, in each run"),
        [
            Column("kind", _("Kind")),
            Column("group", _("Group of kinds")),
            *(
                Column(
                    f"run_{run.run_id}",
                    run.strategy,
                    family="strategy",
                    suffix=f" ({run.run_id}, {run.language_model})" if several else f" ({run.run_id})",
                )
                for run in results.runs
            ),
        ],
        [
            [
                word(kind),
                word(kind_group(kind), family="kind_group"),
                *(share(*run.kinds.get(kind, (0, 0)), run=run.run_id) for run in results.runs),
            ]
            for kind in kinds
        ],
        note=_("Loose, in percent of the constraints that could be checked, in the scope of the study."),
    )


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
            Column("gap", _("Constraints, completion less answer, points")),
            *whole_heads(),
        ],
        [_scope_row(run, scopes) for run in results.runs],
        note=_(
            "Loose. What the whole completion loses against the answer alone is lost by judging the reasoning too: a "
            "result of the scope, not of the answer."
        ),
    )


def _scope_row(run: RunResult, scopes: Iterable[str]) -> list[Cell]:
    loose = [found.loose if (found := run.scope(scope)) else None for scope in scopes]
    row = [
        *names(run),
        *(percent(level.prompts if level else _NONE) for level in loose),
        *(percent(level.constraints if level else _NONE) for level in loose),
        points(run.scope_gap),
        *whole_cells(run),
    ]
    return linked(row, run=run.run_id)


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
    row = [
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
    return linked(row, run=run.run_id)
