"""Labels of other tools, imported over REST by leads: the file is the body, its settings the address."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
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
from annotator.api.run_imports import split_rule
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.runs.errors import RunImportError
from annotator.runs.services.run_imports import TERMS_CAP
from annotator.strategies import STRATEGIES
from annotator.studies.labelled_files.reading import TOOLS
from annotator.studies.labelled_files.records import Naming
from annotator.studies.labelled_files.staging import LabelledSource
from annotator.studies.models import Annotation
from annotator.studies.services import LabelledImport, NewStudy, Side, codebook_called, labelled_study_create

_NAME_CAP = 200  # characters of the name of a field


def _optional(help_text: str, *, default: str = "", longest: int = _NAME_CAP) -> serializers.CharField:
    return serializers.CharField(max_length=longest, default=default, allow_blank=not default, help_text=help_text)


class LabelImportSerializer(StrictSerializer):
    dataset = serializers.CharField(max_length=256, help_text="The name of the dataset with the prompts.")
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    study = serializers.CharField(max_length=64, help_text="Short name of the study to create.")
    title = _optional("Else its short name.", longest=160)
    codebook = _optional("Else the one that comes with Cotrast.", longest=64)
    tool = Choice(choices=["", *sorted(TOOLS)], default="", help_text="Else recognised by the content.")
    prompt = _optional("Field with the prompt.", default="prompt")
    first = _optional("Field with the first answer.", default="first")
    second = _optional("Field with the second answer.", default="second")
    key = _optional("Field with the prompt's key; else its text names it.")
    control = serializers.CharField(max_length=_NAME_CAP, help_text="Control or question with the label.")
    note = _optional("Control or question with free text.")
    means = serializers.ListField(
        child=serializers.CharField(max_length=_NAME_CAP, trim_whitespace=False),
        max_length=100,
        help_text=f"VALUE=LABEL, repeated: which label ({', '.join(Annotation.Label.values)}) a value is.",
    )
    language_model = serializers.CharField(max_length=64, help_text="Slug of the model of the first answers.")
    second_language_model = _optional("Else the same.", longest=64)
    strategy = Choice(choices=list(STRATEGIES), default="base", help_text="Of the first answers.")
    second_strategy = Choice(choices=list(STRATEGIES), default="cot")
    split = _optional("none, markers, think_tags, separate, or prefix:TEXT.", default="none", longest=100)
    terms = _optional("Licence or terms of use of the answers.", longest=TERMS_CAP)
    set_aside = serializers.BooleanField(default=False, help_text="Leave out rows that cannot be used.")
    name = _optional("What the file is called.", default="labels", longest=120)

    def validate_means(self, pairs: Sequence[str]) -> Mapping[str, str]:
        """Return value of the control -> label."""
        split = [pair.rpartition("=") for pair in pairs]
        for value, equals, label in split:
            if not equals or label not in Annotation.Label.values:
                sentence = _("%(pair)r is not VALUE=LABEL; labels: %(known)s.")
                named = {"pair": f"{value}{equals}{label}"[:80], "known": ", ".join(Annotation.Label.values)}
                raise serializers.ValidationError(sentence % named)
        return {value: label for value, _equals, label in split}

    def validate_split(self, rule: str) -> SplitRule:
        return split_rule(rule)


class ImportedLabelsSerializer(serializers.Serializer[LabelledImport]):
    study = serializers.CharField(source="study.slug", help_text="Its short name. You own it.")
    annotations = serializers.IntegerField()
    annotators = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="Annotations that were skipped or not submitted.")
    set_aside = serializers.IntegerField(help_text="Rows that could not be used.")


class LabelImportView(FileImportView):
    """The import of pairs of answers that people compared in another tool."""

    serializer_class = LabelImportSerializer

    @extend_schema(
        operation_id="label_import",
        parameters=query_parameters(LabelImportSerializer()),
        request={MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={201: ImportedLabelsSerializer, **NOT_NOW, **UNUSABLE},
    )
    def post(self, request: Request) -> Response:
        """Import labels as a new study: two runs, a case for each pair, every annotator's label; all or nothing."""
        access.require_lead(request.user)
        sent = request.query_params
        repeated = {"means": sent.getlist("means")} if "means" in sent else {}
        body = validated(LabelImportSerializer, {**sent.dict(), **repeated})
        with received(request.data) as path:
            imported = self._import(path, body)
        return Response(ImportedLabelsSerializer(imported).data, status=status.HTTP_201_CREATED)

    def _import(self, path: Path, sent: Mapping[str, Any]) -> LabelledImport:
        user = self.request.user
        names = {name: sent[name] for name in ("prompt", "first", "second", "key", "control", "note")}
        file = SourceFile(path, sent["name"], UNPACKED_CAP)
        try:
            return labelled_study_create(
                dataset=access.dataset_for(user, sent["dataset"], sent["version"]),
                source=LabelledSource(file, Naming(**names, meanings=sent["means"]), sent["tool"]),
                new=_new_study(sent),
                set_aside=(lambda _problem: None) if sent["set_aside"] else None,
                user=self.person,
                visible=access.runs_for(user),
            )
        except ResponseFileError as error:
            raise RunImportError(_("Nothing was imported."), [("", error.args[0])]) from None


def _new_study(sent: Mapping[str, Any]) -> NewStudy:
    model = sent["language_model"]
    return NewStudy(
        slug=sent["study"],
        title=sent["title"] or sent["study"],
        codebook=codebook_called(sent["codebook"]),
        first=Side(model, sent["strategy"]),
        second=Side(sent["second_language_model"] or model, sent["second_strategy"]),
        split=sent["split"],
        terms=sent["terms"],
    )
