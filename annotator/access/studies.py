"""Access to studies that a user may open, annotate in, read, lead, own, or decide the cases of."""

from django.db.models import QuerySet

from annotator.access.objects import Visitor, one_or_404
from annotator.access.roles import studies_where
from annotator.studies.models import Study


def studies_of(user: Visitor) -> QuerySet[Study]:
    """The studies that `user` may open, newest first."""
    return studies_where(user, "open")


def studies_led_by(user: Visitor) -> QuerySet[Study]:
    """The studies that `user` leads, newest first."""
    return studies_where(user, "lead")


def studies_adjudicated_by(user: Visitor) -> QuerySet[Study]:
    """The studies whose cases `user` may decide, newest first: as an adjudicator or as a lead."""
    return studies_where(user, "decide")


def studies_read_by(user: Visitor) -> QuerySet[Study]:
    """The studies whose results, labels and exports `user` may read, newest first: as a reader or as a lead."""
    return studies_where(user, "read")


def study_for(user: Visitor, slug: str) -> Study:
    """Return the study, for its members and site leads."""
    return one_or_404(studies_of(user).select_related("codebook"), slug=slug)


def study_to_annotate(user: Visitor, slug: str) -> Study:
    """Return the study, for its members who are given cases, and for site leads. A reader is given none."""
    return one_or_404(studies_where(user, "annotate").select_related("codebook"), slug=slug)


def study_led_by(user: Visitor, slug: str) -> Study:
    """Return the study, with its codebook, runs, dataset and models, for those who lead it."""
    return one_or_404(_with_runs(studies_led_by(user)), slug=slug)


def study_to_read(user: Visitor, slug: str) -> Study:
    """Return the study, with its codebook, runs, dataset and models, for its readers and leads."""
    return one_or_404(_with_runs(studies_read_by(user)), slug=slug)


def study_with_pairs(user: Visitor, slug: str) -> Study:
    """Return the study, with its codebook, runs, dataset and models, for those who export its training rows."""
    return one_or_404(_with_runs(studies_where(user, "pairs")), slug=slug)


def study_owned_by(user: Visitor, slug: str) -> Study:
    """Return the study, with its codebook, runs, dataset and models, for its owner."""
    return one_or_404(_with_runs(studies_where(user, "own")), slug=slug)


def _with_runs(studies: QuerySet[Study]) -> QuerySet[Study]:
    joined = ("codebook", "first_run__dataset", "first_run__language_model", "second_run__language_model")
    return studies.select_related(*joined)


def study_to_adjudicate(user: Visitor, slug: str) -> Study:
    """Return the study, for those who decide its cases."""
    return one_or_404(studies_adjudicated_by(user), slug=slug)
