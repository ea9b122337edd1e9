"""Rows of an imported run: staged with their verdicts in a temporary file, then inserted.

The file keeps memory from growing with the run.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO

from django.utils import timezone

from annotator.bulk_rows import json_text, rows_insert, rows_insert_numbered
from annotator.canonical import fingerprint
from annotator.datasets.models import Prompt
from annotator.datasets.responses.records import ResponseRecord
from annotator.datasets.responses.splitting import Parts
from annotator.runs.models import Generation, ModelCall, Run, Verdict
from annotator.runs.response_reading import ReadResponses
from annotator.runs.services.verdicts import verdicts_for
from annotator.text_cleaning import storable

_CHUNK = 200
_VERDICT = ("constraint_id", "scope", "strict", "loose", "checker_version", "evidence")
_STEP = "imported"


@contextmanager
def checked_rows(read: ReadResponses, on_checked: Callable[[int], object] | None) -> Iterator[BinaryIO]:
    """Stage the rows of every generation with its verdicts, one JSON object a line."""
    with tempfile.TemporaryFile(prefix="cotrast-") as staging:
        responses = iter(read)
        while chunk := list(islice(responses, _CHUNK)):
            ids = [read.prompts[index][0] for index, _record, _parts in chunk]
            prompts = Prompt.objects.prefetch_related("constraints").in_bulk(ids)
            for index, record, parts in chunk:
                generation = Generation(
                    prompt=prompts[read.prompts[index][0]], position=index, **_generation_values(record, parts)
                )
                staging.write(json.dumps(_staged(generation, record)).encode() + b"\n")
            if on_checked:
                on_checked(len(chunk))
        staging.seek(0)
        yield staging


def imported_rows_insert(run: Run, staging: BinaryIO) -> None:
    """Insert the staged generations of a run, with their calls and verdicts, inside the caller's transaction."""
    while lines := list(islice(staging, _CHUNK)):
        _insert(run, [json.loads(line) for line in lines])


def _generation_values(record: ResponseRecord, parts: Parts) -> dict[str, Any]:
    """Return the fields of a generation. Token counts are those that the file states; what it does not is 0."""
    completion = record.tokens.completion or 0
    reasoning = min(record.tokens.reasoning or 0, completion)
    # Without reasoning all tokens are the answer's; else the share of the two is known only where the file states it.
    split_is_known = record.tokens.reasoning is not None or not parts.reasoning
    answer = completion - reasoning if split_is_known else 0
    values: dict[str, Any] = storable(
        {
            "completion": parts.completion,
            "reasoning": parts.reasoning,
            "reasoning_kind": parts.reasoning_kind,
            "answer": parts.answer,
            "split_status": parts.status,
            "finish_reason": record.finish_reason,
        }
    )
    return values | {
        "prompt_tokens": record.tokens.prompt or 0,
        "reasoning_tokens": reasoning,
        "answer_tokens": answer,
        "other_tokens": completion - reasoning - answer,
        "completion_tokens": completion,
    }


def _staged(generation: Generation, record: ResponseRecord) -> dict[str, Any]:
    texts = {scope: getattr(generation, scope) for scope in Verdict.Scope.values}
    constraints = list(generation.prompt.constraints.all())
    names = ("completion", "reasoning", "reasoning_kind", "answer", "split_status", "finish_reason", "prompt_tokens")
    counts = ("reasoning_tokens", "answer_tokens", "other_tokens", "completion_tokens")
    return {
        "generation": {name: getattr(generation, name) for name in ("prompt_id", "position", *names, *counts)},
        "call": _call_values(record),
        "verdicts": [_verdict_values(verdict) for verdict in verdicts_for(generation, texts, constraints)],
    }


def _verdict_values(verdict: Verdict) -> list[Any]:
    """Return the values of _VERDICT, the evidence as text."""
    *values, evidence = (getattr(verdict, name) for name in _VERDICT)
    return [*values, json_text(evidence)]


def _call_values(record: ResponseRecord) -> dict[str, Any] | None:
    """Return the fields of the model call, where the file says which model answered or under which id."""
    if not record.model and not record.response_id:
        return None
    return {
        "text": storable(record.text),
        "reasoning": storable(record.reasoning),
        "reasoning_kind": record.reasoning_kind,
        "prompt_tokens": record.tokens.prompt or 0,
        "completion_tokens": record.tokens.completion or 0,
        "reasoning_tokens": record.tokens.reasoning,
        "finish_reason": record.finish_reason,
        "model": storable(record.model)[:256],
        "response_id": storable(record.response_id)[:256],
    }


def _insert(run: Run, staged: list[dict[str, Any]]) -> None:
    now = timezone.now()
    names = list(staged[0]["generation"])
    generations = rows_insert_numbered(
        Generation,
        ("run_id", "fingerprint", "status", "finished_at", *names),
        [
            (
                run.pk,
                fingerprint("imported-generation-1", [run.fingerprint, row["generation"]["prompt_id"]]),
                Generation.Status.DONE.value,
                now,
                *row["generation"].values(),
            )
            for row in staged
        ],
    )
    pairs = list(zip(generations, staged, strict=True))
    ModelCall.objects.bulk_create(
        ModelCall(generation_id=generation, number=1, step=_STEP, messages=[], **row["call"])
        for generation, row in pairs
        if row["call"]
    )
    rows_insert(
        Verdict,
        ("generation_id", *_VERDICT),
        ((generation, *verdict) for generation, row in pairs for verdict in row["verdicts"]),
    )
