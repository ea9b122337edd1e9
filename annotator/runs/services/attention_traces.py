"""Attention traces: requested for generations, claimed by a worker, finished with a file or failed."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.backends import BACKENDS
from annotator.claims import claim_rows, fail_exhausted, finish_row
from annotator.runs import dispatch
from annotator.runs.attention_files import TraceArrays, trace_file_remove, trace_file_write
from annotator.runs.errors import RunError
from annotator.runs.models import AttentionTrace, Generation, LanguageModel
from annotator.runs.selectors.recorded_answers import spans_of
from annotator.runs.services.model_calls import environment_store
from annotator.text_cleaning import storable

MOST_BIAS = 20.0
"""The most that is added to an attention score: e^20 times the weight leaves nothing for any other token."""
_ROWS_AT_ONCE = 500
_DIED = "Given up: the worker died {n} times while reading the attention of this answer; request it again."


@dataclass(frozen=True, slots=True)
class TracesRequested:
    """The result of a request: how many traces were queued, and how many answers have no constraint with a span."""

    queued: int
    without_spans: int


@transaction.atomic
def attention_traces_request(
    *,
    generations: QuerySet[Generation],
    language_model: LanguageModel,
    treatment: str = AttentionTrace.Treatment.RECORDED,
    bias: float = 0.0,
    again: bool = False,
) -> TracesRequested:
    """Queue a trace by `language_model` of every done generation that has none, and failed and outdated ones again.

    With `again` those that are done are read anew too, whose files may be lost.

    A trace is outdated when the spans of its prompt's constraints have changed since. With the treatment `filler` the
    answers that reasoned are traced alone. Raises RunError for a model whose attention cannot be read.
    """
    refuse_untraceable(language_model)
    if not 0 <= bias <= MOST_BIAS:
        raise RunError(_("A boost lies between 0 and %(most)g, not at %(bias)g.") % {"most": MOST_BIAS, "bias": bias})
    done = generations.filter(status=Generation.Status.DONE).exclude(answer="")
    if treatment == AttentionTrace.Treatment.FILLER:
        done = done.exclude(reasoning="")
    rows = list(done.select_related("prompt").prefetch_related("prompt__constraints").order_by("position", "pk"))
    spans = {row.pk: spans_of(row.prompt) for row in rows}
    stated = [row for row in rows if any(spans[row.pk])]
    known = {
        trace.generation_id: trace
        for trace in AttentionTrace.objects.filter(
            generation__in=[row.pk for row in stated], language_model=language_model, treatment=treatment, bias=bias
        )
    }
    outdated = {
        trace.pk
        for pk, trace in known.items()
        if trace.status == AttentionTrace.Status.FAILED
        or (trace.status == AttentionTrace.Status.DONE and (again or trace.spans != spans[pk]))
    }
    _queue_again([trace for trace in known.values() if trace.pk in outdated], spans)
    missing = [
        AttentionTrace(
            generation=row, language_model=language_model, treatment=treatment, bias=bias, spans=spans[row.pk]
        )
        for row in stated
        if row.pk not in known
    ]
    AttentionTrace.objects.bulk_create(missing, batch_size=_ROWS_AT_ONCE, ignore_conflicts=True)
    dispatch.wake(language_model)
    return TracesRequested(len(missing) + len(outdated), len(rows) - len(stated))


def refuse_untraceable(language_model: LanguageModel) -> None:
    """Raise RunError for a model whose backend shows no attention."""
    backend = BACKENDS.get(language_model.backend)
    if backend is None or not backend.traces_attention:
        raise RunError(
            _(
                "The backend of language model %(slug)r shows no attention; name a model of the backend "
                "'transformers' with the same weights."
            )
            % {"slug": language_model.slug}
        )


@transaction.atomic
def attention_traces_claim(
    *, language_model_id: int, claim: uuid.UUID, worker: str, limit: int
) -> list[AttentionTrace]:
    """Claim up to `limit` waiting traces of this model, with generation, run, prompt and constraints, oldest first."""
    waiting = AttentionTrace.objects.filter(AttentionTrace.free(), language_model=language_model_id)
    fail_exhausted(waiting, died=_DIED)
    taken = claim_rows(waiting, order=["pk"], claim=claim, worker=worker, limit=limit)
    joined = taken.select_related("generation__prompt", "generation__run", "generation__reused_from")
    return list(joined.prefetch_related("generation__prompt__constraints"))


def attention_trace_finish(
    *,
    trace: AttentionTrace,
    claim: uuid.UUID,
    summary: Mapping[str, Any],
    arrays: TraceArrays | None = None,
    environment: Mapping[str, str] | None = None,
) -> bool:
    """Store the file, the summary and the environment, if `claim` is still the claim; else return False.

    The file is written first: a done row without its file would be worse than a file without a row.
    """
    file_hash = trace_file_write(settings.VAR_DIR, arrays) if arrays else ""
    values = {
        "file_hash": file_hash,
        "summary": storable(dict(summary)),
        "environment": environment_store(environment) if environment else None,
    }
    if finish_row(trace, claim=claim, status=AttentionTrace.Status.DONE, **values):
        return True
    _remove_unused([file_hash])
    return False


def attention_trace_fail(*, trace: AttentionTrace, claim: uuid.UUID, error: str) -> bool:
    """Store why this trace could not be read, if `claim` is still its claim; else return False."""
    return finish_row(trace, claim=claim, status=AttentionTrace.Status.FAILED, error=error)


def attention_traces_delete(*, generations: QuerySet[Generation]) -> int:
    """Delete the traces of these generations, inside the caller's transaction, and their files once it commits."""
    traces = AttentionTrace.objects.filter(generation__in=generations.order_by())
    hashes = list(traces.exclude(file_hash="").values_list("file_hash", flat=True))
    deleted = traces.count()
    traces.delete()
    transaction.on_commit(lambda: _remove_unused(hashes))
    return deleted


def _queue_again(traces: Iterable[AttentionTrace], spans: Mapping[int, Any]) -> None:
    for trace in traces:
        old = trace.file_hash
        AttentionTrace.objects.filter(pk=trace.pk).update(
            status=AttentionTrace.Status.QUEUED,
            attempts=0,
            error="",
            file_hash="",
            summary={},
            spans=spans[trace.generation_id],
        )
        transaction.on_commit(lambda old=old: _remove_unused([old]))  # type: ignore[misc]


def _remove_unused(hashes: Iterable[str]) -> None:
    for file_hash in set(hashes) - {""}:
        if not AttentionTrace.objects.filter(file_hash=file_hash).exists():
            trace_file_remove(settings.VAR_DIR, file_hash)
