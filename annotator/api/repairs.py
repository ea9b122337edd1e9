"""Repairs over REST: the attempts at a candidate, edits, requests to a language model, and approval.

For curators and leads of the study. Constraints are counted from 0, as everywhere in the API.
"""

from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.exemplars import ExemplarSerializer
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, choice_filter
from annotator.api.parsing import StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.edits.suggestions import edit_all
from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.proof import constraints_of
from annotator.exemplars.repetition import most_repeated
from annotator.exemplars.selectors.candidates import attempts_of
from annotator.exemplars.selectors.repair_requests import repair_requests_of
from annotator.exemplars.selectors.verdicts import verdicts_now
from annotator.exemplars.services.approvals import exemplar_approve
from annotator.exemplars.services.attempts import MAX_CHARACTERS
from annotator.exemplars.services.repair_requests import MAX_ROUNDS, MAX_SAMPLES
from annotator.exemplars.services.repairs import repair_mechanical, repair_submit, repairs_request
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import read_evidence
from annotator.sampling import Sampling

Json = dict[str, Any]

_REFUSED = OpenApiResponse(description="The state of the candidate forbids it; the sentence says why.")


def _parent_id(help_text: str) -> Any:
    """Return a field as Any, as those of `annotator.api.fields`: a serializer's base class has a `parent` too."""
    return serializers.IntegerField(allow_null=True, default=None, help_text=help_text)


class AttemptVerdictSerializer(serializers.Serializer[Any]):
    position = fields.constraint_place()
    kind = serializers.CharField()
    strict = serializers.BooleanField(allow_null=True, help_text="null: no checker decides it; a person must tick it.")
    loose = serializers.BooleanField(allow_null=True)
    note = serializers.CharField(help_text="The evidence in one sentence.")
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class RepetitionSerializer(serializers.Serializer[Any]):
    sentence = serializers.CharField()
    times = serializers.IntegerField()


class RepairSerializer(serializers.ModelSerializer[Repair]):
    language_model = serializers.SlugRelatedField[LanguageModel](slug_field="slug", read_only=True, allow_null=True)
    author = serializers.CharField(source="author.username", default=None, allow_null=True)
    verdicts = serializers.SerializerMethodField(help_text="By the current checkers, strict and loose.")
    most_repeated = serializers.SerializerMethodField(help_text="A sentence that stands 3 times or more, else null.")
    checker_version = serializers.SerializerMethodField(help_text="Of these verdicts; send it with an approval.")

    class Meta:
        model = Repair
        fields = (
            "id",
            "method",
            "status",
            "parent",
            "request",
            "round",
            "sample",
            "language_model",
            "author",
            "reasoning",
            "answer",
            "verdicts",
            "satisfied",
            "undecided",
            "edit_distance",
            "unmentioned",
            "most_repeated",
            "checker_version",
            "error",
            "created_at",
        )

    @extend_schema_field(AttemptVerdictSerializer(many=True))
    def get_verdicts(self, repair: Repair) -> list[Json]:
        return [_verdict(stored) for stored in verdicts_now(repair)]

    @extend_schema_field(RepetitionSerializer(allow_null=True))
    def get_most_repeated(self, repair: Repair) -> Json | None:
        repetition = most_repeated(repair.answer)
        return asdict(repetition) if repetition else None

    def get_checker_version(self, repair: Repair) -> str:
        return CHECKER_VERSION if repair.status == Repair.Status.DONE else ""


class EditSerializer(StrictSerializer):
    reasoning = serializers.CharField(max_length=MAX_CHARACTERS, allow_blank=True, trim_whitespace=False, default="")
    answer = serializers.CharField(max_length=MAX_CHARACTERS, trim_whitespace=False)
    parent = _parent_id("The attempt that you edited; null: the failing answer.")


class MechanicalSerializer(StrictSerializer):
    parent = _parent_id("The attempt to edit; null: the failing answer.")


class SamplingSerializer(StrictSerializer):
    max_new_tokens = serializers.IntegerField(default=1_024)
    temperature = serializers.FloatField(default=0.0)
    top_p = serializers.FloatField(default=1.0)
    seed = serializers.IntegerField(default=0)

    def validate(self, attrs: Json) -> Sampling:
        """Return the sampling parameters; one out of range is an error."""
        try:
            return Sampling(**attrs)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class ModelRequestSerializer(StrictSerializer):
    language_model = serializers.CharField(max_length=64, help_text="The short name of a registered model.")
    samples = serializers.IntegerField(min_value=1, max_value=MAX_SAMPLES, default=1)
    rounds = serializers.IntegerField(min_value=1, max_value=MAX_ROUNDS, default=1)
    sampling = SamplingSerializer(
        allow_null=True, default=None, help_text="null: greedy for one sample, temperature 0.8 for several."
    )


class RequestSerializer(serializers.Serializer[Any]):
    request = serializers.UUIDField()
    language_model = serializers.CharField()
    samples = serializers.IntegerField()
    rounds = serializers.IntegerField(help_text="At most; no round follows one in which an attempt holds.")
    round = serializers.IntegerField(help_text="The round that it has reached.")
    done = serializers.IntegerField()
    waiting = serializers.IntegerField()
    failed = serializers.IntegerField()
    holds = serializers.BooleanField(help_text="Whether its best attempt violates no constraint.")
    best = serializers.IntegerField(source="best.pk", default=None, allow_null=True)
    failures = serializers.ListField(child=serializers.CharField(), source="errors")


