"""Requests to annotators to judge a case anew."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotator.studies.models.cases import Case
from annotator.studies.models.studies import Membership


class Rework(models.Model):
    """A request to a member to judge a case anew: to revise their annotation, or to judge a case that they skipped.

    It is open until they submit from a page that shows it, skip the case again, or it is withdrawn. The annotation that
    they have submitted counts meanwhile.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reworks")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="reworks")
    note = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reworks_requested")
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        # The queue looks for a member's open ones on every request: this index holds no other.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member", "case"], condition=Q(closed_at=None), name="rework_open_once"),
        ]

    def __str__(self) -> str:
        return f"rework of {self.case_id} by {self.member_id}"
