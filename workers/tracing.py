"""Work on attention traces: claims them and stores what was read, one at a time, after all other work.

A trace is a pass over thousands of tokens and shares no batch. What is read is in `workers.trace_values`, which needs
torch and loads with the first trace.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from annotator.runs.models import AttentionTrace, LanguageModel
from annotator.runs.services.attention_traces import (
    attention_trace_fail,
    attention_trace_finish,
    attention_traces_claim,
)
from workers.engine import Backend, EngineError

_NO_ATTENTION = "This worker's backend shows no attention; trace with a model of the backend 'transformers'."
_OF_ONE_SEQUENCE = (RuntimeError, MemoryError, IndexError, ValueError, TypeError)
"""Errors of one sequence: refusals, and what a model raises for it or for lack of memory (torch: a RuntimeError)."""


def trace_waiting(
    model: LanguageModel, backend: Backend, *, claim: uuid.UUID, worker: str, keep_going: Callable[[], bool]
) -> Iterator[bool]:
    """Trace until no row waits or `keep_going()` is false; yield for each row whether it was stored."""
    while keep_going():
        rows = attention_traces_claim(language_model_id=model.pk, claim=claim, worker=worker, limit=1)
        if not rows:
            return
        yield _stored(rows[0], backend, claim)


def _stored(row: AttentionTrace, backend: Any, claim: uuid.UUID) -> bool:
    if not hasattr(backend, "complete_alone"):
        attention_trace_fail(trace=row, claim=claim, error=_NO_ATTENTION)
        return False
    from workers.trace_values import trace_values

    try:
        values = trace_values(row, backend)
    except (EngineError, *_OF_ONE_SEQUENCE) as error:
        is_sentence = isinstance(error, EngineError | ValueError)
        sentence = str(error) if is_sentence else f"The model failed on this answer: {type(error).__name__}: {error}"
        attention_trace_fail(trace=row, claim=claim, error=sentence)
        return False
    return attention_trace_finish(trace=row, claim=claim, environment=backend.describe(), **values)
