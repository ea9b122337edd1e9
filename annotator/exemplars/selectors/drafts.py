"""Unsubmitted edits of curators."""

from django.contrib.auth.models import User

from annotator.exemplars.models import Candidate, RepairDraft


def draft_of(candidate: Candidate, author: User) -> RepairDraft | None:
    """Return the author's unsubmitted edit of a candidate, which nobody else reads."""
    return RepairDraft.objects.filter(candidate=candidate, author=author).first()
