"""Storage of model calls, of the texts that were sent, and of environments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotator.canonical import fingerprint
from annotator.runs.models import Environment, Generation, MessageText, ModelCall
from annotator.text_cleaning import storable


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One model call as a worker reports it. `messages` are (role, text) pairs; other fields are as in `ModelCall`."""

    step: str
    messages: Sequence[tuple[str, str]]
    text: str
    finish_reason: str
    thinking: Mapping[str, Any] | None = None
    reasoning: str = ""
    reasoning_kind: str = "none"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    latency_s: float = 0.0
    model: str = ""
    response_id: str = ""
    error: str = ""
    sampling: Mapping[str, Any] = field(default_factory=dict)
    tools: Sequence[str] = ()
    tool_calls: Sequence[Mapping[str, Any]] = ()
    probabilities: Mapping[str, float] | None = None


def environment_store(content: Mapping[str, Any]) -> Environment:
    """Return the environment row of this content, stored once by its hash."""
    clean = storable(content)
    return Environment.objects.get_or_create(hash=fingerprint("environment-1", clean), defaults={"content": clean})[0]


def calls_prepare(generation: Generation, records: Sequence[CallRecord]) -> list[ModelCall]:
    """Return unsaved calls of a generation, numbered from 1, and store the texts of their messages.

    To be called outside the transaction that finishes the generation: a text without a call does no harm, while two
    transactions that insert the same text could make one wait for the other's run lock.
    """
    texts = {text: fingerprint("message-1", text) for record in records for text in _texts(record)}
    rows = sorted((MessageText(hash=digest, text=text) for text, digest in texts.items()), key=lambda row: row.hash)
    MessageText.objects.bulk_create(rows, ignore_conflicts=True)
    return [_call(generation, number, record, texts) for number, record in enumerate(records, 1)]


def calls_replace(generation: Generation, calls: Iterable[ModelCall]) -> None:
    """Replace the calls of earlier attempts by those of the attempt that ended this generation."""
    ModelCall.objects.filter(generation=generation).delete()
    ModelCall.objects.bulk_create(calls)


def _texts(record: CallRecord) -> list[str]:
    return [str(storable(text)) for _role, text in record.messages]


def _call(generation: Generation, number: int, record: CallRecord, hashes: Mapping[str, str]) -> ModelCall:
    roles = [role for role, _text in record.messages]
    return ModelCall(
        generation=generation,
        number=number,
        step=record.step[:64],
        messages=[[role, hashes[text]] for role, text in zip(roles, _texts(record), strict=True)],
        thinking=None if record.thinking is None else storable(record.thinking),
        text=storable(record.text),
        reasoning=storable(record.reasoning),
        reasoning_kind=record.reasoning_kind,
        prompt_tokens=record.prompt_tokens,
        completion_tokens=record.completion_tokens,
        reasoning_tokens=record.reasoning_tokens,
        cached_tokens=record.cached_tokens,
        finish_reason=record.finish_reason,
        latency_s=record.latency_s,
        model=storable(record.model)[:256],
        response_id=storable(record.response_id)[:256],
        error=storable(record.error),
        sampling=record.sampling,
        tools=list(record.tools),
        tool_calls=storable(list(record.tool_calls)),
        probabilities=record.probabilities,
    )
