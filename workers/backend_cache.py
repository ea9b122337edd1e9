"""Cache of backends: those of the worker's language models, kept between tasks.

A local model fills a device, so that there is one of them; remote ones take no memory and are all kept.
"""

import threading

from django.conf import settings

from annotator.backends import BACKENDS
from annotator.canonical import canonical_json
from annotator.runs.models import LanguageModel
from workers.engine import Backend, load_backend

_cached: dict[int, tuple[bytes, Backend]] = {}  # by language model, with the settings that it was loaded with
_lock = threading.RLock()


def loaded(model: LanguageModel) -> Backend:
    """Return the model's backend, loaded on first use and after a change of settings. Raises as `load_backend` does."""
    settings_now = canonical_json([model.identity(), model.serving])
    with _lock:
        known = _cached.get(model.pk)
        if known and known[0] == settings_now:
            return known[1]
        # First, since the memory of a device is seldom enough for two.
        forget(model if _is_remote(model) else None)
    backend = load_backend(
        model.backend, model.name, model.revision, model.options, model.serving, settings.PRIVATE_API_HOSTS
    )
    with _lock:
        _cached[model.pk] = (settings_now, backend)
    return backend


def in_use(model: LanguageModel) -> Backend | None:
    """Return the loaded backend of `model`, None if it is not loaded; other threads may ask too."""
    known = _cached.get(model.pk)
    return known[1] if known else None


def forget(model: LanguageModel | None = None) -> None:
    """Close the backend of `model`, or all; an error may have left it unusable. The next use loads it again."""
    with _lock:
        for number in [model.pk] if model else list(_cached):
            if known := _cached.pop(number, None):
                known[1].close()


def _is_remote(model: LanguageModel) -> bool:
    return model.backend in BACKENDS and BACKENDS[model.backend].remote
