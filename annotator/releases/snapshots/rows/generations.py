"""Rows of language models, environments, runs, and generations with all that belongs to them."""

from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from django.db.models import F, Q

from annotator.datasets.models import Constraint
from annotator.exemplars.models import PromptSet, Repair
from annotator.releases.snapshots.contents import Contents
from annotator.releases.snapshots.rows.chunks import canonical, chunks, texts_of
from annotator.releases.terms import run_terms
from annotator.runs.models import (
    Environment,
    Generation,
    JudgeReply,
    LanguageModel,
    MessageText,
    ModelCall,
    Run,
    Verdict,
)

Json = dict[str, Any]
MODEL_FIELDS = ("backend", "name", "revision", "options", "terms")
RUN_FIELDS = (
    "strategy",
    "strategy_version",
    "parameters",
    "sampling",
    "left_out",
    "source",
    "fingerprint",
    "status",
    "created_at",
)
GENERATION_FIELDS = (
    "status",
    "fingerprint",
    "completion",
    "reasoning",
    "reasoning_kind",
    "answer",
    "split_status",
    "finish_reason",
    "decision",
    "prompt_tokens",
    "reasoning_tokens",
    "answer_tokens",
    "other_tokens",
    "completion_tokens",
    "latency_s",
    "error",
    "recorded_at",
    "finished_at",
)
CALL_FIELDS = (
    "number",
    "step",
    "sampling",
    "thinking",
    "tools",
    "tool_calls",
    "probabilities",
    "text",
    "reasoning",
    "reasoning_kind",
    "prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "finish_reason",
    "latency_s",
    "model",
    "response_id",
    "error",
)
_CALL_JSON = ("sampling", "thinking", "tools", "tool_calls", "probabilities")
_CALL_PLAIN = tuple(name for name in CALL_FIELDS if name not in _CALL_JSON)
REPLY_FIELDS = (
    "scope",
    "judge_name",
    "prompt_version",
    "language",
    "role",
    "status",
    "raw",
    "truncated",
    "segments",
    "probability",
    "mark",
    "evidence",
    "error",
    "created_at",
    "finished_at",
)
ENDED = (Generation.Status.DONE, Generation.Status.FAILED)
_JOINED = ("pk", "prompt_id", "prompt__key", "environment__hash", "reused_from_id")
VERDICT_FIELDS = ("scope", "strict", "loose", "evidence", "checker_version")
_VERDICT = ("generation_id", "constraint_id", "scope", "strict", "loose", "evidence_text", "checker_version")


def model_rows(contents: Contents) -> Iterator[Json]:
    """The models of the runs, the judges, the repairs and the prompt sets."""
    study = contents.study
    used = (
        Q(pk__in=[run.language_model_id for run in contents.runs])
        | Q(pk__in=_replies(contents).values("judge"))
        | Q(pk__in=Repair.objects.filter(candidate__case__study=study).values("language_model"))
        | Q(pk__in=PromptSet.objects.filter(study=study).values("language_model"))
    )
    for model in LanguageModel.objects.filter(used).order_by("slug"):
        yield {"language_model": model.slug, **{name: getattr(model, name) for name in MODEL_FIELDS}}


def environment_rows(contents: Contents) -> Iterator[Json]:
    used = (
        Q(pk__in=Generation.objects.filter(run__in=contents.runs).values("environment"))
        | Q(pk__in=_replies(contents).values("environment"))
        | Q(pk__in=Repair.objects.filter(candidate__case__study=contents.study).values("environment"))
    )
    for row in Environment.objects.filter(used).order_by("hash"):
        yield {"environment": row.hash, "content": row.content}


def run_rows(contents: Contents) -> Iterator[Json]:
    for run in contents.runs:
        yield {
            "run": contents.numbers[run.pk],
            "dataset": run.dataset.name,
            "version": run.dataset.version,
            "language_model": run.language_model.slug,
            **{name: getattr(run, name) for name in RUN_FIELDS},
            "repeat_of": contents.numbers[run.repeat_of_id] if run.repeat_of_id else None,
            "dataset_id": run.dataset_id,
        }


