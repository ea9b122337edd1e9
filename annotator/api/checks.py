"""Hidden check cases over REST, for leads: listed, marked, made real cases again, and their rate."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.analysis.checks import check_count
from annotator.api import fields
from annotator.api.parsing import Choice, NothingSerializer, StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Case, Study
from annotator.studies.services import check_end, check_set, study_check_every
from annotator.studies.services.checks import MAX_EVERY


class CheckSerializer(serializers.ModelSerializer[Case]):
    key = fields.prompt_key("prompt.key")
    label: Any = serializers.CharField(source="known_label", help_text="The known label; empty for a real case.")
    choice = serializers.CharField(
        source="known_choice", help_text="The answer that is known to obey better: first, same or second; or empty."
    )

    class Meta:
        model = Case
        fields = ("id", "key", "label", "choice", "submissions")


class KnownAnswerSerializer(StrictSerializer):
    label = fields.label(help_text="The known label.")
    choice = Choice(
        choices=["", *Case.Better.values], default="", help_text="The answer that obeys better; empty compares none."
    )


class CheckRateSerializer(StrictSerializer):
    every = serializers.IntegerField(
        source="check_every",
        min_value=0,
        max_value=MAX_EVERY,
        help_text="One of so many cases that an annotator gets is a hidden check; 0 mixes in none.",
    )


class CheckRateShownSerializer(CheckRateSerializer):
    checks = serializers.SerializerMethodField(help_text="How many hidden checks the study has.")

    def get_checks(self, study: Study) -> int:
        return check_count(study)


class CheckList(ApiListView):
    """List the hidden checks of a study that you lead, with their known answers."""

    serializer_class = CheckSerializer

    def get_queryset(self) -> QuerySet[Case]:
        study = access.study_led_by(self.request.user, self.kwargs["slug"])
        return study.cases.exclude(known_label="").select_related("prompt")


@extend_schema_view(
    get=extend_schema(operation_id="check_rate_read", responses=CheckRateShownSerializer),
    post=extend_schema(
        operation_id="check_rate_set", request=CheckRateSerializer, responses={200: CheckRateShownSerializer}
    ),
)
class CheckRateView(ApiView):
    """The rate of hidden checks in the queue of a study that you lead."""

    def get(self, request: Request, slug: str) -> Response:
        """Read the rate, and the number of checks."""
        return Response(CheckRateShownSerializer(access.study_led_by(request.user, slug)).data)

    def post(self, request: Request, slug: str) -> Response:
        """Set the rate."""
        study = access.study_led_by(request.user, slug)
        body = validated(CheckRateSerializer, request.data)
        changed = study_check_every(study=study, every=body["check_every"], by=self.person)
        return Response(CheckRateShownSerializer(changed).data)


class CheckView(ApiView):
    """A case as a hidden check."""

    @extend_schema(
        operation_id="check_set",
        request=KnownAnswerSerializer,
        responses={200: CheckSerializer, 409: OpenApiResponse(description="It is for practice, or was handed out.")},
    )
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Make a case that nobody has seen a hidden check, or change its known answer."""
        case = access.case_led_by(request.user, slug, case_id)
        body = validated(KnownAnswerSerializer, request.data)
        check_set(case=case, **body, by=self.person)
        return _shown(request, slug, case_id)


class CheckEndView(ApiView):
    """A hidden check as a real case."""

    @extend_schema(operation_id="check_end", request=None, responses=CheckSerializer)
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Make a hidden check a real case again; what was annotated on it counts from now on."""
        case = access.case_led_by(request.user, slug, case_id)
        validated(NothingSerializer, request.data)
        check_end(case=case, by=self.person)
        return _shown(request, slug, case_id)


def _shown(request: Request, slug: str, case_id: int) -> Response:
    shown: Any = CheckSerializer(access.case_led_by(request.user, slug, case_id)).data
    return Response(shown)
