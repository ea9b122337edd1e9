"""The annotations of a study as a stream of records, self-contained and without a person's name.

One record is the newest revision of one annotator's annotation, with the gold of its case beside it; on request also
every older revision, the skips, the flags, the cases that nobody has annotated, and what members said who were left
out; `deactivated` says why its author left. Cases are read in chunks by key, so that memory stays flat, the first line
leaves at once, and no long transaction or cursor is held open while a slow reader downloads.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator.json_lines import json_line
from annotator.releases.cases import Json, case_records
from annotator.studies.models import Annotation, Assignment, Case, Dispute, Study
from annotator.studies.selectors.gold import gold_of

FORMAT = "cotrast.annotation.1"
Extra = Literal["skips", "flags", "untouched", "left_out"]
EXTRAS: tuple[Extra, ...] = get_args(Extra)
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


@dataclass(frozen=True, slots=True)
class Selection:
    """The records of an export: `every_revision` or the newest ones, and `extras` beside the annotations.

    With the extra `left_out` also what counts nowhere, because its author was left out.
    """

    every_revision: bool = False
    extras: frozenset[Extra] = frozenset()


NEWEST = Selection()


def annotation_lines(study: Study, selection: Selection = NEWEST) -> Iterator[bytes]:
    """Yield a line of JSON, with its newline, for each record."""
    for record in annotation_records(study, selection):
        yield json_line(record).encode()


def annotation_records(study: Study, selection: Selection = NEWEST) -> Iterator[Json]:
    """Yield the records by case: annotations by assignment and revision, then skips, then flags.

    A case that nobody has annotated has one record of its own. `study` has its runs, dataset and models joined
    (`access.study_led_by`). A constant number of queries for each chunk of cases.
    """
    head, authors = _head(study), _authors(study)
    for case_ids in _case_ids(study, selection.extras):
        cases, gold = case_records(study, case_ids), _gold(case_ids)
        for kind, case_id, annotator_id, own in _records(case_ids, selection):
            person = authors[annotator_id] if annotator_id else _NOBODY
            yield {
                **head,
                "record": kind,
                "case": case_id,
                **cases[case_id],
                "gold": gold.get(case_id),
                **person,
                **own,
            }


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


_NOBODY: Json = {"annotator": None, "deactivated": None}


def _case_ids(study: Study, extras: Collection[Extra]) -> Iterator[list[int]]:
    """The ids of the cases that have a record, in chunks."""
    assignments = _assignments(extras).filter(case=OuterRef("pk")).order_by()
    annotated = Q(Exists(assignments.filter(status=Assignment.Status.SUBMITTED)))
    chosen = annotated
    if "skips" in extras:
        chosen |= Q(Exists(assignments.filter(status=Assignment.Status.SKIPPED)))
    if "flags" in extras:
        chosen |= Q(Exists(assignments.filter(flag__isnull=False)))
    if "untouched" in extras:
        chosen |= ~annotated
    ids = Case.objects.filter(chosen, study=study).order_by("pk").values_list("pk", flat=True)
    after = 0
    while chunk := list(ids.filter(pk__gt=after)[:_CASES_AT_ONCE]):
        yield chunk
        after = chunk[-1]


def _assignments(extras: Collection[Extra]) -> QuerySet[Assignment]:
    """The assignments whose annotations, skips and flags are exported."""
    return Assignment.objects.all() if "left_out" in extras else Assignment.objects.filter(left_out=False)


def _records(case_ids: Collection[int], selection: Selection) -> Iterator[tuple[str, int, int | None, Json]]:
    """(kind of record, case id, annotator's id, its own fields), by case."""
    by_case: dict[int, list[tuple[str, int | None, Json]]] = {case_id: [] for case_id in case_ids}
    for case_id, annotator_id, annotation in _annotations(case_ids, selection):
        by_case[case_id].append(("annotation", annotator_id, annotation))
    if "untouched" in selection.extras:
        for records in by_case.values():
            if not records:
                records.append(("untouched", None, {}))
    if "skips" in selection.extras:
        for case_id, annotator_id, skip in _skips(_assignments(selection.extras).filter(case__in=case_ids)):
            by_case[case_id].append(("skip", annotator_id, skip))
    if "flags" in selection.extras:
        for case_id, annotator_id, flag in _flags(_assignments(selection.extras).filter(case__in=case_ids)):
            by_case[case_id].append(("flag", annotator_id, flag))
    for case_id, records in by_case.items():
        for kind, annotator, own in records:
            yield kind, case_id, annotator, own


def _annotations(case_ids: Collection[int], selection: Selection) -> Iterator[tuple[int, int, Json]]:
    """(case id, annotator's id, annotation) of the newest revisions on these cases, or of every revision."""
    submitted = Annotation.objects.filter(assignment__case__in=case_ids)
    rows = _rows(submitted if "left_out" in selection.extras else submitted.counted())
    newest = {row["assignment_id"]: row["revision"] for row in rows}
    if not selection.every_revision:
        rows = [row for row in rows if row["revision"] == newest[row["assignment_id"]]]
    patterns = _patterns([row["pk"] for row in rows])
    disputes = _disputes([row["pk"] for row in rows])
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


def _rows(annotations: QuerySet[Annotation]) -> list[Json]:
    ordered = annotations.order_by("assignment__case_id", "assignment_id", "revision")
    return list(ordered.values(*_ROW, *_FIELDS))


def _skips(assignments: QuerySet[Assignment]) -> Iterator[tuple[int, int, Json]]:
    """(case id, annotator's id, skip) of each skipped one; a skip is the last change of its assignment."""
    skipped = assignments.filter(status=Assignment.Status.SKIPPED).order_by("pk")
    for case_id, annotator_id, reason, at in skipped.values_list("case", "annotator", "skip_reason", "touched_at"):
        yield case_id, annotator_id, {"skip": {"reason": reason, "at": at.isoformat()}}


def _flags(assignments: QuerySet[Assignment]) -> Iterator[tuple[int, int, Json]]:
    """(case id, annotator's id, flag) of each flag, settled or not."""
    flagged = assignments.filter(flag__isnull=False).order_by("flag")
    columns = ("case", "annotator", "flag__reason", "flag__raised_at", "flag__settled_at")
    for case_id, annotator_id, reason, raised_at, settled_at in flagged.values_list(*columns):
        settled = settled_at.isoformat() if settled_at else None
        yield case_id, annotator_id, {"flag": {"reason": reason, "at": raised_at.isoformat(), "settled_at": settled}}


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
    return {"format": FORMAT, "study": study.slug, "scope": study.scope}
