"""Rows of repairs, exemplars and prompt sets."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import F

from annotator.exemplars.models import Candidate, Exemplar, ExemplarProof, PromptSet, Repair
from annotator.releases.snapshots.contents import Contents
from annotator.releases.snapshots.rows.chunks import chunks
from annotator.releases.snapshots.rows.generations import ENDED

Json = dict[str, Any]
CANDIDATE_FIELDS = ("basis", "reasons", "created_at", "rejected_at", "rejected_reason")
REPAIR_FIELDS = (
    "method",
    "status",
    "round",
    "sample",
    "sampling",
    "parameters",
    "prompt_version",
    "reasoning",
    "answer",
    "verdicts",
    "satisfied",
    "undecided",
    "edit_distance",
    "unmentioned",
    "checker_version",
    "model_calls",
    "error",
    "created_at",
    "finished_at",
)
EXEMPLAR_FIELDS = ("reasoning", "answer", "content_hash", "ticked", "approved_at", "withdrawn_at", "withdrawn_reason")
PROOF_FIELDS = ("checker_version", "verdicts", "holds", "made_at")
SET_FIELDS = ("name", "template", "shows_reasoning", "budget_tokens", "content_hash", "frozen_at", "created_at")
USE_FIELDS = ("random_seed", "excluded", "prompts_before", "prompts_after", "created_at")
_PROMPT = ("prompt__dataset_id", "prompt__dataset__name", "prompt__dataset__version", "prompt__key")


def candidate_rows(contents: Contents) -> Iterator[Json]:
    candidates = Candidate.objects.filter(case__study=contents.study)
    prompt = tuple(f"case__{name}" for name in _PROMPT)
    columns = ("pk", "generation_id", "case__second_id", "requested_by_id", "rejected_by_id")
    number = 0
    for chunk in chunks(candidates.values(*columns, *CANDIDATE_FIELDS, *prompt)):
        repairs = _repairs(contents, [row["pk"] for row in chunk])
        for row in chunk:
            number += 1
            yield {
                **row,
                **_prompt(row, "case__"),
                "candidate": number,
                "side": "second" if row["generation_id"] == row["case__second_id"] else "first",
                "requested_by": contents.person(row["requested_by_id"]),
                "rejected_by": contents.person(row["rejected_by_id"]),
                "repairs": repairs[row["pk"]],
            }


def exemplar_rows(contents: Contents) -> Iterator[Json]:
    places = repair_numbers(contents)
    exemplars = Exemplar.objects.filter(candidate__case__study=contents.study)
    columns = ("pk", "repair_id", "approved_by_id", "withdrawn_by_id", *_PROMPT, *EXEMPLAR_FIELDS)
    number = 0
    for chunk in chunks(exemplars.values(*columns)):
        proofs = _proofs([row["pk"] for row in chunk])
        for row in chunk:
            number += 1
            candidate, repair = places[row["repair_id"]]
            yield {
                **row,
                **_prompt(row),
                "exemplar": number,
                "candidate": candidate,
                "repair": repair,
                "approved_by": contents.person(row["approved_by_id"]),
                "withdrawn_by": contents.person(row["withdrawn_by_id"]),
                "proofs": proofs[row["pk"]],
            }


def prompt_set_rows(contents: Contents) -> Iterator[Json]:
    exemplars = Exemplar.objects.filter(candidate__case__study=contents.study).order_by("pk")
    numbers = {pk: number for number, pk in enumerate(exemplars.values_list("pk", flat=True), 1)}
    sets = PromptSet.objects.filter(study=contents.study).select_related("language_model").order_by("pk")
    for row in sets:
        members = row.members.order_by("position").values_list("exemplar_id", flat=True)
        uses = row.uses.order_by("pk").values("run_id", *USE_FIELDS)
        yield {
            **{name: getattr(row, name) for name in SET_FIELDS},
            "set_version": row.version,
            "language_model": row.language_model and row.language_model.slug,
            "created_by": contents.person(row.created_by_id),
            "exemplars": [numbers[pk] for pk in members],
            "uses": [{**use, "run": contents.numbers[use["run_id"]]} for use in uses],
        }


def repair_numbers(contents: Contents) -> Mapping[int, tuple[int, int]]:
    """Return repair id -> (number of the candidate, number of the attempt within it)."""
    candidates: dict[int, int] = {}
    attempts: dict[int, int] = defaultdict(int)
    found = {}
    ids = Candidate.objects.filter(case__study=contents.study).order_by("pk").values_list("pk", flat=True)
    for number, pk in enumerate(ids, 1):
        candidates[pk] = number
    rows = Repair.objects.filter(candidate__case__study=contents.study, status__in=ENDED).order_by("pk")
    for pk, candidate in rows.values_list("pk", "candidate_id"):
        attempts[candidate] += 1
        found[pk] = (candidates[candidate], attempts[candidate])
    return found


def _repairs(contents: Contents, candidate_ids: Collection[int]) -> Mapping[int, list[Json]]:
    """Candidate id -> its ended attempts; an attempt revises an earlier one of the same candidate."""
    found: dict[int, list[Json]] = defaultdict(list)
    numbers: dict[int, int] = {}
    joined = {"model": F("language_model__slug"), "hash": F("environment__hash")}
    rows = Repair.objects.filter(candidate__in=candidate_ids, status__in=ENDED).order_by("pk")
    for row in rows.values("pk", "candidate_id", "parent_id", "request", "author_id", *REPAIR_FIELDS, **joined):
        of_candidate = found[row["candidate_id"]]
        numbers[row["pk"]] = len(of_candidate) + 1
        of_candidate.append(
            {
                **row,
                "repair": numbers[row["pk"]],
                "parent": numbers[row["parent_id"]] if row["parent_id"] else None,
                "request": row["request"] and str(row["request"]),
                "language_model": row["model"],
                "environment": row["hash"],
                "author": contents.person(row["author_id"]),
            }
        )
    return found


def _proofs(exemplar_ids: Collection[int]) -> Mapping[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    rows = ExemplarProof.objects.filter(exemplar__in=exemplar_ids).order_by("exemplar", "pk")
    for row in rows.values("exemplar_id", *PROOF_FIELDS):
        found[row["exemplar_id"]].append(row)
    return found


def _prompt(row: Json, path: str = "") -> Json:
    return {
        "dataset_id": row[f"{path}prompt__dataset_id"],
        "dataset": row[f"{path}prompt__dataset__name"],
        "version": row[f"{path}prompt__dataset__version"],
        "key": row[f"{path}prompt__key"],
    }
