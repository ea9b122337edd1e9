"""Cache of one backend: that of the worker's language model, kept in memory between tasks."""

from annotator.canonical import canonical_json
from annotator.runs.models import LanguageModel
from workers.engine import Backend, load_backend

_cached: dict[bytes, Backend] = {}


def loaded(model: LanguageModel) -> Backend:
    """Return the model's backend, loaded on first use and after a change of settings. Raises as `load_backend` does."""
    key = canonical_json([model.identity(), model.serving])
    if key not in _cached:
        forget()  # first, since the memory of a device is seldom enough for two
        _cached[key] = load_backend(model.backend, model.name, model.revision, model.options, model.serving)
    return _cached[key]


def in_use() -> Backend | None:
    """Return the backend that is loaded, None if none is; other threads may ask too."""
    return next(iter(list(_cached.values())), None)


def forget() -> None:
    """Close the backend, which an error may have left unusable; the next use loads it again."""
    while _cached:
        _cached.popitem()[1].close()
