"""Changes of prompt sets over REST: members, settings, and the next version; for curators and leads."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api import fields
from annotator.api.entity_tags import IF_MATCH, check_match
from annotator.api.idempotency import idempotent
from annotator.api.parsing import Choice, NothingSerializer, StrictSerializer, validated
from annotator.api.prompt_sets import PromptSetDetailSerializer, PromptSetSerializer, PromptSetView, detailed
from annotator.api.views import ApiView
from annotator.exemplars.models import PromptSet
from annotator.exemplars.services.prompt_sets import (
    GREATEST_BUDGET,
    prompt_set_change,
    prompt_set_locked,
    prompt_set_version,
)
from annotator.runs.models import LanguageModel
from annotator.strategies.exemplars import MOST_EXEMPLARS

_REFUSED = {409: OpenApiResponse(description="The set cannot have these members or settings; the sentence says why.")}


class PromptSetChangeSerializer(StrictSerializer):
    exemplars = serializers.ListField(
        child=fields.row_id(),
        max_length=MOST_EXEMPLARS,
        required=False,
        help_text="Ids of exemplars of the study: all members, in the order in which they are shown.",
    )
    template = Choice(choices=PromptSet.Template.choices, required=False)
    shows_reasoning = serializers.BooleanField(required=False)
    budget_tokens = serializers.IntegerField(
        min_value=1, max_value=GREATEST_BUDGET, allow_null=True, required=False, help_text="null for no budget."
    )
    language_model = serializers.CharField(max_length=64, allow_null=True, required=False, help_text="A slug.")


class ChangeablePromptSetView(PromptSetView):
    """One version of a prompt set: its exemplars in order, and the runs that used it."""

    @extend_schema(
        operation_id="prompt_set_change",
        parameters=[IF_MATCH],
        request=PromptSetChangeSerializer,
        responses={200: PromptSetDetailSerializer, **_REFUSED},
    )
    def patch(self, request: Request, slug: str, name: str, version: int) -> Response:
        """Change what is sent. Where a run has used the set, the answer is a new version of it."""
        prompt_set = access.prompt_set_for(request.user, slug, name, version)
        body = validated(PromptSetChangeSerializer, request.data)
        changes = self._changes(body)
        with transaction.atomic():
            prompt_set_locked(prompt_set)
            check_match(request, detailed(access.prompt_set_for(request.user, slug, name, version)))
            changed = prompt_set_change(prompt_set=prompt_set, user=self.person, **changes)
        shown = access.prompt_set_for(request.user, slug, changed.name, changed.version)
        return Response(detailed(shown))

    def _changes(self, sent: dict[str, Any]) -> dict[str, Any]:
        changes = dict(sent)
        if "exemplars" in changes:
            changes["exemplar_ids"] = changes.pop("exemplars")
        if changes.get("language_model") is not None:
            changes["language_model"] = self._language_model(changes["language_model"])
        return changes

    def _language_model(self, slug: str) -> LanguageModel:
        models = access.language_models_to_ask(self.request.user)
        model = models.filter(slug=slug).first()
        if model is None:
            message = _("%(slug)r is no language model that can be asked; choose one of %(known)s.")
            problem = message % {"slug": slug, "known": ", ".join(models.values_list("slug", flat=True))}
            raise serializers.ValidationError({"language_model": [problem]})
        return model


class PromptSetCopyView(ApiView):
    """The next version of a prompt set."""

    @extend_schema(operation_id="prompt_set_copy", request=None, responses={201: PromptSetSerializer, **_REFUSED})
    @idempotent
    def post(self, request: Request, slug: str, name: str, version: int) -> Response:
        """Make the next version, a copy of this one without withdrawn exemplars."""
        prompt_set = access.prompt_set_for(request.user, slug, name, version)
        validated(NothingSerializer, request.data)
        copied = prompt_set_version(prompt_set=prompt_set, user=self.person)
        return Response(PromptSetSerializer(copied).data, status=status.HTTP_201_CREATED)
