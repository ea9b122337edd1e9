"""Import of a dataset over REST, for leads: the file is the body, its settings the address."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.datasets import DatasetSerializer
from annotator.api.file_bodies import MEDIA_TYPE, UNUSABLE, FileImportView, received
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.query_fields import query_parameters
from annotator.datasets.formats import FORMATS, LANGUAGES
from annotator.datasets.services import dataset_import


class DatasetImportSerializer(StrictSerializer):
    name = serializers.CharField(max_length=64, help_text="What to call the dataset.")
    format = Choice(choices=sorted(FORMATS), default="ifeval")
    language = Choice(choices=["", *LANGUAGES], default="", help_text="Of the prompts, where the format has several.")
    bare = serializers.BooleanField(default=False, help_text="Leave out what the source adds to its prompts.")


class DatasetImportView(FileImportView):
    """The import of a file of prompts."""

    serializer_class = DatasetImportSerializer

    @extend_schema(
        operation_id="dataset_import",
        parameters=query_parameters(DatasetImportSerializer()),
        request={MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={200: DatasetSerializer, 201: DatasetSerializer, **UNUSABLE},
    )
    def post(self, request: Request) -> Response:
        """Import prompts, all or nothing. The same content again is the dataset that there is."""
        access.require_lead(request.user)
        body = validated(DatasetImportSerializer, request.query_params.dict())
        with received(request.data) as path:
            imported = dataset_import(path_or_lines=path, **body)
        code = status.HTTP_201_CREATED if imported.created else status.HTTP_200_OK
        return Response(DatasetSerializer(imported.dataset).data, status=code)
