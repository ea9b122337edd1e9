"""Cases that are held, and annotations submitted, in one call, for tests of something else."""

from uuid import uuid4

from django.contrib.auth.models import User

from annotator.studies.models import Assignment, Study
from annotator.studies.services import AnnotationContent, annotation_submit, assignment_choose_blind, case_next


def held_by(study: Study, annotator: User) -> Assignment:
    """Return the annotator's held assignment, or hand out the next case; there has to be one."""
    assignment = case_next(study=study, annotator=annotator)
    assert assignment is not None
    return assignment


def submit(assignment, **fields):
    """Make the blind choice if one is due, then submit; `fields` replace those of `annotation_submit`."""
    if assignment.case.study.blind and not assignment.blind_choice:
        assignment_choose_blind(assignment=assignment, choice="left")
    sent = {name: fields.pop(name) for name in ("submission_key", "base_revision", "rework") if name in fields}
    new = {"submission_key": uuid4(), "base_revision": assignment.annotations.count()}
    content = AnnotationContent(**{"label": "helped", **fields})
    return annotation_submit(assignment=assignment, content=content, **{**new, **sent})
