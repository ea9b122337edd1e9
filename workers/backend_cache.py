"""The backend that a worker keeps in memory between tasks: the one of its language model."""

from annotator.canonical import canonical_json
from annotator.runs.models import LanguageModel
from workers.engine import Backend, load_backend

_kept: dict[bytes, Backend] = {}


def loaded(model: LanguageModel) -> Backend:
    """The model's backend, loaded on first use and when its settings change. Raises what `load_backend` raises."""
    key = canonical_json([model.identity(), model.serving])
    if key not in _kept:
        forget()  # first: the memory of a device seldom holds two
        _kept[key] = load_backend(model.backend, model.name, model.revision, model.options, model.serving)
    return _kept[key]


def forget() -> None:
    """Drop the backend, which an error may have left unusable; the next use loads it again."""
    while _kept:
        _kept.popitem()[1].close()
