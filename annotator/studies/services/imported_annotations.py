"""Annotations of an import of labelled pairs, and their annotators.

Who annotated elsewhere becomes a member whose account nobody can log in to. Knows neither files nor runs.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.bulk_rows import rows_insert, rows_insert_numbered
from annotator.studies.labelled_files.staging import StagedLabels
from annotator.studies.models import Annotation, Assignment, Case, Membership, Study
from annotator.studies.services.recounts import cases_recount

_CASES_AT_ONCE = 500
_ANNOTATION = (
    "assignment_id",
    "revision",
    "submission_key",
    "codebook_id",
    "label",
    "note",
    "seconds",
    "verdicts_shown",
    "submitted_at",
)


def annotations_import(*, study: Study, staged: StagedLabels) -> int:
    """Store the staged labels as annotations of members of their own, and decide gold. Returns how many were stored.

    Call it in the transaction that creates the study, so that nobody else annotates its cases meanwhile.
    """
    people = _members(study, staged.authors)
    stored = _insert(study, staged, people)
    _recount(study)
    return stored


def _members(study: Study, authors: Sequence[str]) -> Mapping[str, int]:
    """Create an account for each author: it is named after study and author, and nobody can log in to it."""
    people = {}
    for number, author in enumerate(authors, 1):
        user = User.objects.create_user(_account_name(study, author, number), is_active=False)
        Membership.objects.create(
            study=study, user=user, role=Membership.Role.ANNOTATOR, pseudonym=f"imported-{number}"
        )
        people[author] = user.pk
    return people


def _account_name(study: Study, author: str, number: int) -> str:
    """Return a free account name; the author's name is in it as far as it may stand there."""
    stem = f"{study.slug}.{re.sub(r'[^A-Za-z0-9@.+_-]', '-', author) or 'imported'}"[:140]
    return f"{stem}.{number}" if User.objects.filter(username=stem).exists() else stem


def _insert(study: Study, staged: StagedLabels, people: Mapping[str, int]) -> int:
    cases = dict(study.cases.order_by().values_list("prompt__key", "pk"))
    stored, lines = 0, staged.lines()
    while chunk := list(islice(lines, _CASES_AT_ONCE)):
        by_person = [
            (cases[key], author, revisions)
            for key, made in map(json.loads, chunk)
            if key in cases
            for author, revisions in _revisions(made).items()
        ]
        now = timezone.now()
        assignments = rows_insert_numbered(
            Assignment,
            ("case_id", "annotator_id", "status", "lease_until", "second_is_left"),
            [
                (case, people[author], Assignment.Status.SUBMITTED.value, now, False)
                for case, author, _made in by_person
            ],
        )
        rows = [
            (assignment, revision, uuid4(), study.codebook_id, label, note, seconds, study.verdicts_shown, at or now)
            for assignment, (_case, _author, revisions) in zip(assignments, by_person, strict=True)
            for revision, (label, note, seconds, at) in enumerate(revisions, 1)
        ]
        rows_insert(Annotation, _ANNOTATION, rows)
        stored += len(rows)
    return stored


def _revisions(made: Sequence[Sequence[object]]) -> dict[str, list[tuple[object, ...]]]:
    """Return author -> their revisions of one case, in the order of the file: a second annotation revises the first."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for author, label, note, seconds, at in made:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else None
        found.setdefault(str(author), []).append((label, note, seconds, moment))
    return found


def _recount(study: Study) -> None:
    """Count the submissions of all cases, and decide by the rule where annotators agree."""
    for cases in _annotated_cases(study):
        for case in cases:
            case.study = study
        cases_recount(study, cases)


def _annotated_cases(study: Study) -> Iterator[list[Case]]:
    after = 0
    rows = Case.objects.filter(study=study, assignments__isnull=False).order_by("pk").distinct()
    while chunk := list(rows.filter(pk__gt=after)[:_CASES_AT_ONCE]):
        yield chunk
        after = chunk[-1].pk
