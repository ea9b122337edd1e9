"""Facts about a snapshot for its manifest and card: counts, agreement, terms, known defects."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count

from annotator.analysis.agreement import kind_agreement, study_agreement
from annotator.analysis.agreement_values import Coefficients
from annotator.analysis.counted_annotations import newest_annotations
from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import Dataset, Prompt
from annotator.releases.snapshots.contents import Contents
from annotator.releases.terms import run_terms
from annotator.runs.models import JudgeReply
from annotator.studies.models import Annotation, Study

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of the database about a release. `agreement` and its parts are estimates with intervals."""

    name: str
    title: str
    counts: Json
    agreement: Json
    licences: list[Json]
    known_defects: list[Json]
    machine_tools: list[str]
    checker_version: str
    overlap: int
    blind: bool
    first_role: str
    second_role: str
    codebook: str
    withheld: list[str]
    first_submitted: str | None
    last_submitted: str | None
    anonymous: bool


def facts_of(contents: Contents) -> Facts:
    """Read the facts of what is released. The same rows give the same facts."""
    study = contents.study
    datasets = _datasets(contents)
    submitted = Annotation.objects.filter(assignment__case__study=study).order_by("submitted_at")
    moments = [moment.isoformat() for moment in submitted.values_list("submitted_at", flat=True)[:1]]
    moments += [moment.isoformat() for moment in submitted.reverse().values_list("submitted_at", flat=True)[:1]]
    clean = contents.clean or str
    return Facts(
        name=contents.name,
        title=clean(study.title),
        counts=_counts(study),
        agreement=_agreement(study),
        licences=list(_licences(contents, datasets)),
        known_defects=list(_known_defects(datasets)),
        machine_tools=_machine_tools(contents),
        checker_version=CHECKER_VERSION,
        overlap=study.overlap,
        blind=study.blind,
        first_role=clean(study.first_role),
        second_role=clean(study.second_role),
        codebook=clean(str(study.codebook)),
        withheld=[clean(str(row)) for row in datasets if row.pk in contents.withheld],
        first_submitted=moments[0] if moments else None,
        last_submitted=moments[-1] if moments else None,
        anonymous=contents.clean is not None,
    )


def _datasets(contents: Contents) -> list[Dataset]:
    datasets = {run.dataset_id: run.dataset for run in contents.runs}
    return sorted(datasets.values(), key=lambda row: (row.name, row.version))


def _counts(study: Study) -> Json:
    outcomes = study.cases.order_by("outcome").values_list("outcome").annotate(n=Count("pk"))
    newest = newest_annotations(study)  # what agreement is computed from: without practice and hidden checks
    labels = newest.order_by("label").values_list("label").annotate(n=Count("pk"))
    return {
        "cases": study.cases.count(),
        "outcomes": dict(outcomes),
        "annotations": dict(labels),
        "annotators": newest.order_by().values("assignment__annotator").distinct().count(),
    }


def _agreement(study: Study) -> Json:
    found = study_agreement(study)
    return {
        "annotators": found.annotators,
        "cases": found.cases,
        "shared_cases": found.shared,
        "label": _coefficients(found.label),
        "spans_f1": asdict(found.spans),
        "patterns": {part.name: _coefficients(part.coefficients) for part in found.patterns},
        "kinds": {part.name: _coefficients(part.coefficients) for part in kind_agreement(study)},
    }


def _coefficients(found: Coefficients) -> Json:
    return {name: asdict(getattr(found, name)) for name in ("raw", "alpha", "ac1")}


def _licences(contents: Contents, datasets: list[Dataset]) -> Iterator[Json]:
    """The licence and terms of each part, null where none are known."""
    clean = contents.clean or str
    for dataset in datasets:
        yield {
            "part": clean(f"prompts of {dataset}"),
            "licence": None,
            "terms": dataset.terms or None,
            "texts": dataset.pk not in contents.withheld,
        }
    for run in contents.runs:
        terms: Mapping[str, Any] = run_terms(run)
        yield {
            "part": clean(f"texts of run {contents.numbers[run.pk]}, {run.language_model.slug}, {run.strategy}"),
            "licence": terms["licence"],
            "terms": terms["terms"] and clean(terms["terms"]),
            "texts": run.dataset_id not in contents.withheld,
        }


def _known_defects(datasets: list[Dataset]) -> Iterator[Json]:
    for dataset in datasets:
        rows = Prompt.objects.filter(dataset=dataset).exclude(known_defects=[]).order_by("position")
        for key, defects in rows.values_list("key", "known_defects"):
            yield {"dataset": dataset.name, "version": dataset.version, "key": key, "defects": defects}


def _machine_tools(contents: Contents) -> list[str]:
    replies = JudgeReply.objects.filter(generation__run__in=[run.pk for run in contents.runs], status="done")
    judges = sorted(set(replies.values_list("judge_name", flat=True)))
    return [f"Cotrast checkers {CHECKER_VERSION}", *(f"judge {name}" for name in judges)]
