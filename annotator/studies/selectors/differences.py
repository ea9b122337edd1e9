"""Differences between the annotators of a case: label, patterns, evidence. Reads only; names nobody."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from annotator.studies.models import Annotation, Assignment

Span = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """Differences between the newest annotations of one case.

    `labels` has every label that was chosen, if there are several; `patterns` the names of those that not all chose.
    `evidence` says that somebody marked words of which another annotator marked none.
    """

    labels: Sequence[str] = ()
    patterns: Sequence[str] = ()
    evidence: bool = False


NO_DIFFERENCE = Difference()


def differences(case_ids: Collection[int]) -> Mapping[int, Difference]:
    """Return case id -> its difference, for the cases that have annotations that count. Two queries for any number."""
    submitted = Annotation.objects.filter(assignment__case__in=case_ids, assignment__status=Assignment.Status.SUBMITTED)
    rows = submitted.counted().newest().select_related("assignment").prefetch_related("patterns").order_by("pk")
    by_case: dict[int, list[Annotation]] = defaultdict(list)
    for row in rows:
        by_case[row.assignment.case_id].append(row)
    return {case_id: _difference(annotations) for case_id, annotations in by_case.items()}


def _difference(annotations: Sequence[Annotation]) -> Difference:
    labels = {annotation.label for annotation in annotations}
    chosen = [{pattern.slug: pattern.name for pattern in annotation.patterns.all()} for annotation in annotations]
    names = {slug: name for patterns in chosen for slug, name in patterns.items()}
    return Difference(
        labels=[label for label in Annotation.Label.values if label in labels] if len(labels) > 1 else (),
        patterns=[name for slug, name in names.items() if not all(slug in patterns for patterns in chosen)],
        evidence=_evidence_differs([annotation.spans for annotation in annotations]),
    )


def _evidence_differs(marked: Sequence[Sequence[Span]]) -> bool:
    """Whether one annotator has a span that no span of another touches: exact ends differ nearly always."""
    pairs = permutations(marked, 2)
    return any(not any(_overlap(span, other) for other in others) for spans, others in pairs for span in spans)


def _overlap(one: Span, other: Span) -> bool:
    return bool(one["text"] == other["text"] and one["start"] < other["end"] and other["start"] < one["end"])
