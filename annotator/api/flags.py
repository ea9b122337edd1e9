"""Flags of a study over REST, for those who decide its cases: listed, answered, settled.

They name no annotator.
"""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.pagination import Filter
from annotator.api.parsing import NothingSerializer, StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Flag, FlagMessage
from annotator.studies.services import flag_answer, flag_settle
from annotator.studies.services.flags import MAX_MESSAGE


class FlagMessageSerializer(serializers.ModelSerializer[FlagMessage]):
    by_annotator = serializers.SerializerMethodField(help_text="Of the annotator who raised it; else an answer.")

    class Meta:
        model = FlagMessage
        fields: ClassVar = ("by_annotator", "text", "written_at")

    def get_by_annotator(self, message: FlagMessage) -> bool:
        return message.author_id == message.flag.assignment.annotator_id


class FlagSerializer(serializers.ModelSerializer[Flag]):
    case = serializers.IntegerField(source="assignment.case_id")
    key = fields.prompt_key("assignment.case.prompt.key")
    messages = FlagMessageSerializer(many=True)

    class Meta:
        model = Flag
        fields: ClassVar = ("id", "case", "key", "reason", "raised_at", "settled_at", "messages")


class AnswerSerializer(StrictSerializer):
    text = serializers.CharField(max_length=MAX_MESSAGE)


class FlagList(ApiListView):
    """List the flags on cases of a study that you adjudicate, open and settled ones."""

    serializer_class = FlagSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "open": Filter("settled_at__isnull", serializers.BooleanField(), "Whether it waits for an answer."),
    }

    def get_queryset(self) -> QuerySet[Flag]:
        study = access.study_to_adjudicate(self.request.user, self.kwargs["slug"])
        return _described().filter(assignment__case__study=study, assignment__left_out=False)


class FlagAnswerView(ApiView):
    """An answer to a flag."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="flag_answer", request=AnswerSerializer, responses=FlagSerializer)
    def post(self, request: Request, slug: str, flag_id: int) -> Response:
        """Answer a flag, which settles it until its annotator writes again. The same answer sent again is one."""
        flag = access.flag_to_settle(request.user, slug, flag_id)
        body = validated(AnswerSerializer, request.data)
        flag_answer(flag=flag, author=self.person, **body)
        return Response(FlagSerializer(_described().get(pk=flag.pk)).data)


class FlagSettleView(ApiView):
    """A flag, settled without an answer."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="flag_settle", request=None, responses=FlagSerializer)
    def post(self, request: Request, slug: str, flag_id: int) -> Response:
        """Settle a flag without an answer."""
        flag = access.flag_to_settle(request.user, slug, flag_id)
        validated(NothingSerializer, request.data)
        flag_settle(flag=flag, by=self.person)
        return Response(FlagSerializer(_described().get(pk=flag.pk)).data)


def _described() -> QuerySet[Flag]:
    """The flags, joined with all that is shown of them."""
    return Flag.objects.select_related("assignment__case__prompt").prefetch_related("messages__flag__assignment")
