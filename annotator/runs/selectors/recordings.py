"""Recordings: finished generations with their model calls as lines of a file.

They are loaded where the same is requested again. The first line describes the recording, each further one a generation
under the fingerprint of its request. `annotator.runs.services.recordings` loads them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from annotator.runs.errors import RunError
from annotator.runs.models import Environment, Generation, MessageText, ModelCall, Run

RECORDING_FORMAT = "cotrast-recording-1"
RECORDED_FIELDS = (
    "completion",
    "reasoning",
    "reasoning_kind",
    "answer",
    "split_status",
    "finish_reason",
    "prompt_tokens",
    "reasoning_tokens",
    "answer_tokens",
    "other_tokens",
    "completion_tokens",
    "latency_s",
    "decision",
)
"""The fields of a generation that a recording keeps, as `GenerationResult` names them."""
_CALL_FIELDS = (
    "step",
    "text",
    "finish_reason",
    "thinking",
    "reasoning",
    "reasoning_kind",
    "prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "latency_s",
    "model",
    "response_id",
    "error",
    "sampling",
    "tools",
    "tool_calls",
    "probabilities",
)


def recording_lines(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    """Yield the lines of a recording of all generations of `runs`. Raises RunError unless all of them are done."""
    rows = Generation.objects.filter(run__in=runs).order_by("position", "run_id")
    total, done = rows.count(), rows.filter(status=Generation.Status.DONE).count()
    if not total or done < total:
        raise RunError(f"{done} of {total} generations are done; wait until all are, then record them.")
    environments = Environment.objects.filter(generations__in=rows).distinct()
    yield {
        "format": RECORDING_FORMAT,
        "language_models": [run.language_model.identity() for run in runs],
        "strategies": [{"name": run.strategy, "version": run.strategy_version} for run in runs],
        "sampling": [run.sampling for run in runs],
        "generations": total,
        "environments": {row.hash: row.content for row in environments},
    }
    for row in rows.select_related("run", "prompt", "environment").prefetch_related("calls"):
        yield _generation_line(row)


def _generation_line(row: Generation) -> dict[str, Any]:
    recorded_at = row.recorded_at or row.finished_at
    assert recorded_at is not None  # a done generation was finished
    return {
        "fingerprint": row.fingerprint,
        "strategy": row.run.strategy,
        "key": row.prompt.key,
        "recorded_at": recorded_at.isoformat(),
        "environment": row.environment.hash if row.environment else None,
        **{name: getattr(row, name) for name in RECORDED_FIELDS},
        "calls": [_call_line(call) for call in row.calls.order_by("number")],
    }


def _call_line(call: ModelCall) -> dict[str, Any]:
    texts = MessageText.objects.in_bulk([digest for _role, digest in call.messages])
    return {
        "messages": [[role, texts[digest].text] for role, digest in call.messages],
        **{name: getattr(call, name) for name in _CALL_FIELDS},
    }
