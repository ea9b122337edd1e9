"""Studies over REST: created, and their settings changed, for leads."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.entity_tags import IF_MATCH, check_match
from annotator.api.idempotency import idempotent
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.run_changes import DatasetNameSerializer
from annotator.api.studies import StudyList, StudySerializer
from annotator.api.views import ApiView
from annotator.runs.models import Run
from annotator.studies.models import Codebook, Study
from annotator.studies.services import study_create, study_locked, study_show_verdicts

_SCOPES = ("answer", "completion")


class NewStudySerializer(StrictSerializer):
    slug = serializers.CharField(max_length=64, help_text="For addresses and files.")
    title = serializers.CharField(max_length=160)
    first_run = serializers.IntegerField(min_value=1, help_text="What the other run is compared with.")
    second_run = serializers.IntegerField(min_value=1)
    codebook = DatasetNameSerializer(help_text="One version of a codebook: name and version.")
    overlap = serializers.IntegerField(min_value=1, max_value=100, default=1, help_text="Annotators per case.")
    blind = serializers.BooleanField(default=True)
    verdicts_shown = Choice(choices=Study.VerdictsShown.choices, default=Study.VerdictsShown.AFTER_BLIND)
    scope = Choice(choices=_SCOPES, default="answer")
    judge_unfinished = serializers.BooleanField(default=False)
    order = Choice(choices=Study.Order.values, default=Study.Order.RANDOM)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)


class StudiesView(StudyList):
    """The studies that you lead or annotate in."""

    @extend_schema(
        operation_id="study_create",
        request=NewStudySerializer,
        responses={
            201: StudySerializer,
            409: OpenApiResponse(description="The name is taken, or the runs differ."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Create a study of two runs that you may open; you become its first lead."""
        access.require_lead(request.user)
        sent = validated(NewStudySerializer, request.data)
        sent |= {name: self._run(name, sent[name]) for name in ("first_run", "second_run")}
        study = study_create(**{**sent, "codebook": _codebook(sent["codebook"])}, lead=self.person)
        return Response(StudySerializer(study).data, status=status.HTTP_201_CREATED)

    def _run(self, field: str, run_id: int) -> Run:
        pairable = access.runs_for(self.request.user).filter(archived_at=None).exclude(status=Run.Status.FAILED)
        run = pairable.filter(pk=run_id).first() if run_id < 2**63 else None
        if run is None:
            problem = _("There is no run %(run)d that you may pair; choose one of your runs.") % {"run": run_id}
            raise serializers.ValidationError({field: [problem]})
        return run


def _codebook(sent: dict[str, Any]) -> Codebook:
    codebook = Codebook.objects.filter(**sent).first() if "\x00" not in sent["name"] else None
    if codebook is None:
        problem = _("There is no codebook %(name)s of version %(version)d; look at the list of codebooks.") % sent
        raise serializers.ValidationError({"codebook": [problem]})
    return codebook


class StudySettingsSerializer(StrictSerializer):
    verdicts_shown = Choice(
        choices=Study.VerdictsShown.choices, help_text="When annotators see what the checkers decided."
    )


class StudyView(ApiView):
    """One study of yours."""

    @extend_schema(operation_id="study_read", responses=StudySerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Read a study that you lead or annotate in."""
        return Response(StudySerializer(access.study_for(request.user, slug)).data)

    @extend_schema(
        operation_id="study_change",
        parameters=[IF_MATCH],
        request=StudySettingsSerializer,
        responses={200: StudySerializer, 409: OpenApiResponse(description="The study cannot have this setting now.")},
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Change settings of a study that you lead. What was annotated before keeps those that it was made under."""
        study = access.study_led_by(request.user, slug)
        body = validated(StudySettingsSerializer, request.data)
        with transaction.atomic():
            study = study_locked(study=study)
            check_match(request, StudySerializer(study).data)
            when = body["verdicts_shown"]
            changed = study_show_verdicts(study=study, when=when, by=self.person)
        return Response(StudySerializer(changed).data)
