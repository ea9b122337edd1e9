"""The report as one JSON object of the result dataclasses.

A missing value is null, with its status beside it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict

from annotator.analysis.results.reports.values import Report


def render(report: Report) -> Iterator[str]:
    """Write the answer, what limits it, and every value."""
    content = {"answer": report.answer, "limits": list(report.limits), **asdict(report.results)}
    yield json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    yield "\n"
