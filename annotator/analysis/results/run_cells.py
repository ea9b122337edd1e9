"""Cells that name a run in a table, with a link to it."""

from django.utils.translation import gettext as _

from annotator.analysis.results.table_values import Cell, Column, amount, word
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
