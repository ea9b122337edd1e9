"""Access to studies that a user may open, lead, or decide the cases of."""

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


def study_for(user: Visitor, slug: str) -> Study:
    """Return the study, for its members and site leads."""
    return one_or_404(studies_of(user).select_related("codebook"), slug=slug)


def study_led_by(user: Visitor, slug: str) -> Study:
    """Return the study, with its codebook, runs, dataset and models, for those who lead it."""
    joined = ("codebook", "first_run__dataset", "first_run__language_model", "second_run__language_model")
    return one_or_404(studies_led_by(user).select_related(*joined), slug=slug)


def study_to_adjudicate(user: Visitor, slug: str) -> Study:
    """Return the study, for those who decide its cases."""
    return one_or_404(studies_adjudicated_by(user), slug=slug)
