"""Rows of assignments, with flags and reworks, and of every revision of every annotation."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from annotator.releases.snapshots.contents import Contents
from annotator.releases.snapshots.rows.chunks import case_chunks, of_cases, patterns_of, span
from annotator.studies.models import Annotation, Assignment, Dispute, FlagMessage, Rework

Json = dict[str, Any]
ASSIGNMENT_FIELDS = (
    "status",
    "second_is_left",
    "blind_choice",
    "revealed_at",
    "verdicts_shown",
    "blind",
    "skip_reason",
    "skipped_at",
    "left_out",
    "slot_reopened",
)
FLAG_FIELDS = ("reason", "raised_at", "settled_at", "read_at")
ANNOTATION_FIELDS = (
    "revision",
    "label",
    "other_text",
    "note",
    "confidence",
    "effects",
    "spans",
    "seconds",
    "verdicts_shown",
    "submitted_at",
)
_ENDED = (Assignment.Status.SUBMITTED, Assignment.Status.SKIPPED)


def assignment_rows(contents: Contents) -> Iterator[Json]:
    """The assignments with something to tell: submitted, skipped, flagged, or annotated before."""
    annotated = Exists(Annotation.objects.filter(assignment=OuterRef("pk")).order_by())
    kept = Assignment.objects.filter(Q(status__in=_ENDED) | Q(annotated) | Q(flag__isnull=False))
    columns = ("pk", "case_id", "annotator_id", *ASSIGNMENT_FIELDS, *(f"flag__{name}" for name in FLAG_FIELDS))
    for chunk in case_chunks(contents.study):
        rows = list(kept.filter(of_cases(contents.study, chunk)).order_by("case", "pk").values(*columns))
        reworks, messages = _reworks(contents, chunk), _messages(contents, chunk)
        for row in rows:
            yield {
                **chunk[row["case_id"]],
                **row,
                "annotator": contents.person(row["annotator_id"]),
                **{f"flag_{name}": row[f"flag__{name}"] for name in FLAG_FIELDS},
                "flag_messages": messages[row["pk"]],
                "reworks": reworks[row["case_id"], row["annotator_id"]],
            }


def annotation_rows(contents: Contents) -> Iterator[Json]:
    names = {"annotator_id": F("assignment__annotator"), "case_id": F("assignment__case")}
    codebook = {"codebook_name": F("codebook__name"), "codebook_version": F("codebook__version")}
    for chunk in case_chunks(contents.study, "first_id"):
        found = Annotation.objects.filter(of_cases(contents.study, chunk, "assignment__case"))
        ordered = found.order_by("assignment__case_id", "assignment_id", "revision")
        rows = list(ordered.values("pk", "assignment_id", *ANNOTATION_FIELDS, **names, **codebook))
        newest = {row["assignment_id"]: row["revision"] for row in rows}
        patterns = patterns_of(Annotation, of_cases(contents.study, chunk, "annotation__assignment__case"))
        disputes = _disputes(contents, {case_id: case["first_id"] for case_id, case in chunk.items()})
        for row in rows:
            yield {
                **chunk[row["case_id"]],
                **row,
                "annotator": contents.person(row["annotator_id"]),
                "is_latest": row["revision"] == newest[row["assignment_id"]],
                "patterns": [slug for slug, _name, _version in patterns[row["pk"]]],
                "codebook": row["codebook_name"],
                "spans": [span(mark) for mark in row["spans"]],
                "disputes": disputes[row["pk"]],
            }


def _reworks(contents: Contents, case_ids: Collection[int]) -> Mapping[tuple[int, int], list[Json]]:
    """(case id, user id) -> the requests to judge the case anew."""
    found: dict[tuple[int, int], list[Json]] = defaultdict(list)
    rows = Rework.objects.filter(of_cases(contents.study, case_ids)).order_by("pk").annotate(user_id=F("member__user"))
    for row in rows.values("case_id", "user_id", "author_id", "note", "requested_at", "closed_at"):
        found[row["case_id"], row["user_id"]].append({**row, "author": contents.person(row["author_id"])})
    return found


def _messages(contents: Contents, case_ids: Collection[int]) -> Mapping[int, list[Json]]:
    """Assignment id -> the messages about its flag."""
    found: dict[int, list[Json]] = defaultdict(list)
    found_messages = FlagMessage.objects.filter(of_cases(contents.study, case_ids, "flag__assignment__case"))
    rows = found_messages.order_by("pk").annotate(assignment_id=F("flag__assignment"))
    for row in rows.values("assignment_id", "author_id", "text", "written_at"):
        found[row["assignment_id"]].append({**row, "author": contents.person(row["author_id"])})
    return found


def _disputes(contents: Contents, first: Mapping[int, int]) -> Mapping[int, list[Json]]:
    """Annotation id -> the verdicts that it calls wrong. `first` is case id -> its first generation."""
    found: dict[int, list[Json]] = defaultdict(list)
    columns = (
        "annotation_id",
        "annotation__assignment__case_id",
        "verdict__generation_id",
        "verdict__constraint__position",
        "verdict__scope",
        "reason",
    )
    of_chunk = of_cases(contents.study, first, "annotation__assignment__case")
    rows = Dispute.objects.filter(of_chunk).order_by("annotation", "pk")
    for annotation, case, generation, position, scope, reason in rows.values_list(*columns):
        side = "first" if generation == first[case] else "second"
        found[annotation].append({"side": side, "constraint": position, "scope": scope, "reason": reason})
    return found
