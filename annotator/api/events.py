"""Events over REST: of a study for its leads, of the site for site leads."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from annotator import access
from annotator.api.pagination import Filter, choice_filter, text_filter
from annotator.api.views import ApiListView
from annotator.events.kinds import KINDS
from annotator.events.models import Event


class EventSerializer(serializers.ModelSerializer[Event]):
    actor = serializers.CharField(
        source="actor.username", allow_null=True, default=None, help_text="Who did it; null for a rule or a worker."
    )
    study = serializers.CharField(source="study_slug", allow_null=True, help_text="The short name of its study.")
    at = serializers.DateTimeField(source="created_at")
    payload = serializers.DictField(child=serializers.JSONField())

    class Meta:
        model = Event
        fields: ClassVar = ("id", "at", "kind", "actor", "study", "subject", "payload")


class _Events(ApiListView):
    serializer_class = EventSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "kind": choice_filter("kind", list(KINDS), "What happened."),
        "person": text_filter("actor__username", "Who did it, by user name."),
    }


class StudyEventList(_Events):
    """List what was done in a study that you lead, and to its runs, oldest first."""

    def get_queryset(self) -> QuerySet[Any]:
        return access.study_events_for(self.request.user, self.kwargs["slug"])


class SiteEventList(_Events):
    """List what was done on the whole site, oldest first; for site leads."""

    def get_queryset(self) -> QuerySet[Any]:
        return access.site_events_for(self.request.user)
