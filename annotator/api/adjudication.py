"""Adjudication over REST: undecided cases, one case with its blinded annotations, and the decision.

It serves the sheet of the adjudicator's page: no annotator, no time of theirs, and no annotation before a case is
complete. Constraints are counted from 0, as everywhere in the API.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.scopes import Scope
from annotator.api.views import ApiListView, ApiView
from annotator.studies.models import Case
from annotator.studies.selectors.adjudication_queue import waiting_cases
from annotator.studies.selectors.adjudication_sheet import AdjudicationSheet, BlindedAnnotation, adjudication_sheet
from annotator.studies.selectors.blinded_annotations import case_texts, newest_adjudication
from annotator.studies.selectors.gold import DECIDERS, Gold, gold_of
from annotator.studies.selectors.sheet import SheetConstraint
from annotator.studies.selectors.sheet_verdicts import SheetVerdict
from annotator.studies.services import adjudication_decide

_TEXTS = ("prompt", "first.reasoning", "first.answer", "second.reasoning", "second.answer")

Json = dict[str, Any]


class UndecidedSerializer(serializers.ModelSerializer[Case]):
    key = fields.prompt_key("prompt.key")
    differ = serializers.SerializerMethodField(help_text="Whether its annotators do not agree.")
    flagged = serializers.BooleanField(help_text="Whether somebody wants to talk about it.")
    disputed = serializers.BooleanField(help_text="Whether somebody calls a verdict wrong.")

    class Meta:
        model = Case
        fields = ("id", "key", "differ", "flagged", "disputed")

    def get_differ(self, case: Any) -> bool:
        return not case.gold


class UndecidedList(ApiListView):
    """List the cases that wait for a decision, of a study that you adjudicate."""

    serializer_class = UndecidedSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "flagged": Filter("flagged", serializers.BooleanField(), "Whether somebody wants to talk about it."),
        "disputed": Filter("disputed", serializers.BooleanField(), "Whether somebody calls a verdict wrong."),
    }

    def get_queryset(self) -> QuerySet[Case]:
        return waiting_cases(access.study_to_adjudicate(self.request.user, self.kwargs["slug"]))


class SpanSerializer(StrictSerializer):
    text = Choice(choices=_TEXTS)
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)
    pattern = serializers.CharField(max_length=64, default="", allow_blank=True, help_text="A slug of the codebook.")
    quote = serializers.CharField(
        default="", allow_blank=True, trim_whitespace=False, help_text="Read from the text: what you send is not kept."
    )


class GoldSerializer(serializers.Serializer[Gold]):
    label = fields.label()
    patterns = fields.pattern_slugs()
    other_text = serializers.CharField()
    spans = SpanSerializer(many=True)
    by = serializers.ChoiceField(choices=DECIDERS, help_text="A rule, where all agreed; else the role of who decided.")
    reason = serializers.CharField()
    revision = serializers.IntegerField()
    decided_at = serializers.DateTimeField()


class BlindedDisputeSerializer(serializers.Serializer[Any]):
    side = fields.side()
    constraint = fields.constraint_place()
    reason = serializers.CharField()


class BlindedAnnotationSerializer(serializers.Serializer[Any]):
    letter = serializers.CharField(help_text="Stands for an annotator, on this case alone.")
    label = fields.label()
    patterns = fields.pattern_slugs()
    other_text = serializers.CharField()
    note = serializers.CharField()
    confidence = serializers.CharField()
    effects = fields.effects()
    spans = SpanSerializer(many=True)
    disputes = BlindedDisputeSerializer(many=True)


class ShownVerdictSerializer(serializers.Serializer[SheetVerdict]):
    strict = serializers.BooleanField(source="obeyed", allow_null=True, help_text="null: it cannot be verified.")
    loose = serializers.BooleanField(allow_null=True)
    note = serializers.CharField()
    spans = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class ShownConstraintSerializer(serializers.Serializer[SheetConstraint]):
    kind = serializers.CharField()
    kwargs = serializers.DictField()
    title = serializers.CharField()
    span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    effect = serializers.CharField(help_text="What the second generation gained or lost.")
    first = ShownVerdictSerializer(source="left")
    second = ShownVerdictSerializer(source="right")


class ShownGenerationSerializer(serializers.Serializer[Any]):
    role = fields.role()
    reasoning = serializers.CharField()
    answer = serializers.CharField()
    reasoning_tokens = serializers.IntegerField(allow_null=True)
    answer_tokens = serializers.IntegerField(allow_null=True)
    split_status = serializers.CharField()
    finish_reason = serializers.CharField()


class AdjudicatedCaseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    key = fields.prompt_key()
    complete = serializers.BooleanField(help_text="Annotations are shown, and decisions taken, once all are in.")
    practice = serializers.BooleanField(help_text="Nothing is decided on a practice case.")
    own = serializers.BooleanField(help_text="Whether you judged it yourself.")
    prompt = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Case.Outcome.choices)
    constraints = ShownConstraintSerializer(many=True)
    first = ShownGenerationSerializer()
    second = ShownGenerationSerializer()
    annotations = BlindedAnnotationSerializer(many=True)
    flags = serializers.ListField(child=serializers.CharField(), help_text="Reasons of the open flags.")
    revision = serializers.IntegerField(help_text="Send it as base_revision; a withdrawn decision counts too.")
    seen = serializers.CharField(help_text="A hash of the annotations. Send it back: then no revision is overlooked.")
    codebook = serializers.IntegerField(help_text="Send it back: then no pattern is one that you did not read about.")
    gold = GoldSerializer(allow_null=True)


class DecisionSerializer(StrictSerializer):
    base_revision = serializers.IntegerField(min_value=0, help_text="The `revision` of the case as you read it.")
    label = fields.label()
    patterns = serializers.ListField(child=serializers.CharField(max_length=64), default=list)
    other_text = serializers.CharField(default="", allow_blank=True)
    spans = SpanSerializer(many=True, default=list)
    reason = serializers.CharField()
    seen = serializers.CharField(
        default="", allow_blank=True, max_length=96, help_text="The `seen` that you read; empty asks nothing."
    )
    codebook = serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="The `codebook` that you read; null asks nothing."
    )


class AdjudicationView(ApiView):
    """One case of a study that you adjudicate."""

    changes_need = Scope.ANNOTATE

    @extend_schema(operation_id="adjudication_read", responses=AdjudicatedCaseSerializer)
    def get(self, request: Request, slug: str, case_id: int) -> Response:
        """Read a case with the annotations of all its annotators, who stay unnamed, and its gold."""
        case = access.case_to_adjudicate(request.user, slug, case_id)
        return Response(AdjudicatedCaseSerializer(_case(case, adjudication_sheet(case, self.person))).data)

    @extend_schema(
        operation_id="adjudication_decide",
        request=DecisionSerializer,
        responses={
            200: GoldSerializer,
            409: OpenApiResponse(
                description="It, or its codebook, was changed meanwhile, or nothing can be decided yet."
            ),
        },
    )
    @idempotent
    def post(self, request: Request, slug: str, case_id: int) -> Response:
        """Decide a case. The same decision sent again is one; one on an older `base_revision` is refused with 409."""
        case = access.case_to_adjudicate(request.user, slug, case_id)
        decision = validated(DecisionSerializer, request.data)
        _check_possible(case, decision)
        adjudication_decide(case=case, author=self.person, **decision)
        return Response(GoldSerializer(gold_of([case.pk])[case.pk]).data)


def _check_possible(case: Case, decision: Json) -> None:
    """Reject revisions and spans that cannot come from a GET of this case, with errors by field for API clients.

    The service would reject them too, with sentences for a user of the page.
    """
    read, newest = decision["base_revision"], newest_adjudication(case)
    revision = newest.revision if newest else 0
    if read > revision:
        message = _("%(read)d was never the revision of case %(case)d, which is %(revision)d; read the case again.")
        problem = message % {"read": read, "case": case.pk, "revision": revision}
        raise serializers.ValidationError({"base_revision": [problem]})
    texts = case_texts(case)
    message = _("[%(start)d, %(end)d) is no piece of %(text)s, which has %(n)d characters; count code points from 0.")
    for place, span in enumerate(decision["spans"]):
        length = len(texts[span["text"]])
        if not span["start"] < span["end"] <= length:
            problem = message % {**span, "n": length}
            raise serializers.ValidationError({"spans": {str(place): [problem]}})


def _case(case: Case, sheet: AdjudicationSheet) -> Json:
    return {
        "id": case.pk,
        "key": case.prompt.key,
        "complete": sheet.complete,
        "practice": hasattr(case, "practice"),
        "own": sheet.own,
        "prompt": sheet.texts["prompt"],
        "outcome": sheet.outcome,
        "constraints": sheet.constraints,
        "first": sheet.first,
        "second": sheet.second,
        "annotations": [_annotation(annotation, sheet) for annotation in sheet.annotations],
        "flags": sheet.flags,
        "revision": sheet.revision,
        "seen": sheet.seen,
        "codebook": case.study.codebook_id,
        "gold": gold_of([case.pk]).get(case.pk),
    }


def _annotation(annotation: BlindedAnnotation, sheet: AdjudicationSheet) -> Json:
    own_spans = [span for span in sheet.evidence if span.inside and annotation.letter in span.letters]
    return {
        **{name: getattr(annotation, name) for name in ("letter", "label", "other_text", "note", "confidence")},
        "patterns": [pattern.slug for pattern in annotation.patterns],
        "effects": _effects(dict(annotation.effects), len(sheet.constraints)),
        "spans": [span.as_span() for span in own_spans],
        "disputes": [
            {"side": dispute.position, "constraint": dispute.number - 1, "reason": dispute.reason}
            for dispute in annotation.disputes
        ],
    }


def _effects(by_constraint: Mapping[int, str], constraints: int) -> Sequence[str | None]:
    return [by_constraint.get(number) for number in range(1, constraints + 1)] if by_constraint else []
