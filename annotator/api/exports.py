"""Routes of exports: annotations, prompt sets and training rows as files, in several formats.

Annotations are for the leads and readers of the study, prompt sets for its curators and leads, rows for all of them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from annotator import access
from annotator.api.downloads import LINES, download_released, file_response, left_out_header
from annotator.api.parsing import Choice
from annotator.api.views import ApiView
from annotator.releases.annotation_files import REVISIONS, annotation_file, read_extras
from annotator.releases.annotations import EXTRAS, Selection
from annotator.releases.files import ReleasedFile
from annotator.releases.pairs import PAIR_FORMATS, pairs_file
from annotator.releases.prompt_sets import PROMPT_SET_FORMATS, prompt_set_file
from annotator.releases.services import export_note
from annotator.studies.models import Study


def _format(known: Any, default: str) -> OpenApiParameter:
    """Describe the query parameter `format`."""
    return OpenApiParameter(
        "format",
        str,
        enum=list(known),
        default=default,
        description="; ".join(f"{format.name}: {format.description}" for format in known.values()),
    )


class _NotedExport(ApiView):
    """A download that appends an event: who took which file of a study."""

    def noted(self, study: Study, file: ReleasedFile) -> StreamingHttpResponse:
        """Append the event, and return the response that sends the file."""
        export_note(study=study, file=file.name, by=self.person)
        return download_released(file)


class _ExportView(_NotedExport):
    """A view that reads the query parameter `format`, one of `formats`; without it the first one."""

    formats: ClassVar[tuple[str, ...]]

    def known_parameters(self) -> tuple[str, ...]:
        return ("format",)

    def chosen_format(self, request: Request) -> str:
        """Return the format that is asked for. Raises ValidationError, which names the known ones."""
        try:
            field = Choice(choices=self.formats)
            return str(field.run_validation(request.query_params.get("format", self.formats[0])))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"format": error.detail}) from None


class PromptSetExport(_ExportView):
    """Download one version of a prompt set in one of five formats. Withdrawn exemplars are left out and counted."""

    formats = tuple(PROMPT_SET_FORMATS)

    @extend_schema(
        operation_id="prompt_set_export",
        parameters=[_format(PROMPT_SET_FORMATS, formats[0]), left_out_header()],
        responses={
            (200, known.media_type.partition(";")[0]): file_response(
                "The set in a format of lines; JSON or plain text in the others.",
                OpenApiTypes.OBJECT if known.media_type == "application/json" else OpenApiTypes.STR,
            )
            for known in PROMPT_SET_FORMATS.values()
        },
    )
    def get(self, request: Request, slug: str, name: str, version: int) -> StreamingHttpResponse:
        prompt_set = access.prompt_set_for(request.user, slug, name, version)
        return self.noted(prompt_set.study, prompt_set_file(prompt_set, self.chosen_format(request)))


class PairsExport(_ExportView):
    """Download training rows of a study as JSON lines: pairs, labelled generations, or prompts with completions."""

    formats = tuple(PAIR_FORMATS)

    @extend_schema(
        operation_id="study_pairs",
        parameters=[_format(PAIR_FORMATS, formats[0]), left_out_header()],
        responses={(200, LINES): file_response("One row a line.")},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        study = access.study_with_pairs(request.user, slug)
        return self.noted(study, pairs_file(study, self.chosen_format(request)))


_REVISIONS = OpenApiParameter(
    "revisions",
    str,
    enum=REVISIONS,
    default=REVISIONS[0],
    description="The newest revision of each annotation, or all of them, with `is_latest`.",
)
_INCLUDE = OpenApiParameter(
    "include",
    str,
    default="",
    description=f"What besides annotations, separated by commas: {', '.join(EXTRAS)}. `record` names the kind of each.",
)


class _AnnotationsView(_NotedExport):
    """A download of the annotations of a study that you lead or read, in `file_format`."""

    file_format: ClassVar[str]

    def known_parameters(self) -> tuple[str, ...]:
        return ("revisions", "include")

    def download(self, request: Request, slug: str) -> StreamingHttpResponse:
        study = access.study_to_read(request.user, slug)
        return self.noted(study, annotation_file(study, self.file_format, _selection(request.query_params)))


def _selection(query: Mapping[str, str]) -> Selection:
    """Read the parameters. Raises ValidationError, which names the known values."""
    revisions = query.get("revisions", REVISIONS[0])
    try:
        Choice(choices=REVISIONS).run_validation(revisions)
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"revisions": error.detail}) from None
    try:
        return Selection(revisions == "all", read_extras(query.get("include", "")))
    except ValueError as error:
        raise serializers.ValidationError({"include": [str(error)]}) from None


class AnnotationLines(_AnnotationsView):
    """Download the annotations of a study that you lead or read as JSON lines, each with its whole case."""

    file_format = "jsonl"

    @extend_schema(
        operation_id="studies_annotation_lines",
        parameters=[_REVISIONS, _INCLUDE],
        responses={(200, LINES): file_response("One object a line.")},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        return self.download(request, slug)


class AnnotationTable(_AnnotationsView):
    """Download the same as CSV for spreadsheets. Lists are JSON in their cells, and no cell is run as a formula."""

    file_format = "csv"

    @extend_schema(
        operation_id="studies_annotation_table",
        parameters=[_REVISIONS, _INCLUDE],
        responses={(200, "text/csv"): file_response("A head, and a row for each record.")},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        return self.download(request, slug)
