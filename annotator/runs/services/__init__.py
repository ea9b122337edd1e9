"""Services of runs: language models, runs, generations, verdicts, judge replies and workers."""

from annotator.runs.services.archiving import run_archive, run_restore
from annotator.runs.services.budgets import run_budget_set
from annotator.runs.services.language_models import language_model_from_catalogue, language_model_register
from annotator.runs.services.repeats import run_repeats_start
from annotator.runs.services.run_imports import run_import
from annotator.runs.services.runs import run_cancel, run_pause, run_resume, run_start

__all__ = [
    "language_model_from_catalogue",
    "language_model_register",
    "run_archive",
    "run_budget_set",
    "run_cancel",
    "run_import",
    "run_pause",
    "run_repeats_start",
    "run_restore",
    "run_resume",
    "run_start",
]