def generation_rows(contents: Contents) -> Iterator[Json]:
    """The generations that ended, by run and in the order of the prompts. A reused one has the calls that it copies."""
    for run in contents.runs:
        terms = run_terms(run)
        head = {
            "run": contents.numbers[run.pk],
            "dataset": run.dataset.name,
            "version": run.dataset.version,
            "licence": terms["licence"],
            "terms": terms["terms"],
            "dataset_id": run.dataset_id,
        }
        ended = Generation.objects.filter(run=run, status__in=ENDED).values(*_JOINED, *GENERATION_FIELDS)
        for chunk in chunks(ended, by="prompt_id"):
            yield from _of_chunk(run, head, chunk)


def _of_chunk(run: Run, head: Json, chunk: list[Json]) -> Iterator[Json]:
    prompts = (chunk[0]["prompt_id"], chunk[-1]["prompt_id"])
    # The generations of the run between the first prompt and the last: a list of 500 ids costs more than the query.
    whole = Q(generation__run=run, generation__prompt__pk__range=prompts)
    constraints = Constraint.objects.filter(prompt__dataset=run.dataset_id, prompt__pk__range=prompts)
    places = dict(constraints.order_by().values_list("pk", "position"))
    copied = [row["reused_from_id"] for row in chunk if row["reused_from_id"]]
    calls = _calls(whole | Q(generation__in=copied) if copied else whole)
    verdicts, replies = _verdicts(whole, places), _judge_replies(whole)
    for row in chunk:
        row |= head
        row["key"], row["environment"] = row["prompt__key"], row["environment__hash"]
        row["calls"] = calls[row["reused_from_id"] or row["pk"]]
        row["verdicts"], row["judge_replies"] = verdicts[row["pk"]], replies[row["pk"]]
        yield row


def _verdicts(whole: Q, places: dict[int, int]) -> dict[int, list[Json]]:
    """Generation id -> its verdicts by constraint and scope."""
    found: dict[int, list[Json]] = defaultdict(list)
    rows = Verdict.objects.filter(whole).order_by().annotate(**texts_of("evidence"))
    for generation, constraint, scope, strict, loose, written, version in rows.values_list(*_VERDICT):
        found[generation].append(
            {
                "constraint": places[constraint],
                "scope": scope,
                "strict": strict,
                "loose": loose,
                "evidence": canonical(written),
                "checker_version": version,
            }
        )
    for verdicts in found.values():
        verdicts.sort(key=itemgetter("constraint", "scope"))
    return found


def _calls(whole: Q) -> dict[int, list[Json]]:
    """Generation id -> its model calls with the texts that were sent."""
    found: dict[int, list[Json]] = defaultdict(list)
    rows = list(
        ModelCall.objects.filter(whole)
        .order_by("generation", "number")
        .annotate(**texts_of(*_CALL_JSON))
        .values("generation_id", "messages", *_CALL_PLAIN, *(f"{name}_text" for name in _CALL_JSON))
    )
    hashes = {digest for row in rows for _role, digest in row["messages"]}
    texts = dict(MessageText.objects.filter(hash__in=hashes).values_list("hash", "text")) if hashes else {}
    for row in rows:
        row["messages"] = [{"role": role, "content": texts[digest]} for role, digest in row["messages"]]
        for name in _CALL_JSON:
            row[name] = canonical(row[f"{name}_text"])
        found[row["generation_id"]].append(row)
    return found


def _judge_replies(whole: Q) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    order = ("constraint__position", "scope", "judge_name", "prompt_version")
    rows = JudgeReply.objects.filter(whole, status__in=ENDED).order_by(*order)
    names = {"position": F("constraint__position"), "model": F("judge__slug"), "hash": F("environment__hash")}
    for row in rows.values("generation_id", *REPLY_FIELDS, **names):
        row |= {"constraint": row["position"], "language_model": row["model"], "environment": row["hash"]}
        found[row["generation_id"]].append(row)
    return found


def _replies(contents: Contents) -> Any:
    return JudgeReply.objects.filter(generation__run__in=[run.pk for run in contents.runs])
