"""Submission of an annotation in one call, for tests of something else."""

from uuid import uuid4

from annotator.studies.services import AnnotationContent, annotation_submit, assignment_choose_blind


def submit(assignment, **fields):
    """Make the blind choice if one is due, then submit; `fields` replace those of `annotation_submit`."""
    if assignment.case.study.blind and not assignment.blind_choice:
        assignment_choose_blind(assignment=assignment, choice="left")
    sent = {name: fields.pop(name) for name in ("submission_key", "base_revision", "rework") if name in fields}
    new = {"submission_key": uuid4(), "base_revision": assignment.annotations.count()}
    content = AnnotationContent(**{"label": "helped", **fields})
    return annotation_submit(assignment=assignment, content=content, **{**new, **sent})
