"""The content of a report, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.analysis.results.table_values import Table
from annotator.analysis.results.values import StudyResults


@dataclass(frozen=True, slots=True)
class Report:
    """The title, the answer in one sentence, what limits it, the tables, and the values that all are made from."""

    title: str
    about: str
    answer: str
    limits: Sequence[str]
    tables: Sequence[Table]
    results: StudyResults
