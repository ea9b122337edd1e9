"""Backends: load a language model and complete conversations with it.

Knows nothing of strategies, runs or the database, and imports no heavy library before a backend that needs it is
loaded.
"""

import os
from collections.abc import Mapping
from typing import Any

from annotator.checkpoint_files import CheckpointError
from annotator.options import OptionsError
from annotator.sampling import Sampling
from workers.engine.errors import EngineError, PermanentEngineError, TransientEngineError
from workers.engine.protocol import (
    Backend,
    Completion,
    FinishReason,
    Message,
    ReasoningKind,
    Request,
    Role,
    Thinking,
    Tool,
    ToolCall,
    Usage,
)

__all__ = [
    "Backend",
    "Completion",
    "EngineError",
    "FinishReason",
    "Message",
    "PermanentEngineError",
    "ReasoningKind",
    "Request",
    "Role",
    "Sampling",
    "Thinking",
    "Tool",
    "ToolCall",
    "TransientEngineError",
    "Usage",
    "load_backend",
]


def load_backend(
    backend: str, name: str, revision: str, options: Mapping[str, Any], serving: Mapping[str, Any] | None = None
) -> Backend:
    """Load the backend called `backend` for the model `name` at `revision` ("" is the newest).

    `options` change the text and are part of a model's identity; `serving` settings (device, batch size) are not.
    Raises `PermanentEngineError` or `TransientEngineError`, each with one sentence.
    """
    try:
        load = _BACKENDS[backend]
    except KeyError:
        known = ", ".join(sorted(_BACKENDS))
        raise PermanentEngineError(f"Unknown backend {backend!r}; known backends: {known}.") from None
    try:
        return load(name, revision, options, serving or {})
    except (OptionsError, CheckpointError) as error:
        raise PermanentEngineError(str(error)) from error


def _scripted(name: str, revision: str, options: Mapping[str, Any], serving: Mapping[str, Any]) -> Backend:
    from workers.engine.scripted import ScriptedBackend

    return ScriptedBackend(options, serving)


def _transformers(name: str, revision: str, options: Mapping[str, Any], serving: Mapping[str, Any]) -> Backend:
    _prepare_torch()
    try:
        from workers.engine.local.transformers import TransformersBackend
    except ImportError as error:
        raise _missing_package("transformers", error) from error
    return TransformersBackend(name, revision, options, serving)


def _diffusion(name: str, revision: str, options: Mapping[str, Any], serving: Mapping[str, Any]) -> Backend:
    _prepare_torch()
    try:
        from workers.engine.local.diffusion import DiffusionBackend
    except ImportError as error:
        raise _missing_package("diffusion", error) from error
    return DiffusionBackend(name, revision, options, serving)


def _prepare_torch() -> None:
    # Read when torch is first imported: threads that sleep at a barrier, instead of spinning, leave the cores to the
    # web server beside them. On a busy machine decoding is several times faster (docs/design/generation.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _missing_package(backend: str, error: ImportError) -> PermanentEngineError:
    return PermanentEngineError(
        f"The backend {backend!r} needs a package that is not installed ({error}); install requirements.txt."
    )


_BACKENDS = {"diffusion": _diffusion, "scripted": _scripted, "transformers": _transformers}
