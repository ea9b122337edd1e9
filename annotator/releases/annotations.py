"""The annotations of a study as a stream of JSON lines, self-contained and without a person's name.

One line is one revision of one annotator's annotation, with the gold of its case beside it. Annotations of members who
were left out are left out here too, unless they are wanted; `deactivated` says why their author left. Cases are read
in chunks by key, so that memory stays flat, the first line leaves at once, and no long transaction or cursor is held
open while a slow reader downloads.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import asdict

from django.db.models import Exists, OuterRef

from annotator.json_lines import json_line
from annotator.releases.cases import Json, case_records
from annotator.studies.models import Annotation, Assignment, Case, Dispute, Study
from annotator.studies.selectors.gold import gold_of

FORMAT = "cotrast.annotation.1"
_CASES_AT_ONCE = 500
_FIELDS = ("label", "other_text", "note", "confidence", "effects", "spans", "seconds", "verdicts_shown", "revision")
_ROW = (
    "pk",
    "submitted_at",
    "codebook__name",
    "codebook__version",
    "assignment_id",
    "assignment__case_id",
    "assignment__annotator_id",
    "assignment__second_is_left",
    "assignment__blind_choice",
    "assignment__blind",
)


def annotation_lines(study: Study, *, left_out: bool = False) -> Iterator[bytes]:
    """Yield a line, with its newline, for each revision: by case, then assignment, then revision.

    With `left_out` also the annotations that count nowhere, because their author was left out.

    `study` has its runs, dataset and models joined (`access.study_led_by`). A constant number of queries for each chunk
    of cases.
    """
    head, authors = _head(study), _authors(study)
    for case_ids in _labelled_cases(study, left_out=left_out):
        cases, gold = case_records(study, case_ids), _gold(case_ids)
        for case_id, annotator_id, annotation in _annotations(case_ids, left_out=left_out):
            own = {"gold": gold.get(case_id), **authors[annotator_id]}
            yield json_line({**head, **cases[case_id], **own, **annotation}).encode()


def _authors(study: Study) -> dict[int, Json]:
    """user id -> the pseudonym of each member, and since when and why they are deactivated, null for who is not."""
    columns = ("user_id", "pseudonym", "deactivated_at", "deactivation_reason", "left_out")
    return {
        user_id: {
            "annotator": pseudonym,
            "deactivated": at and {"at": at.isoformat(), "reason": reason, "left_out": left_out},
        }
        for user_id, pseudonym, at, reason, left_out in study.memberships.order_by().values_list(*columns)
    }


def _labelled_cases(study: Study, *, left_out: bool) -> Iterator[list[int]]:
    """The ids of the cases that have an annotation, in chunks."""
    submitted = Assignment.objects.filter(case=OuterRef("pk"), status=Assignment.Status.SUBMITTED)
    submitted = submitted if left_out else submitted.filter(left_out=False)
    ids = Case.objects.filter(Exists(submitted), study=study).order_by("pk").values_list("pk", flat=True)
    after = 0
    while chunk := list(ids.filter(pk__gt=after)[:_CASES_AT_ONCE]):
        yield chunk
        after = chunk[-1]


def _annotations(case_ids: Collection[int], *, left_out: bool) -> Iterator[tuple[int, int, Json]]:
    """(case id, annotator's id, annotation) of every revision on these cases."""
    submitted = Annotation.objects.filter(assignment__case__in=case_ids)
    submitted = submitted if left_out else submitted.counted()
    rows: list[Json] = list(
        submitted.order_by("assignment__case_id", "assignment_id", "revision").values(*_ROW, *_FIELDS)
    )
    patterns = _patterns([row["pk"] for row in rows])
    disputes = _disputes([row["pk"] for row in rows])
    newest = {row["assignment_id"]: row["revision"] for row in rows}
    for row in rows:
        left, right = ("second", "first") if row["assignment__second_is_left"] else ("first", "second")
        annotation = {
            "sides": {"left": left, "right": right},
            "blind_choice": row["assignment__blind_choice"] or None,
            "blind": row["assignment__blind"],
            "codebook": {"name": row["codebook__name"], "version": row["codebook__version"]},
            **{field: row[field] for field in _FIELDS},
            "patterns": patterns[row["pk"]],
            "disputes": disputes[row["pk"]],
            "is_latest": row["revision"] == newest[row["assignment_id"]],
            "submitted_at": row["submitted_at"].isoformat(),
        }
        yield row["assignment__case_id"], row["assignment__annotator_id"], annotation


def _patterns(annotation_ids: Collection[int]) -> dict[int, list[str]]:
    """annotation id -> the slugs of its patterns, in the codebook's order."""
    slugs: dict[int, list[str]] = defaultdict(list)
    rows = Annotation.patterns.through.objects.filter(annotation__in=annotation_ids)
    for annotation_id, slug in rows.order_by("pattern__position").values_list("annotation_id", "pattern__slug"):
        slugs[annotation_id].append(slug)
    return slugs


def _disputes(annotation_ids: Collection[int]) -> dict[int, list[Json]]:
    """annotation id -> its disputed verdicts on answers; `constraint` counts from 0, as in `verdicts`."""
    disputes: dict[int, list[Json]] = defaultdict(list)
    rows = Dispute.objects.filter(annotation__in=annotation_ids).order_by("annotation", "pk")
    generations = ("verdict__generation", "annotation__assignment__case__first")
    columns = ("annotation", "reason", "verdict__constraint__position", *generations)
    for annotation_id, reason, position, generation, first in rows.values_list(*columns):
        side = "first" if generation == first else "second"
        disputes[annotation_id].append({"side": side, "constraint": position, "reason": reason})
    return disputes


def _gold(case_ids: Collection[int]) -> dict[int, Json]:
    """case id -> its gold at the time of reading."""
    return {
        case_id: {**asdict(gold), "decided_at": gold.decided_at.isoformat()}
        for case_id, gold in gold_of(case_ids).items()
    }


def _head(study: Study) -> Json:
    """The fields that are the same on every line, so that a line can be read alone."""
    dataset = study.first_run.dataset
    return {
        "format": FORMAT,
        "study": study.slug,
        "scope": study.scope,
        "dataset": {"name": dataset.name, "version": dataset.version, "content_hash": dataset.content_hash},
    }
