"""The newest annotations of many cases, by pseudonym, for the list that leads read. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from annotator.studies.models import Annotation, Assignment, Study


@dataclass(frozen=True, slots=True)
class NamedAnnotation:
    """The newest annotation of one annotator, in short; `patterns` are names, in the codebook's order."""

    pseudonym: str
    label: str
    patterns: Sequence[str]


def annotations_by_case(study: Study, case_ids: Collection[int]) -> Mapping[int, Sequence[NamedAnnotation]]:
    """case id -> the newest annotation of each annotator, [] for none. Three queries for any number of cases."""
    pseudonyms = study.memberships.pseudonyms()
    submitted = Annotation.objects.filter(assignment__case__in=case_ids, assignment__status=Assignment.Status.SUBMITTED)
    rows = submitted.newest().order_by("assignment")
    newest = list(rows.values_list("pk", "assignment__case_id", "assignment__annotator_id", "label"))
    patterns = _patterns([pk for pk, *_ in newest])
    found: dict[int, list[NamedAnnotation]] = {case_id: [] for case_id in case_ids}
    for pk, case_id, annotator_id, label in newest:
        found[case_id].append(NamedAnnotation(pseudonyms.get(annotator_id, ""), label, patterns[pk]))
    return found


def _patterns(annotation_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """annotation id -> the names of its patterns, in the codebook's order."""
    rows = Annotation.patterns.through.objects.filter(annotation__in=annotation_ids).order_by("pattern__position")
    found: dict[int, list[str]] = defaultdict(list)
    for annotation_id, name in rows.values_list("annotation_id", "pattern__name"):
        found[annotation_id].append(name)
    return found
