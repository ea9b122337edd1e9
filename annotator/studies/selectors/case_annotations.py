"""The newest annotations of many cases under pseudonyms, for the case list of leads. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from annotator.studies.models import Annotation, Assignment, Study


@dataclass(frozen=True, slots=True)
class NamedAnnotation:
    """Summary of an annotator's newest annotation; `patterns` are names, in the codebook's order."""

    pseudonym: str
    label: str
    patterns: Sequence[str]
    left_out: bool = False


def annotations_by_case(study: Study, case_ids: Collection[int]) -> Mapping[int, Sequence[NamedAnnotation]]:
    """Return case id -> the newest annotation of each annotator. Three queries for any number of cases."""
    pseudonyms = study.memberships.pseudonyms()
    submitted = Annotation.objects.filter(assignment__case__in=case_ids, assignment__status=Assignment.Status.SUBMITTED)
    rows = submitted.newest().order_by("assignment")
    newest = list(
        rows.values_list("pk", "assignment__case_id", "assignment__annotator_id", "label", "assignment__left_out")
    )
    patterns = _patterns([pk for pk, *_ in newest])
    by_case: dict[int, list[NamedAnnotation]] = {case_id: [] for case_id in case_ids}
    for pk, case_id, annotator_id, label, left_out in newest:
        by_case[case_id].append(NamedAnnotation(pseudonyms.get(annotator_id, ""), label, patterns[pk], left_out))
    return by_case


def _patterns(annotation_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
    """annotation id -> the names of its patterns, in the codebook's order."""
    rows = Annotation.patterns.through.objects.filter(annotation__in=annotation_ids).order_by("pattern__position")
    names: dict[int, list[str]] = defaultdict(list)
    for annotation_id, name in rows.values_list("annotation_id", "pattern__name"):
        names[annotation_id].append(name)
    return names
