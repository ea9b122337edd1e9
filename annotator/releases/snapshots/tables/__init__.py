"""Tables of a snapshot: their columns and meanings, of which schema and card are made. Pure."""

from collections.abc import Mapping

from annotator.releases.snapshots.columns import Table
from annotator.releases.snapshots.tables.annotations import ANNOTATIONS, ASSIGNMENTS, CASES
from annotator.releases.snapshots.tables.exemplars import CANDIDATES, EXEMPLARS, PROMPT_SETS
from annotator.releases.snapshots.tables.generations import ENVIRONMENTS, GENERATIONS, LANGUAGE_MODELS, RUNS
from annotator.releases.snapshots.tables.studies import CODEBOOKS, DATASETS, MEMBERS, PROMPTS, STUDY

__all__ = [
    "ANNOTATIONS",
    "ASSIGNMENTS",
    "BY_NAME",
    "CANDIDATES",
    "CASES",
    "CODEBOOKS",
    "DATASETS",
    "ENVIRONMENTS",
    "EXEMPLARS",
    "GENERATIONS",
    "LANGUAGE_MODELS",
    "MEMBERS",
    "PROMPTS",
    "PROMPT_SETS",
    "RUNS",
    "STUDY",
    "TABLES",
]

TABLES = (
    STUDY,
    MEMBERS,
    CODEBOOKS,
    DATASETS,
    PROMPTS,
    LANGUAGE_MODELS,
    ENVIRONMENTS,
    RUNS,
    GENERATIONS,
    CASES,
    ASSIGNMENTS,
    ANNOTATIONS,
    CANDIDATES,
    EXEMPLARS,
    PROMPT_SETS,
)
BY_NAME: Mapping[str, Table] = {table.name: table for table in TABLES}
