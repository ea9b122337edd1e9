"""Published accuracies of the study's models, which stand beside ours and are marked as published.

Reads `fixtures/published.json`. They are other people's figures, from other harnesses, on whole benchmarks: a dataset
that is not the whole benchmark has none.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.conf import settings

from annotator.analysis.results.run_values import PublishedFigure
from annotator.datasets.models import Dataset
from annotator.runs.models import LanguageModel


def published_figures(dataset: Dataset, model: LanguageModel) -> Sequence[PublishedFigure]:
    """Return what was published of this model on this benchmark, [] if nothing was."""
    benchmark = next((name for name, about in _content()["benchmarks"].items() if _is(dataset, about)), None)
    if benchmark is None:
        return []
    names = {model.slug.lower(), model.name.rpartition("/")[2].lower()}
    return [
        PublishedFigure(strategy, percent, row["source"])
        for row in _content()["figures"]
        if row["benchmark"] == benchmark and names & {name.lower() for name in row["names"]}
        for strategy, percent in row["accuracies"].items()
    ]


def _is(dataset: Dataset, about: Mapping[str, Any]) -> bool:
    return (dataset.format, dataset.prompt_count) == (about["format"], about["prompts"])


@cache
def _content() -> Mapping[str, Any]:
    path = settings.BASE_DIR / "fixtures" / "published.json"
    content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
