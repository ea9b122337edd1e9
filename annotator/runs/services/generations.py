"""Generations: claimed by a worker of their language model, finished with verdicts, or failed.

The same request is generated once: a waiting generation whose fingerprint is done in another run is finished from that
one, and the database refuses two claims of one fingerprint.
"""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from annotator.claims import claim_locked, claim_rows, fail_exhausted, finish_row, lock_rows, release_expired
from annotator.runs.models import Environment, Generation, ModelCall, Run, Verdict
from annotator.runs.selectors.recordings import RECORDED_FIELDS
from annotator.runs.services.budgets import budget_enforce
from annotator.runs.services.closing import close_finished_run
from annotator.runs.services.model_calls import CallRecord, calls_prepare, calls_replace, environment_store
from annotator.runs.services.usage import usage_add
from annotator.runs.services.verdicts import verdicts_for
from annotator.text_cleaning import storable

_DIED = "Given up: the worker died {n} times while working on this prompt; resume the run to try again."
_CLAIM_TRIES = 5
_MOST_TOKENS = 2**31 - 1
_RESULT_FIELDS = (*RECORDED_FIELDS, "recorded_at")


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """The values of a finished generation, named as the fields of `Generation`, with its calls and environment."""

    completion: str
    reasoning: str
    answer: str
    split_status: str
    finish_reason: str
    reasoning_kind: str = "none"
    prompt_tokens: int = 0
    reasoning_tokens: int = 0
    answer_tokens: int = 0
    other_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float = 0.0
    decision: Mapping[str, Any] | None = None
    recorded_at: datetime | None = None
    calls: Sequence[CallRecord] = field(default_factory=list)
    environment: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Return the stored fields by name, with unstorable characters replaced and counts that fit their columns."""
        return {name: _bounded(storable(getattr(self, name))) for name in _RESULT_FIELDS}


def _bounded(value: Any) -> Any:
    """A server may state any count, and a generation sums those of its calls."""
    return min(value, _MOST_TOKENS) if type(value) is int else value


def generations_claim(*, language_model_id: int, claim: uuid.UUID, worker: str, limit: int) -> list[Generation]:
    """Claim up to `limit` waiting generations of this model, with prompt, constraints and run.

    Generations whose request is done elsewhere are finished from it instead of returned. The order is by position in
    the dataset and only then by run, so that the two runs of a study advance side by side and people can label early
    cases while the rest is generated. Empty when no row is left that this worker could begin.
    """
    while claimed := _claimed(language_model_id, claim, worker, limit):
        fresh = [generation for generation in claimed if not _finish_from_another(generation, claim)]
        if fresh:
            return fresh
    return []


def generation_finish(*, generation: Generation, claim: uuid.UUID, result: GenerationResult) -> bool:
    """Store the result and its verdicts of every scope, if `claim` is still the row's claim; else return False.

    Verdicts are decided before the transaction opens (a checker may take a second) and stored within it: no
    reader sees a done generation without its verdicts. Waiting generations of the same fingerprint are finished
    from this one.
    """
    environment = environment_store(result.environment) if result.environment else None
    calls = calls_prepare(generation, result.calls)
    if not _finish(generation, claim, result.values(), environment=environment, calls=calls):
        return False
    _finish_duplicates(generation)
    return True


def generation_fail(*, generation: Generation, claim: uuid.UUID, error: str, calls: Sequence[CallRecord] = ()) -> bool:
    """Store why this one prompt failed, and its model calls, if `claim` is still its claim; else return False."""
    prepared = calls_prepare(generation, calls)
    with transaction.atomic():
        if not finish_row(generation, claim=claim, status=Generation.Status.FAILED, error=error):
            return False
        _replace_calls(generation, prepared)
    _end(generation.run_id)
    return True


def _claimed(language_model_id: int, claim: uuid.UUID, worker: str, limit: int) -> list[Generation]:
    """Claim rows, and try again where another worker claims one of the same fingerprint at that moment."""
    for _ in range(_CLAIM_TRIES):
        try:
            with transaction.atomic():
                claimed, exhausted = _claimed_once(language_model_id, claim, worker, limit)
        except IntegrityError:
            continue
        for run_id in exhausted:
            close_finished_run(run_id)
        return claimed
    return []


def _claimed_once(
    language_model_id: int, claim: uuid.UUID, worker: str, limit: int
) -> tuple[list[Generation], set[int]]:
    """Return the claimed rows, and the runs of rows that failed now since their attempts are used up.

    The first waiting rows of each running run are found by the index of its queue, and the first of them all are taken:
    a claim costs the same whether a hundred rows wait or a million.
    """
    runs = Run.objects.filter(language_model_id=language_model_id, status=Run.Status.RUNNING)
    run_ids = list(runs.order_by("pk").values_list("pk", flat=True))
    release_expired(Generation.objects.filter(run_id__in=run_ids))
    exhausted: set[int] = set()
    while True:
        waiting = [_first_to_begin(run_id, language_model_id, limit) for run_id in run_ids]
        first = sorted(itertools.chain(*waiting), key=lambda row: (row.position, row.run_id))[:limit]
        ids = [row.pk for row in first]
        failed = fail_exhausted(Generation.objects.filter(pk__in=ids), died=_DIED)
        exhausted |= {row.run_id for row in failed}
        if len(failed) < len(ids) or not ids:
            break
    queued = Generation.objects.filter(status=Generation.Status.QUEUED)
    taken = claim_locked(queued, ids, claim=claim, worker=worker).order_by("position", "run_id")
    return list(taken.select_related("prompt", "run").prefetch_related("prompt__constraints")), exhausted


def _first_to_begin(run_id: int, language_model_id: int, limit: int) -> list[Generation]:
    """Lock the first queued rows of a run whose request is not under way, nor waits in an earlier row."""
    same = Generation.objects.filter(fingerprint=OuterRef("fingerprint"))
    under_way = same.filter(status=Generation.Status.CLAIMED)
    earlier = same.filter(status=Generation.Status.QUEUED, pk__lt=OuterRef("pk"), run__status=Run.Status.RUNNING)
    earlier = earlier.filter(run__language_model_id=language_model_id)
    queued = Generation.objects.filter(run_id=run_id, status=Generation.Status.QUEUED)
    return lock_rows(queued.filter(~Exists(under_way), ~Exists(earlier)), order=["position", "run_id"], limit=limit)


def _waiting() -> QuerySet[Generation]:
    return Generation.objects.filter(Generation.free(), run__status=Run.Status.RUNNING)


def _finish_duplicates(done: Generation) -> None:
    """Finish the waiting rows of the same fingerprint; a worker that claims one meanwhile reuses the result too."""
    for twin_id in _waiting().filter(fingerprint=done.fingerprint).values_list("pk", flat=True):
        claim = uuid.uuid4()
        with transaction.atomic():
            twins = claim_rows(_waiting().filter(pk=twin_id), order=["pk"], claim=claim, worker="", limit=1)
            twin = twins.select_related("prompt", "run").first()
        if twin:
            _finish_from_another(twin, claim)


def _finish_from_another(generation: Generation, claim: uuid.UUID) -> bool:
    """Finish a claimed generation from a done one of the same fingerprint; False if there is none."""
    same = Generation.objects.filter(fingerprint=generation.fingerprint, status=Generation.Status.DONE)
    source = same.exclude(pk=generation.pk).order_by("reused_from_id", "pk").first()
    if source is None:
        return False
    values = {name: getattr(source, name) for name in _RESULT_FIELDS}
    reused_from_id = source.reused_from_id or source.pk
    _finish(generation, claim, values, environment=source.environment, reused_from_id=reused_from_id)
    return True


def _finish(
    generation: Generation,
    claim: uuid.UUID,
    values: Mapping[str, Any],
    *,
    environment: Environment | None,
    calls: Sequence[ModelCall] = (),
    reused_from_id: int | None = None,
) -> bool:
    texts = {scope: values[scope] for scope in Verdict.Scope.values}
    verdicts = verdicts_for(generation, texts)
    with transaction.atomic():
        stored = {**values, "environment": environment, "reused_from": reused_from_id}
        if not finish_row(generation, claim=claim, status=Generation.Status.DONE, **stored):
            return False
        _replace_calls(generation, calls, paid=values["recorded_at"] is None)
        Verdict.objects.bulk_create(verdicts)
    _end(generation.run_id)
    return True


def _replace_calls(generation: Generation, calls: Sequence[ModelCall], *, paid: bool = True) -> None:
    """Store the calls that ended this generation, and add their tokens to what its run has used."""
    calls_replace(generation, calls)
    if paid and calls:
        model_id = generation.run.language_model_id
        usage_add(run_id=generation.run_id, language_model_id=model_id, worker=generation.claimed_by, calls=calls)


def _end(run_id: int) -> None:
    """Close the run if this was its last row, and pause it if its budget is used up."""
    close_finished_run(run_id)
    budget_enforce(run_id)
