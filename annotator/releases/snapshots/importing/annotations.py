"""Import of cases with their decisions, assignments with flags and reworks, and annotations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.utils import timezone

from annotator.releases.snapshots.importing.places import Places, prompt_of
from annotator.releases.snapshots.importing.reading import read_chunks
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


def import_cases(folder: Path, places: Places) -> None:
    for chunk in read_chunks(folder, CASES):
        cases = Case.objects.bulk_create(_case(row, places) for row in chunk)
        pairs = list(zip(cases, chunk, strict=True))
        for case, row in pairs:
            places.cases[prompt_of(row)] = case.pk
            places.sides[case.pk] = (case.first_id, case.second_id)
        practice = [
            (Practice(case=case, label=row["practice_label"], feedback=row["practice_feedback"]), row)
            for case, row in pairs
            if row["practice"]
        ]
        Practice.objects.bulk_create(stored for stored, _row in practice)
        names = ("practice_patterns", "practice_codebook", "practice_codebook_version")
        _link(Practice, [(stored.pk, places.pattern_ids(*(row[name] for name in names))) for stored, row in practice])
        decisions = [
            (_decision(case, decision, places), decision) for case, row in pairs for decision in row["decisions"]
        ]
        Adjudication.objects.bulk_create(stored for stored, _row in decisions)
        _link(Adjudication, [(stored.pk, _patterns(row, places)) for stored, row in decisions])


def import_assignments(folder: Path, places: Places) -> None:
    members = dict(Membership.objects.filter(study=places.study).values_list("user_id", "pk"))
    for chunk in read_chunks(folder, ASSIGNMENTS):
        stored = Assignment.objects.bulk_create(
            Assignment(
                case_id=places.cases[prompt_of(row)],
                annotator_id=places.people[row["annotator"]],
                lease_until=timezone.now(),
                **{name: row[name] for name in ASSIGNMENT_FIELDS},
            )
            for row in chunk
        )
        pairs = list(zip(stored, chunk, strict=True))
        for assignment, row in pairs:
            places.assignments[prompt_of(row), row["annotator"]] = assignment.pk
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
                case_id=assignment.case_id,
                member_id=members[assignment.annotator_id],
                author_id=places.people[rework["author"]],
                note=rework["note"],
                requested_at=rework["requested_at"],
                closed_at=rework["closed_at"],
            )
            for assignment, row in pairs
            for rework in row["reworks"]
        )


def import_annotations(folder: Path, places: Places) -> None:
    for chunk in read_chunks(folder, ANNOTATIONS):
        stored = Annotation.objects.bulk_create(_annotation(row, places) for row in chunk)
        pairs = list(zip(stored, chunk, strict=True))
        _link(Annotation, [(annotation.pk, _patterns(row, places)) for annotation, row in pairs])
        disputed = {(row_pk, *names): pk for row_pk, names, pk in _disputed(chunk, places)}
        Dispute.objects.bulk_create(
            Dispute(
                annotation=annotation,
                verdict_id=disputed[_generation(row, dispute, places), dispute["constraint"], dispute["scope"]],
                reason=dispute["reason"],
            )
            for annotation, row in pairs
            for dispute in row["disputes"]
        )


def _case(row: Json, places: Places) -> Case:
    first, second = (
        places.generations[places.runs[row[side]].pk, *prompt_of(row)] for side in ("first_run", "second_run")
    )
    return Case(
        study=places.study,
        prompt_id=places.prompts[prompt_of(row)],
        first_id=first,
        second_id=second,
        queue_rank=queue_rank(places.study.seed, row["key"]),
        **{name: row[name] for name in CASE_FIELDS},
    )


def _decision(case: Case, row: Json, places: Places) -> Adjudication:
    author = places.person(row["author"])
    return Adjudication(case=case, author_id=author, **{name: row[name] for name in DECISION_FIELDS})


def _flag(assignment: Assignment, row: Json) -> Flag:
    return Flag(assignment=assignment, **{name: row[f"flag_{name}"] for name in FLAG_FIELDS})


def _annotation(row: Json, places: Places) -> Annotation:
    assignment = places.assignments[prompt_of(row), row["annotator"]]
    return Annotation(
        assignment_id=assignment,
        # A key of the browser that sent it, which a snapshot does not keep: one that no browser draws.
        submission_key=uuid5(NAMESPACE_OID, f"{assignment}.{row['revision']}"),
        codebook=places.codebooks[row["codebook"], row["codebook_version"]],
        **{name: row[name] for name in ANNOTATION_FIELDS},
    )


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


def _link(model: Any, patterns: list[tuple[int, list[int]]]) -> None:
    """Store the patterns of rows, given as (row, patterns)."""
    through, owner = model.patterns.through, f"{model._meta.model_name}_id"
    through.objects.bulk_create(
        through(**{owner: row_id, "pattern_id": pattern}) for row_id, chosen in patterns for pattern in chosen
    )
