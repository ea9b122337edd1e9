"""Archiving, return and deletion of runs, datasets and studies over REST, and new prompts; for leads."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.datasets import DatasetSerializer
from annotator.api.parsing import NothingSerializer, validated
from annotator.api.runs import RunSerializer
from annotator.api.studies import StudySerializer
from annotator.api.views import ApiView
from annotator.datasets.services import dataset_archive, dataset_restore
from annotator.deletion.services import dataset_delete, run_delete, study_delete
from annotator.deletion.values import Deletion
from annotator.runs.services import run_archive, run_restore
from annotator.studies.errors import StudyRefused
from annotator.studies.selectors.new_prompts import newer_dataset
from annotator.studies.services import AddedPrompts, study_add_prompts, study_archive, study_restore


class DeletionSerializer(serializers.Serializer[Deletion]):
    went = serializers.DictField(
        child=serializers.IntegerField(), source="counts", help_text="How many of each thing went with it."
    )


class AddedPromptsSerializer(serializers.Serializer[AddedPrompts]):
    first_run = serializers.IntegerField(source="study.first_run_id")
    second_run = serializers.IntegerField(source="study.second_run_id")
    added = serializers.ListField(child=serializers.CharField(), help_text="Keys of the prompts that were added.")
    changed = serializers.ListField(
        child=serializers.CharField(), help_text="Keys that the new version changed; their cases stay as they were."
    )
    removed = serializers.ListField(
        child=serializers.CharField(), help_text="Keys that the new version lacks; their cases stay."
    )
    cases = serializers.IntegerField(help_text="Cases made at once; more come as both runs answer.")


_STANDS = {409: OpenApiResponse(description="Something stands on it, or it is running.")}


class RunArchive(ApiView):
    """Archive a run and its repeats: they leave the lists and take no new work. A running one is cancelled first."""

    @extend_schema(operation_id="run_archive", request=None, responses={200: RunSerializer, **_STANDS})
    def post(self, request: Request, run_id: int) -> Response:
        return _run(request, run_id, run_archive)


class RunRestore(ApiView):
    """Take a run and its repeats back from the archive."""

    @extend_schema(operation_id="run_restore", request=None, responses=RunSerializer)
    def post(self, request: Request, run_id: int) -> Response:
        return _run(request, run_id, run_restore)


class RunDelete(ApiView):
    """Delete a run and its repeats, for good. Refused while a study, a router or another run stands on them."""

    @extend_schema(operation_id="run_delete", request=None, responses={200: DeletionSerializer, **_STANDS})
    def post(self, request: Request, run_id: int) -> Response:
        run = access.run_for(request.user, run_id)
        _nothing_sent(request)
        return Response(DeletionSerializer(run_delete(run=run, user=self.person)).data)


class DatasetArchive(ApiView):
    """Archive one version of a dataset: it leaves the lists and takes no new runs."""

    @extend_schema(operation_id="dataset_archive", request=None, responses=DatasetSerializer)
    def post(self, request: Request, name: str, version: int) -> Response:
        return _dataset(request, name, version, dataset_archive)


class DatasetRestore(ApiView):
    """Take one version of a dataset back from the archive."""

    @extend_schema(operation_id="dataset_restore", request=None, responses=DatasetSerializer)
    def post(self, request: Request, name: str, version: int) -> Response:
        return _dataset(request, name, version, dataset_restore)


class DatasetDelete(ApiView):
    """Delete one version of a dataset, for good; for site leads. Refused while a run is over it."""

    @extend_schema(operation_id="dataset_delete", request=None, responses={200: DeletionSerializer, **_STANDS})
    def post(self, request: Request, name: str, version: int) -> Response:
        dataset = access.dataset_to_delete(request.user, name, version)
        _nothing_sent(request)
        return Response(DeletionSerializer(dataset_delete(dataset=dataset, user=self.person)).data)


class StudyArchive(ApiView):
    """Archive a study that you lead: it is closed, leaves the lists and takes no decisions. Nothing in it is lost."""

    @extend_schema(operation_id="study_archive", request=None, responses=StudySerializer)
    def post(self, request: Request, slug: str) -> Response:
        return _study(request, slug, study_archive)


class StudyRestore(ApiView):
    """Take a study back from the archive; it stays closed until it is opened again."""

    @extend_schema(operation_id="study_restore", request=None, responses=StudySerializer)
    def post(self, request: Request, slug: str) -> Response:
        return _study(request, slug, study_restore)


class StudyDelete(ApiView):
    """Delete a study that you own, for good; its runs stay. Refused while it has labels or anything made of them."""

    @extend_schema(operation_id="study_delete", request=None, responses={200: DeletionSerializer, **_STANDS})
    def post(self, request: Request, slug: str) -> Response:
        study = access.study_owned_by(request.user, slug)
        _nothing_sent(request)
        return Response(DeletionSerializer(study_delete(study=study, user=self.person)).data)


class StudyAddPrompts(ApiView):
    """Add the new prompts of the newest version of its dataset to a study that you lead.

    Both runs go on over that version; what was answered before is reused. What was annotated stays as it is.
    """

    @extend_schema(
        operation_id="study_add_prompts",
        request=None,
        responses={200: AddedPromptsSerializer, 409: OpenApiResponse(description="There is nothing to add.")},
    )
    def post(self, request: Request, slug: str) -> Response:
        study = access.study_led_by(request.user, slug)
        _nothing_sent(request)
        dataset = newer_dataset(study)
        if dataset is None:
            raise StudyRefused(_("%(dataset)s is the newest version.") % {"dataset": study.first_run.dataset})
        visible = access.runs_for(request.user)
        added = study_add_prompts(study=study, dataset=dataset, user=self.person, visible=visible)
        return Response(AddedPromptsSerializer(added).data)


def _run(request: Request, run_id: int, change: Callable[..., Any]) -> Response:
    run = access.run_for(request.user, run_id)
    _nothing_sent(request)
    change(run=run, by=request.user)
    return Response(RunSerializer(access.run_for(request.user, run_id)).data)


def _dataset(request: Request, name: str, version: int, change: Callable[..., Any]) -> Response:
    dataset = access.dataset_for(request.user, name, version)
    _nothing_sent(request)
    change(dataset=dataset, by=request.user)
    return Response(DatasetSerializer(access.dataset_for(request.user, name, version)).data)


def _study(request: Request, slug: str, change: Callable[..., Any]) -> Response:
    study = access.study_led_by(request.user, slug)
    _nothing_sent(request)
    change(study=study, by=request.user)
    return Response(StudySerializer(access.study_led_by(request.user, slug)).data)


def _nothing_sent(request: Request) -> None:
    validated(NothingSerializer, request.data)
