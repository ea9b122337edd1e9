"""Which backend a worker holds in memory: the one of its language model, kept between tasks of every kind."""

import json
from functools import lru_cache

from annotator.runs.models import LanguageModel
from workers.engine import Backend, load_backend


def loaded(model: LanguageModel) -> Backend:
    """The model's backend, loaded on first use. Raises what `load_backend` raises."""
    return _loaded(model.backend, model.name, model.revision, json.dumps(model.options))


@lru_cache(maxsize=1)
def _loaded(backend: str, name: str, revision: str, options: str) -> Backend:
    return load_backend(backend, name, revision, json.loads(options))
