"""Import of responses over REST, for leads: the file is the body, its settings the address."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.file_bodies import MEDIA_TYPE, UNPACKED_CAP, UNUSABLE, FileImportView, received
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.query_fields import query_parameters
from annotator.api.run_changes import NOT_NOW
from annotator.api.runs import RunSerializer
from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.runs.response_reading import ImportSource
from annotator.runs.services import run_import
from annotator.runs.services.run_imports import TERMS_CAP, ImportedRun
from annotator.strategies import STRATEGIES

_PROBLEMS_AT_MOST = 100_000


def split_rule(rule: str) -> SplitRule:
    """Return the rule of that name. Raises ValidationError."""
    try:
        return SplitRule.parse(rule)
    except ResponseFileError as error:
        raise serializers.ValidationError(str(error.args[0])) from None


class ImportSerializer(StrictSerializer):
    dataset = serializers.CharField(max_length=256, help_text="The dataset's name.")
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    language_model = serializers.CharField(max_length=64, help_text="A slug; a new one is registered.")
    strategy = Choice(choices=list(STRATEGIES))
    split = serializers.CharField(max_length=100, help_text="none, markers, think_tags, separate, or prefix:TEXT.")
    format = Choice(choices=["", *RESPONSE_FORMATS], default="", help_text="Empty: recognised by the content.")
    sample = serializers.IntegerField(min_value=1, max_value=10_000, allow_null=True, default=None)
    terms = serializers.CharField(max_length=TERMS_CAP, default="", allow_blank=True)
    set_aside = serializers.BooleanField(default=False, help_text="Leave out rows that cannot be used.")
    name = serializers.CharField(max_length=120, default="responses", help_text="What the file is called.")

    def validate_split(self, rule: str) -> SplitRule:
        return split_rule(rule)


class ImportView(FileImportView):
    """The import of a run that was made elsewhere."""

    serializer_class = ImportSerializer

    @extend_schema(
        operation_id="run_import",
        parameters=query_parameters(ImportSerializer()),
        request={MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={200: RunSerializer, 201: RunSerializer, **NOT_NOW, **UNUSABLE},
    )
    def post(self, request: Request) -> Response:
        """Import a file of responses, all or nothing. The same responses sent again are the run that there is."""
        access.require_lead(request.user)
        body = validated(ImportSerializer, request.query_params.dict())
        with received(request.data) as path:
            imported = self._import(path, body)
        code = status.HTTP_201_CREATED if imported.created else status.HTTP_200_OK
        return Response(RunSerializer(imported.run).data, status=code)

    def _import(self, path: Path, sent: Mapping[str, Any]) -> ImportedRun:
        user = self.request.user
        file = SourceFile(path, sent["name"], UNPACKED_CAP)
        return run_import(
            dataset=access.dataset_for(user, sent["dataset"], sent["version"]),
            source=ImportSource(file, sent["split"], sent["format"], sent["sample"], _PROBLEMS_AT_MOST),
            language_model=sent["language_model"],
            strategy=sent["strategy"],
            terms=sent["terms"],
            set_aside=(lambda _problem: None) if sent["set_aside"] else None,
            user=self.person,
            visible=access.runs_for(user),
        )
