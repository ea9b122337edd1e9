"""Rows of the study itself, its members, codebooks, datasets and prompts."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.releases.snapshots.contents import OUTSIDE, Contents
from annotator.releases.snapshots.rows.chunks import canonical, chunks, texts_of
from annotator.studies.models import Codebook

Json = dict[str, Any]
STUDY_FIELDS = (
    "title",
    "scope",
    "overlap",
    "blind",
    "verdicts_shown",
    "judge_unfinished",
    "order",
    "seed",
    "check_every",
    "status",
    "extended",
    "first_role",
    "second_role",
    "created_at",
    "archived_at",
)
MEMBER_FIELDS = ("role", "unblinded_at", "deactivated_at", "deactivation_reason", "left_out")
PATTERN_FIELDS = ("slug", "name", "help", "examples", "hotkey", "needs_text")
DATASET_FIELDS = ("format", "content_hash", "prompt_count", "terms")
PROMPT_FIELDS = ("key", "position", "text", "attributes", "metadata", "known_defects")
_PROMPT_JSON = ("attributes", "metadata")
CONSTRAINT_FIELDS = ("kind", "kwargs", "scope", "span_start", "span_end")


def study_rows(contents: Contents) -> Iterator[Json]:
    study, numbers = contents.study, contents.numbers
    earlier = study.earlier_runs.order_by("pk").values_list("first_run_id", "second_run_id", "replaced_at")
    yield {
        "study": contents.name,
        **{name: getattr(study, name) for name in STUDY_FIELDS},
        "codebook": study.codebook.name,
        "codebook_version": study.codebook.version,
        "first_run": numbers[study.first_run_id],
        "second_run": numbers[study.second_run_id],
        "earlier_runs": [
            {"first_run": numbers[first], "second_run": numbers[second], "replaced_at": at}
            for first, second, at in earlier
        ],
    }


def member_rows(contents: Contents) -> Iterator[Json]:
    for row in contents.study.memberships.order_by("pk").values("pseudonym", *MEMBER_FIELDS):
        yield {"annotator": row["pseudonym"], **row}
    for pseudonym in contents.people.values():
        if pseudonym.startswith(f"{OUTSIDE}-"):
            empty: Json = dict.fromkeys(MEMBER_FIELDS)
            yield {"annotator": pseudonym, **empty, "role": "site_lead", "deactivation_reason": "", "left_out": False}


def codebook_rows(contents: Contents) -> Iterator[Json]:
    """The versions that the study, an annotation, a decision or a practice case refers to."""
    study = contents.study
    used = (
        Q(pk=study.codebook_id)
        | Q(annotations__assignment__case__study=study)
        | Q(patterns__adjudications__case__study=study)
        | Q(patterns__practices__case__study=study)
    )
    ids = Codebook.objects.filter(used).order_by().values("pk").distinct()
    for codebook in Codebook.objects.filter(pk__in=ids).order_by("name", "version"):
        yield {
            "codebook": codebook.name,
            "codebook_version": codebook.version,
            "content_hash": codebook.content_hash,
            "guideline": codebook.guideline,
            "patterns": list(codebook.patterns.order_by("position").values(*PATTERN_FIELDS)),
        }


def dataset_rows(contents: Contents) -> Iterator[Json]:
    datasets = {run.dataset_id: run.dataset for run in contents.runs}
    for dataset in sorted(datasets.values(), key=lambda row: (row.name, row.version)):
        yield {
            "dataset": dataset.name,
            "version": dataset.version,
            **{name: getattr(dataset, name) for name in DATASET_FIELDS},
            "withheld": dataset.pk in contents.withheld,
        }


def prompt_rows(contents: Contents) -> Iterator[Json]:
    datasets = {run.dataset_id: run.dataset for run in contents.runs}
    texts = [f"{name}_text" for name in _PROMPT_JSON]
    for dataset in sorted(datasets.values(), key=lambda row: (row.name, row.version)):
        prompts = Prompt.objects.filter(dataset=dataset).annotate(**texts_of(*_PROMPT_JSON))
        for chunk in chunks(prompts.values("pk", "key", "position", "text", "known_defects", *texts), by="position"):
            constraints = _constraints(dataset, (chunk[0]["position"], chunk[-1]["position"]))
            for row in chunk:
                yield {
                    "dataset": dataset.name,
                    "version": dataset.version,
                    **row,
                    **{name: canonical(row[f"{name}_text"]) for name in _PROMPT_JSON},
                    "constraints": constraints[row["pk"]],
                    "dataset_id": dataset.pk,
                }


def _constraints(dataset: Dataset, positions: tuple[int, int]) -> dict[int, list[Json]]:
    found: dict[int, list[Json]] = defaultdict(list)
    rows = Constraint.objects.filter(prompt__dataset=dataset, prompt__position__range=positions)
    ordered = rows.order_by("prompt_id", "position").annotate(**texts_of("kwargs"))
    columns = ("prompt_id", "kind", "kwargs_text", "scope", "span_start", "span_end")
    for prompt, kind, kwargs, scope, start, end in ordered.values_list(*columns):
        found[prompt].append(
            {"kind": kind, "kwargs": canonical(kwargs), "scope": scope, "span_start": start, "span_end": end}
        )
    return found