class ApprovalSerializer(StrictSerializer):
    ticked = serializers.ListField(
        child=fields.constraint_place(),
        default=list,
        help_text="The constraints that no checker decides and that you decided one by one.",
    )
    checker_version = serializers.CharField(max_length=32, help_text="That of the verdicts you saw.")


class RepairList(ApiListView):
    """List every attempt at a candidate, as they were made, with their verdicts by the current checkers."""

    serializer_class = RepairSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "method": choice_filter("method", Repair.Method.values, "Who or what made it."),
        "status": choice_filter("status", Repair.Status.values, "How far it is."),
    }

    def get_queryset(self) -> QuerySet[Repair]:
        return attempts_of(_candidate(self, **self.kwargs)).select_related("candidate__case__prompt")

    @extend_schema(
        operation_id="repair_submit", request=EditSerializer, responses={200: RepairSerializer, 409: _REFUSED}
    )
    @idempotent
    def post(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Append your own rewriting of the answer, with its verdicts. The same one sent again is one."""
        candidate = _candidate(self, slug, candidate_id)
        edit = validated(EditSerializer, request.data)
        values = {**edit, "parent": _parent(candidate, edit["parent"])}
        return _attempt(repair_submit(candidate=candidate, author=self.person, **values))


class MechanicalView(ApiView):
    """The mechanical edits of an answer."""

    @extend_schema(
        operation_id="repair_mechanical", request=MechanicalSerializer, responses={200: RepairSerializer, 409: _REFUSED}
    )
    @idempotent
    def post(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Apply every mechanical edit that satisfies a violated constraint; append the result as an attempt."""
        candidate = _candidate(self, slug, candidate_id)
        body = validated(MechanicalSerializer, request.data)
        parent = _parent(candidate, body["parent"])
        prompt = candidate.case.prompt
        edited = edit_all(constraints_of(prompt), parent.answer if parent else candidate.generation.answer)
        edits = [{"position": edit.position, "kind": edit.kind, "label": str(edit.label)} for edit in edited.edits]
        return _attempt(
            repair_mechanical(candidate=candidate, answer=edited.answer, edits=edits, parent=parent, user=self.person)
        )


class RepairRequestList(ApiView):
    """The requests for repairs by a language model."""

    @extend_schema(operation_id="repair_requests_list", responses=RequestSerializer(many=True))
    def get(self, request: Request, slug: str, candidate_id: int) -> Response:
        """List the requests about a candidate with their progress, oldest first."""
        found = repair_requests_of(_candidate(self, slug, candidate_id))
        return Response(RequestSerializer(found, many=True).data)

    @extend_schema(
        operation_id="repairs_request",
        request=ModelRequestSerializer,
        responses={200: RequestSerializer, 409: _REFUSED},
    )
    @idempotent
    def post(self, request: Request, slug: str, candidate_id: int) -> Response:
        """Have a language model make attempts: `samples` in each of up to `rounds` rounds, led by the checkers."""
        candidate = _candidate(self, slug, candidate_id)
        body = validated(ModelRequestSerializer, request.data)
        values = {**body, "language_model": _language_model(self, body["language_model"])}
        made = repairs_request(candidate=candidate, user=self.person, **values)
        (state,) = (state for state in repair_requests_of(candidate) if state.request == made)
        return Response(RequestSerializer(state).data)


class ApprovalView(ApiView):
    """The approval of an attempt."""

    @extend_schema(
        operation_id="exemplar_approve",
        request=ApprovalSerializer,
        responses={
            200: ExemplarSerializer,
            409: OpenApiResponse(description="The checkers changed, or the candidate's state forbids it."),
            422: OpenApiResponse(description="It is not proved; the sentence names the constraints."),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str, repair_id: int) -> Response:
        """Approve a proved attempt as the exemplar of its candidate, in your name. It is proved anew."""
        repair = access.repair_for(request.user, slug, repair_id)
        body = validated(ApprovalSerializer, request.data)
        exemplar = exemplar_approve(repair=repair, user=self.person, **body)
        return Response(ExemplarSerializer(exemplar).data)


def _candidate(view: ApiView, slug: str, candidate_id: int) -> Candidate:
    return access.candidate_to_repair(view.request.user, slug, candidate_id)


def _parent(candidate: Candidate, repair_id: int | None) -> Repair | None:
    if repair_id is None:
        return None
    parent = attempts_of(candidate).filter(pk=repair_id).first()
    if parent is None:
        message = _("%(repair)d is no attempt at candidate %(candidate)d; name one of its repairs, or null.")
        problem = message % {"repair": repair_id, "candidate": candidate.pk}
        raise serializers.ValidationError({"parent": [problem]})
    return parent


def _language_model(view: ApiView, slug: str) -> LanguageModel:
    models = access.language_models_to_ask(view.request.user)
    model = models.filter(slug=slug).first()
    if model is None:
        known = ", ".join(models.values_list("slug", flat=True)) or _("none yet")
        problem = _("No language model %(slug)r can be asked; known: %(known)s.") % {"slug": slug, "known": known}
        raise serializers.ValidationError({"language_model": [problem]})
    return model


def _attempt(repair: Repair) -> Response:
    return Response(RepairSerializer(repair).data)


def _verdict(stored: Json) -> Json:
    finding = read_evidence(stored["evidence"]).strict
    shown = {name: stored[name] for name in ("position", "kind", "strict", "loose")}
    return {**shown, "note": finding.note, "spans": [list(span) for span in finding.spans]}
