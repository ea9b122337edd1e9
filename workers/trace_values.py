"""Values of an attention trace: the arrays of a reading, or a boosted answer with its verdicts."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from annotator.constraints import ConstraintSpec, check_all
from annotator.runs.attention_files import NOWHERE, TraceArrays
from annotator.runs.attention_summary import trace_summary
from annotator.runs.errors import RunError
from annotator.runs.models import AttentionTrace, Generation, Verdict
from annotator.runs.selectors.recorded_answers import answer_call
from workers.attention.layout import RecordedAnswer, Span
from workers.attention.tracer import BoostedBackend, Traced, trace
from workers.engine import Message, Request, Role, Sampling, Thinking
from workers.engine.local.transformers import TransformersBackend
from workers.generating import generating_job
from workers.strategies import Outcome, drive


def trace_values(row: AttentionTrace, backend: TransformersBackend) -> dict[str, Any]:
    """Return what `attention_trace_finish` stores of a claimed row. Raises ValueErrors that are sentences."""
    return _boosted(row, backend) if row.treatment == AttentionTrace.Treatment.BOOST else _read(row, backend)


def _read(row: AttentionTrace, backend: TransformersBackend) -> dict[str, Any]:
    read = trace(backend, recorded_answer(row), filler=row.treatment == AttentionTrace.Treatment.FILLER)
    arrays = trace_arrays(read)
    return {"arrays": arrays, "summary": trace_summary(arrays) | {"retokenized": read.layout.retokenized}}


def recorded_answer(row: AttentionTrace) -> RecordedAnswer:
    """Return the model call behind a trace as the tracer reads it; of an imported answer, the prompt alone as a turn.

    Raises RunError where the call is not known.
    """
    generation, prompt = row.generation, row.generation.prompt.text
    found = answer_call(generation)
    if found is None:
        request = Request(str(row.pk), (Message("user", prompt),), Sampling())
        text, tokens = generation.completion, generation.completion_tokens
    else:
        messages = tuple(Message(cast(Role, message.role), message.text) for message in found.messages)
        thinking = Thinking(**found.call.thinking) if found.call.thinking else None
        request = Request(str(row.pk), messages, Sampling(), thinking)
        text, tokens = found.call.text, found.call.completion_tokens
    return RecordedAnswer(request, text, prompt, _spans(row), generation.answer, generation.reasoning, tokens)


def trace_arrays(read: Traced) -> TraceArrays:
    """Return a trace as it is stored."""
    attention, layout = read.attention, read.layout
    places = [place or (NOWHERE, NOWHERE) for place in layout.places]
    return TraceArrays(
        layers=np.array(attention.layers, dtype=np.int32),
        groups=np.array(list(attention.groups), dtype=np.str_),
        sizes=np.array([len(members) for members in read.sequence.groups.values()], dtype=np.int32),
        sums=attention.sums.astype(np.float32),
        tokens=attention.tokens.astype(np.float32),
        visible=attention.visible.astype(np.float32),
        places=np.array(places, dtype=np.int32).reshape(-1, 2),
        steps=np.array(layout.steps, dtype=np.int32).reshape(-1, 2),
    )


def _boosted(row: AttentionTrace, backend: TransformersBackend) -> dict[str, Any]:
    generation = row.generation
    boosted = BoostedBackend(backend, prompt=generation.prompt.text, spans=_spans(row), bias=row.bias)
    [result] = drive(boosted, [generating_job(generation)])
    if result.outcome is None:
        raise RunError(result.error)
    return {"summary": _answer_summary(generation, result.outcome)}


def _answer_summary(generation: Generation, outcome: Outcome) -> dict[str, Any]:
    """The answer with its loose verdicts by scope, in the order of the constraints; those on the reasoning by its own.

    No constraint on the reasoning has a verdict where there is none.
    """
    rows = sorted(generation.prompt.constraints.all(), key=lambda row: row.position)
    specs = [ConstraintSpec(row.kind, row.kwargs) for row in rows]
    texts = {scope.value: str(getattr(outcome, scope.value)) for scope in Verdict.Scope}
    loose = {
        scope: [decision.loose.obeyed for decision in check_all(specs, text, prompt=generation.prompt.text)]
        if text or scope != Verdict.Scope.REASONING
        else [None] * len(specs)
        for scope, text in texts.items()
    }
    return {
        "answer": outcome.answer,
        "completion": outcome.completion,
        "split_status": outcome.split_status,
        "finish_reason": outcome.finish_reason,
        "loose": loose,
    }


def _spans(row: AttentionTrace) -> Sequence[Span | None]:
    return [None if span is None else (span[0], span[1]) for span in row.spans]
