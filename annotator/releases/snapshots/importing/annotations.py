"""Import of cases with their decisions, assignments with flags and reworks, and annotations."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.utils import timezone

from annotator.bulk_rows import rows_insert, rows_insert_numbered
from annotator.releases.snapshots.importing.places import Places, prompt_of
from annotator.releases.snapshots.importing.reading import read_chunks, values_of
from annotator.releases.snapshots.rows.annotations import ANNOTATION_FIELDS, ASSIGNMENT_FIELDS, FLAG_FIELDS
from annotator.releases.snapshots.rows.cases import CASE_FIELDS, DECISION_FIELDS
from annotator.releases.snapshots.tables import ANNOTATIONS, ASSIGNMENTS, CASES
from annotator.runs.models import Verdict
from annotator.studies.models import (
    Adjudication,
    Annotation,
    Assignment,
    Case,
    Dispute,
    Flag,
    FlagMessage,
    Membership,
    Practice,
    Rework,
)
from annotator.studies.services.pairing import queue_rank

Json = dict[str, Any]
Values = Sequence[Any]
_CASE_COLUMNS = ("study_id", "prompt_id", "first_id", "second_id", "queue_rank", *CASE_FIELDS)
_case_values = values_of(CASES.columns, CASE_FIELDS)
_decision_values = values_of(CASES.columns[-1].columns, DECISION_FIELDS)
_assignment_values = values_of(ASSIGNMENTS.columns, ASSIGNMENT_FIELDS)
_ANNOTATION_COLUMNS = ("assignment_id", "submission_key", "codebook_id", *ANNOTATION_FIELDS)
_annotation_values = values_of(ANNOTATIONS.columns, ANNOTATION_FIELDS)


def import_cases(folder: Path, places: Places) -> None:
    for chunk in read_chunks(folder, CASES):
        sides = [_sides(row, places) for row in chunk]
        cases = [_case(row, of_case, places) for row, of_case in zip(chunk, sides, strict=True)]
        ids = rows_insert_numbered(Case, _CASE_COLUMNS, cases)
        places.sides |= zip(ids, sides, strict=True)
        pairs = list(zip(ids, chunk, strict=True))
        for case, row in pairs:
            places.cases[prompt_of(row)] = case
        practice = [row for row in pairs if row[1]["practice"]]
        _import_practice(practice, places)
        decisions = [(case, decision) for case, row in pairs for decision in row["decisions"]]
        stored = rows_insert_numbered(
            Adjudication,
            ("case_id", "author_id", *DECISION_FIELDS),
            [(case, places.person(row["author"]), *_decision_values(row)) for case, row in decisions],
        )
        _link(Adjudication, zip(stored, (_patterns(row, places) for _case, row in decisions), strict=True))


def _import_practice(pairs: Sequence[tuple[int, Json]], places: Places) -> None:
    stored = Practice.objects.bulk_create(
        Practice(case_id=case, label=row["practice_label"], feedback=row["practice_feedback"]) for case, row in pairs
    )
    names = ("practice_patterns", "practice_codebook", "practice_codebook_version")
    patterns = [places.pattern_ids(*(row[name] for name in names)) for _case, row in pairs]
    _link(Practice, zip((row.pk for row in stored), patterns, strict=True))


def import_assignments(folder: Path, places: Places) -> None:
    members = dict(Membership.objects.filter(study=places.study).values_list("user_id", "pk"))
    now = timezone.now()
    for chunk in read_chunks(folder, ASSIGNMENTS):
        ids = rows_insert_numbered(
            Assignment,
            ("case_id", "annotator_id", "lease_until", *ASSIGNMENT_FIELDS),
            [
                (places.cases[prompt_of(row)], places.people[row["annotator"]], now, *_assignment_values(row))
                for row in chunk
            ],
        )
        pairs = list(zip(ids, chunk, strict=True))
        for assignment, row in pairs:
            places.assignments[prompt_of(row), row["annotator"]] = assignment
        flags = [(_flag(assignment, row), row) for assignment, row in pairs if row["flag_reason"] is not None]
        Flag.objects.bulk_create(flag for flag, _row in flags)
        FlagMessage.objects.bulk_create(
            FlagMessage(
                flag=flag,
                author_id=places.people[message["author"]],
                text=message["text"],
                written_at=message["written_at"],
            )
            for flag, row in flags
            for message in row["flag_messages"]
        )
        Rework.objects.bulk_create(
            Rework(
                case_id=places.cases[prompt_of(row)],
                member_id=members[places.people[row["annotator"]]],
                author_id=places.people[rework["author"]],
                note=rework["note"],
                requested_at=rework["requested_at"],
                closed_at=rework["closed_at"],
            )
            for row in chunk
            for rework in row["reworks"]
        )


def import_annotations(folder: Path, places: Places) -> None:
    for chunk in read_chunks(folder, ANNOTATIONS):
        ids = rows_insert_numbered(Annotation, _ANNOTATION_COLUMNS, [_annotation(row, places) for row in chunk])
        pairs = list(zip(ids, chunk, strict=True))
        _link(Annotation, ((annotation, _patterns(row, places)) for annotation, row in pairs))
        disputed = {(row_pk, *names): pk for row_pk, names, pk in _disputed(chunk, places)}
        Dispute.objects.bulk_create(
            Dispute(
                annotation_id=annotation,
                verdict_id=disputed[_generation(row, dispute, places), dispute["constraint"], dispute["scope"]],
                reason=dispute["reason"],
            )
            for annotation, row in pairs
            for dispute in row["disputes"]
        )


def _sides(row: Json, places: Places) -> tuple[int, int]:
    """The ids of the first and the second generation of a case."""
    prompt = prompt_of(row)
    first, second = (places.runs[row[name]].pk for name in ("first_run", "second_run"))
    return places.generations[first, *prompt], places.generations[second, *prompt]


def _case(row: Json, sides: tuple[int, int], places: Places) -> Values:
    rank = queue_rank(places.study.seed, row["key"])
    of_case = (places.study.pk, places.prompts[prompt_of(row)], *sides, rank)
    return (*of_case, *_case_values(row))


def _flag(assignment: int, row: Json) -> Flag:
    return Flag(assignment_id=assignment, **{name: row[f"flag_{name}"] for name in FLAG_FIELDS})


def _annotation(row: Json, places: Places) -> Values:
    assignment = places.assignments[prompt_of(row), row["annotator"]]
    # A key of the browser that sent it, which a snapshot does not keep: one that no browser draws.
    key = uuid5(NAMESPACE_OID, f"{assignment}.{row['revision']}")
    codebook = places.codebooks[row["codebook"], row["codebook_version"]].pk
    return (assignment, key, codebook, *_annotation_values(row))


def _patterns(row: Json, places: Places) -> list[int]:
    return places.pattern_ids(row["patterns"], row["codebook"], row["codebook_version"])


def _generation(row: Json, dispute: Json, places: Places) -> int:
    first, second = places.sides[places.cases[prompt_of(row)]]
    return first if dispute["side"] == "first" else second


def _disputed(chunk: list[Json], places: Places) -> Iterator[tuple[int, tuple[int, str], int]]:
    """(generation, (constraint, scope), verdict) of the generations with a disputed verdict."""
    generations = {_generation(row, dispute, places) for row in chunk for dispute in row["disputes"]}
    rows = Verdict.objects.filter(generation__in=generations).order_by()
    for generation, position, scope, pk in rows.values_list("generation_id", "constraint__position", "scope", "pk"):
        yield generation, (position, scope), pk


def _link(model: Any, patterns: Iterable[tuple[int, list[int]]]) -> None:
    """Store the patterns of rows, given as (row, patterns)."""
    through, owner = model.patterns.through, f"{model._meta.model_name}_id"
    rows_insert(through, (owner, "pattern_id"), ((row_id, pattern) for row_id, ids in patterns for pattern in ids))
