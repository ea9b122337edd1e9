"""Snapshots of a study over REST, for its leads: listed, requested, downloaded in ranges."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, choice_filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.file_ranges import file_in_ranges
from annotator.releases.models import Snapshot
from annotator.releases.selectors import SnapshotFile, SnapshotState, snapshot_file_of, snapshot_state
from annotator.releases.services import snapshot_download_note, snapshot_request

_RANGE = OpenApiParameter(
    "Range", str, OpenApiParameter.HEADER, description="bytes=FIRST-LAST: one range, so that a download goes on."
)
_FILE = OpenApiTypes.BINARY


class SnapshotFileSerializer(serializers.Serializer[SnapshotFile]):
    name = serializers.CharField()
    bytes = serializers.IntegerField()


class SnapshotSerializer(serializers.Serializer[SnapshotState]):
    number = serializers.IntegerField(source="snapshot.number")
    status = serializers.ChoiceField(choices=Snapshot.Status.values, source="snapshot.status")
    anonymous = serializers.BooleanField(source="snapshot.anonymous")
    licence = serializers.CharField(source="snapshot.licence")
    hash = serializers.CharField(source="snapshot.hash", help_text="Of its manifest; empty before it is done.")
    error = serializers.CharField(source="snapshot.error")
    created_at = serializers.DateTimeField(source="snapshot.created_at")
    seconds_left = serializers.FloatField(allow_null=True)
    files = SnapshotFileSerializer(many=True)


class NewSnapshotSerializer(StrictSerializer):
    anonymous = serializers.BooleanField(default=False, help_text="Without anything that names a person.")
    licence = serializers.CharField(
        max_length=64, default="", allow_blank=True, help_text="Its short name, such as CC-BY-4.0."
    )


class SnapshotsView(ApiListView):
    """The snapshots of a study that you lead or read."""

    serializer_class = SnapshotSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "status": choice_filter("status", Snapshot.Status.values, "How far it is."),
    }

    def get_queryset(self) -> QuerySet[Snapshot]:
        study = access.study_to_read(self.request.user, self.kwargs["slug"])
        return Snapshot.objects.filter(study=study).select_related("study")

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """The page's snapshots with their files."""
        return [snapshot_state(row) for row in super().paginate_queryset(queryset) or ()]

    @extend_schema(operation_id="snapshot_create", request=NewSnapshotSerializer, responses={201: SnapshotSerializer})
    @idempotent
    def post(self, request: Request, slug: str) -> Response:
        """Have a snapshot built. One of the same settings that waits or is being built already is returned."""
        study = access.study_led_by(request.user, slug)
        body = validated(NewSnapshotSerializer, request.data)
        snapshot = snapshot_request(study=study, user=self.person, **body)
        return Response(SnapshotSerializer(snapshot_state(snapshot)).data, status=status.HTTP_201_CREATED)


class SnapshotFileView(ApiView):
    """One file of a snapshot."""

    @extend_schema(
        operation_id="snapshot_file",
        parameters=[_RANGE],
        responses={
            (200, "application/octet-stream"): _FILE,
            (206, "application/octet-stream"): _FILE,
            416: OpenApiResponse(description="The range is outside the file."),
        },
    )
    def get(self, request: Request, slug: str, number: int, file: str) -> HttpResponseBase:
        """Download one file of a finished snapshot, or a range of it; its ETag is the hash of its content."""
        study = access.study_to_read(request.user, slug)
        stored = snapshot_file_of(study, number, file) if number < 2**31 else None
        if stored is None:
            raise Http404
        in_part = "Range" in request.headers
        snapshot_download_note(study=study, number=number, file=file, by=self.person, in_part=in_part)
        name = f"{slug}-{number}-{file}"
        response = file_in_ranges(request._request, stored.path, name=name, etag=f'"{stored.digest}"')
        add_never_cache_headers(response)
        return response
