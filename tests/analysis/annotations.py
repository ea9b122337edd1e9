"""Annotations inserted as rows, without queue, lease or blind step, for tests of what reads them."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.studies.models import Annotation, Assignment, Study


def assign(study: Study, key: str, person: User, **fields: object) -> Assignment:
    """The person's assignment of the case with that prompt key, made once; submitted unless `fields` say otherwise."""
    made = {
        "status": Assignment.Status.SUBMITTED,
        "lease_until": timezone.now() + timedelta(minutes=10),
        "second_is_left": False,
        **fields,
    }
    if made.get("blind_choice"):
        made["revealed_at"] = timezone.now()
    case = study.cases.get(prompt__key=key)
    return Assignment.objects.get_or_create(case=case, annotator=person, defaults=made)[0]


def judge(
    study: Study,
    key: str,
    person: User,
    label: str = "helped",
    *,
    patterns: tuple[str, ...] = (),
    spans: tuple[tuple[str, int, int, str], ...] = (),
    seconds: int | None = None,
    at: datetime | None = None,
    **assigned: object,
) -> Annotation:
    """One more revision of the person's annotation of a case; `assigned` goes to the assignment."""
    assignment = assign(study, key, person, **assigned)
    annotation = Annotation.objects.create(
        assignment=assignment,
        revision=assignment.annotations.count() + 1,
        submission_key=uuid4(),
        codebook_id=study.codebook_id,
        label=label,
        spans=[
            {"text": text, "start": start, "end": end, "pattern": pattern, "quote": ""}
            for text, start, end, pattern in spans
        ],
        seconds=seconds,
    )
    annotation.patterns.set(study.codebook.patterns.filter(slug__in=patterns))
    if at is not None:
        Annotation.objects.filter(pk=annotation.pk).update(submitted_at=at)
    return annotation
