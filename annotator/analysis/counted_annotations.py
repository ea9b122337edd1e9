"""Counted annotations: the newest revision of each assignment, but for practice and members left out.

Reads only. Owns which rows enter an analysis, and their form there. It does not know what is computed from them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from annotator.datasets.models import Constraint
from annotator.studies.models import Annotation, Assignment, Pattern, Study, counted_cases
from annotator.studies.models.annotations import AnnotationQuerySet


@dataclass(frozen=True, slots=True)
class CountedSpan:
    """A span of evidence: characters `[start, end)` of the text named `text`, for a pattern's slug or ""."""

    text: str
    start: int
    end: int
    pattern: str


@dataclass(frozen=True, slots=True)
class CountedAnnotation:
    """One annotator's newest annotation of one case.

    `patterns` and `offered_patterns`, those of its version of the codebook, are slugs. `verdicts_shown` is the study's
    setting when it was submitted.
    """

    case_id: int
    annotator_id: int
    label: str
    patterns: frozenset[str]
    offered_patterns: frozenset[str]
    verdicts_shown: str
    evidence: tuple[CountedSpan, ...]


def annotation_revisions(study: Study) -> AnnotationQuerySet:
    """Every revision of every annotation that counts, without practice cases and hidden checks."""
    rows = Annotation.objects.counted()
    return rows.filter(counted_cases("assignment__case__"), assignment__case__study=study).order_by()


def newest_annotations(study: Study) -> QuerySet[Annotation]:
    """The newest revision of each annotation that counts, without practice cases."""
    return annotation_revisions(study).newest()


def counted_assignments(study: Study) -> QuerySet[Assignment]:
    """Every assignment of members whose annotations count, without practice cases and hidden checks."""
    return Assignment.objects.filter(counted_cases("case__"), case__study=study, left_out=False).order_by()


def blind_choices(study: Study) -> QuerySet[Assignment]:
    """The assignments whose blind choice counts: what the page could not hide is no blind choice."""
    return counted_assignments(study).exclude(blind_choice="").exclude(blind=False)


def counted_annotations(study: Study) -> Sequence[CountedAnnotation]:
    """Read the counted annotations in three queries, whatever the size of the study."""
    annotations = newest_annotations(study)
    chosen = _patterns_by_annotation(annotations)
    columns = (
        "pk",
        "assignment__case_id",
        "assignment__annotator_id",
        "label",
        "spans",
        "codebook_id",
        "verdicts_shown",
    )
    rows = list(annotations.values_list(*columns))
    offered = _patterns_by_codebook({codebook for *_, codebook, _shown in rows})
    return [
        CountedAnnotation(
            case_id=case_id,
            annotator_id=annotator_id,
            label=label,
            patterns=frozenset(chosen[pk]),
            offered_patterns=offered[codebook_id],
            verdicts_shown=verdicts_shown,
            evidence=tuple(_evidence(spans)),
        )
        for pk, case_id, annotator_id, label, spans, codebook_id, verdicts_shown in rows
    ]


def pattern_names(study: Study) -> Mapping[str, str]:
    """Return slug -> name of the patterns of the present codebook, in order, then of older versions in use."""
    used = Annotation.objects.filter(assignment__case__study=study).order_by().values("codebook")
    older = Pattern.objects.filter(codebook__in=used).exclude(codebook=study.codebook_id)
    present = Pattern.objects.filter(codebook=study.codebook_id).order_by("position")
    names = dict(present.values_list("slug", "name"))
    for slug, name in older.order_by("-codebook__version", "position").values_list("slug", "name"):
        names.setdefault(slug, name)
    return names


def kinds_by_case(study: Study) -> Mapping[int, frozenset[str]]:
    """Return case id -> kinds of the constraints of its prompt."""
    kinds: dict[int, set[str]] = defaultdict(set)
    rows = Constraint.objects.filter(counted_cases("prompt__cases__"), prompt__cases__study=study)
    for case_id, kind in rows.order_by().values_list("prompt__cases", "kind"):
        kinds[case_id].add(kind)
    return {case_id: frozenset(kinds_of_case) for case_id, kinds_of_case in kinds.items()}


def _patterns_by_annotation(annotations: QuerySet[Annotation]) -> Mapping[int, Sequence[str]]:
    chosen: dict[int, list[str]] = defaultdict(list)
    rows = annotations.filter(patterns__isnull=False).values_list("pk", "patterns__slug")
    for pk, slug in rows:
        chosen[pk].append(slug)
    return chosen


def _patterns_by_codebook(codebooks: Iterable[int]) -> Mapping[int, frozenset[str]]:
    offered: dict[int, set[str]] = {codebook: set() for codebook in codebooks}
    rows = Pattern.objects.filter(codebook__in=offered).order_by().values_list("codebook_id", "slug")
    for codebook, slug in rows:
        offered[codebook].add(slug)
    return {codebook: frozenset(slugs) for codebook, slugs in offered.items()}


def _evidence(spans: Iterable[Mapping[str, Any]]) -> Iterable[CountedSpan]:
    return (CountedSpan(span["text"], span["start"], span["end"], span.get("pattern", "")) for span in spans)
