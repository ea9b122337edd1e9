"""The backend that a worker keeps in memory between tasks: the one of its language model."""

import json
from functools import lru_cache

from annotator.runs.models import LanguageModel
from workers.engine import Backend, load_backend


def loaded(model: LanguageModel) -> Backend:
    """The model's backend, loaded on first use. Raises what `load_backend` raises."""
    return _loaded(model.backend, model.name, model.revision, json.dumps(model.options))


def forget() -> None:
    """Drop the backend, which an error may have left unusable; the next use loads it again."""
    _loaded.cache_clear()


@lru_cache(maxsize=1)
def _loaded(backend: str, name: str, revision: str, options: str) -> Backend:
    return load_backend(backend, name, revision, json.loads(options))
