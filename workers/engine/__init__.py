"""Backends: load a language model and complete conversations with it.

Knows nothing of strategies, runs or the database, and imports no heavy library before a backend that needs it is
loaded.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.checkpoint_files import CheckpointError
from annotator.network.addresses import PRIVATE_HOSTS
from annotator.options import OptionsError
from annotator.sampling import Sampling
from workers.engine.errors import AccessRefusedError, EngineError, PermanentEngineError, TransientEngineError
from workers.engine.protocol import (
    Backend,
    BatchLog,
    Completion,
    FinishReason,
    KeepsBatches,
    Message,
    ReasoningKind,
    Request,
    Role,
    SentBatch,
    Thinking,
    Tool,
    ToolCall,
    Usage,
)

__all__ = [
    "AccessRefusedError",
    "Backend",
    "BatchLog",
    "Completion",
    "EngineError",
    "FinishReason",
    "KeepsBatches",
    "Message",
    "PermanentEngineError",
    "ReasoningKind",
    "Request",
    "Role",
    "Sampling",
    "SentBatch",
    "Thinking",
    "Tool",
    "ToolCall",
    "TransientEngineError",
    "Usage",
    "load_backend",
]


def load_backend(
    backend: str,
    name: str,
    revision: str,
    options: Mapping[str, Any],
    serving: Mapping[str, Any] | None = None,
    private_hosts: Sequence[str] = PRIVATE_HOSTS,
) -> Backend:
    """Load the backend called `backend` for the model `name` at `revision` ("" is the newest).

    `options` change the text and are part of a model's identity; `serving` settings (device, batch size) are not.
    `private_hosts` are the hosts and networks of private addresses that a remote backend may reach.
    Raises `PermanentEngineError` or `TransientEngineError`, each with one sentence.
    """
    try:
        load = _BACKENDS[backend]
    except KeyError:
        known = ", ".join(sorted(_BACKENDS))
        raise PermanentEngineError(f"Unknown backend {backend!r}; known backends: {known}.") from None
    try:
        return load(Loading(name, revision, options, serving or {}, private_hosts))
    except (OptionsError, CheckpointError) as error:
        raise PermanentEngineError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Loading:
    """The arguments of `load_backend`, for the function that loads one backend."""

    name: str
    revision: str
    options: Mapping[str, Any]
    serving: Mapping[str, Any]
    private_hosts: Sequence[str]


def _scripted(loading: Loading) -> Backend:
    from workers.engine.scripted import ScriptedBackend

    return ScriptedBackend(loading.options, loading.serving)


def _transformers(loading: Loading) -> Backend:
    _prepare_torch()
    try:
        from workers.engine.local.transformers import TransformersBackend
    except ImportError as error:
        raise _missing_package("transformers", error) from error
    return TransformersBackend(loading.name, loading.revision, loading.options, loading.serving)


def _openai(loading: Loading) -> Backend:
    try:
        from workers.engine.remote.openai import OpenAIBackend
    except ImportError as error:
        raise _missing_package("openai", error) from error
    return OpenAIBackend(loading.name, loading.options, loading.serving, loading.private_hosts)


def _anthropic(loading: Loading) -> Backend:
    try:
        from workers.engine.remote.anthropic import AnthropicBackend
    except ImportError as error:
        raise _missing_package("anthropic", error) from error
    return AnthropicBackend(loading.name, loading.options, loading.serving, loading.private_hosts)


def _diffusion(loading: Loading) -> Backend:
    _prepare_torch()
    try:
        from workers.engine.local.diffusion import DiffusionBackend
    except ImportError as error:
        raise _missing_package("diffusion", error) from error
    return DiffusionBackend(loading.name, loading.revision, loading.options, loading.serving)


def _prepare_torch() -> None:
    # Read when torch is first imported: threads that sleep at a barrier, instead of spinning, leave the cores to the
    # web server beside them. On a busy machine decoding is several times faster (docs/design/generation.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _missing_package(backend: str, error: ImportError) -> PermanentEngineError:
    return PermanentEngineError(
        f"The backend {backend!r} needs a package that is not installed ({error}); install requirements.txt."
    )


_BACKENDS: Mapping[str, Callable[[Loading], Backend]] = {
    "diffusion": _diffusion,
    "scripted": _scripted,
    "transformers": _transformers,
    "openai": _openai,
    "anthropic": _anthropic,
}
