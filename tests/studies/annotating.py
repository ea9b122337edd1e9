"""Submission of an annotation in one call, for tests of something else."""

from uuid import uuid4

from annotator.studies.services import annotation_submit, assignment_choose_blind


def submit(assignment, **fields):
    """Make the blind choice if one is due, then submit; `fields` replace those of `annotation_submit`."""
    if assignment.case.study.blind and not assignment.blind_choice:
        assignment_choose_blind(assignment=assignment, choice="left")
    annotation = {
        "submission_key": uuid4(),
        "base_revision": assignment.annotations.count(),
        "label": "helped",
        "patterns": [],
    }
    return annotation_submit(assignment=assignment, **{**annotation, **fields})
