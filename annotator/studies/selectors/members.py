"""Members of a study by their role. Reads only."""

from django.contrib.auth.models import User

from annotator.studies.models import Membership, Study


def leads_study(study: Study, user: User) -> bool:
    """Whether `user` leads the study, as its member or as a site lead."""
    lead = Membership.Role.LEAD
    return user.is_staff or Membership.objects.filter(study=study, user=user, role=lead).exists()
