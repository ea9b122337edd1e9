"""Licences and terms of released texts: the dataset's prompts and the models' answers.

Every value is a text or null, so that readers that infer a table's types read all rows alike.
"""

from collections.abc import Iterable
from typing import Any

from annotator.datasets.models import Dataset
from annotator.runs.models import LanguageModel, Run

Json = dict[str, Any]


def terms_record(dataset: Dataset, models: Iterable[Json]) -> Json:
    """Return the terms that a row carries; null where none are known. The same model is named once."""
    once = {model["language_model"]: model for model in models}
    return {"dataset": dataset.terms or None, "models": list(once.values())}


def run_terms(run: Run) -> Json:
    """Return the terms of a run's answers: of its model, or of the file that it was imported from."""
    terms = model_terms(run.language_model)
    imported = (run.source or {}).get("terms")
    return terms | {"terms": imported} if imported else terms


def model_terms(model: LanguageModel) -> Json:
    """Return the licence and terms of a model's texts."""
    return {
        "language_model": model.slug,
        "licence": model.terms.get("licence") or None,
        "terms": model.terms.get("terms") or None,
    }
