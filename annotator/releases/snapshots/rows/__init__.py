"""Rows of a snapshot's tables, read in chunks by key, so that memory stays flat."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from annotator.releases.snapshots.contents import Contents
from annotator.releases.snapshots.rows.annotations import annotation_rows, assignment_rows
from annotator.releases.snapshots.rows.cases import case_rows
from annotator.releases.snapshots.rows.exemplars import candidate_rows, exemplar_rows, prompt_set_rows
from annotator.releases.snapshots.rows.generations import environment_rows, generation_rows, model_rows, run_rows
from annotator.releases.snapshots.rows.studies import (
    codebook_rows,
    dataset_rows,
    member_rows,
    prompt_rows,
    study_rows,
)

Rows = Callable[[Contents], Iterator[dict[str, Any]]]


SOURCES: Mapping[str, Rows] = {
    "study": study_rows,
    "members": member_rows,
    "codebooks": codebook_rows,
    "datasets": dataset_rows,
    "prompts": prompt_rows,
    "language_models": model_rows,
    "environments": environment_rows,
    "runs": run_rows,
    "generations": generation_rows,
    "cases": case_rows,
    "assignments": assignment_rows,
    "annotations": annotation_rows,
    "candidates": candidate_rows,
    "exemplars": exemplar_rows,
    "prompt_sets": prompt_set_rows,
}
"""Table -> the function that yields its rows."""
