"""Cells of a run that stand in many tables: its names, and whether answers are whole."""

from django.utils.translation import gettext as _

from annotator.analysis.results.table_values import Cell, Column, amount, share, word
from annotator.analysis.results.values import RunResult


def heads() -> list[Column]:
    """Return the columns that name a run."""
    return [Column("model", _("Language model")), Column("strategy", _("Strategy")), Column("run", _("Run"))]


def names(run: RunResult) -> list[Cell]:
    """Return the cells of those columns."""
    return [
        word(run.language_model, run=run.run_id),
        word(run.strategy, family="strategy", run=run.run_id),
        amount(run.run_id, run=run.run_id),
    ]


def whole_heads() -> list[Column]:
    """Return the columns that belong to every score: how the completions were split, and answers that are not whole."""
    return [Column("clean", _("Split cleanly, %")), Column("truncated", _("No whole answer"))]


def whole_cells(run: RunResult) -> list[Cell]:
    """Return the cells of those columns."""
    complete = run.completeness
    return [
        share(complete.clean, complete.generations, run=run.run_id),
        amount(complete.truncated, run=run.run_id),
    ]
