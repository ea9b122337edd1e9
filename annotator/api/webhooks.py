"""Webhooks of a study over REST, for its leads, and the log of their deliveries."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.idempotency import idempotent_with_secret
from annotator.api.pagination import Filter, choice_filter
from annotator.api.parsing import Choice, NothingSerializer, StrictSerializer, validated
from annotator.api.views import ApiListView, ApiView
from annotator.webhooks import services
from annotator.webhooks.addresses import MAX_URL
from annotator.webhooks.errors import WebhookError
from annotator.webhooks.kinds import Kind
from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.selectors.deliveries import deliveries_of

_SENT_NOW = {409: OpenApiResponse(description="It is being sent at this moment.")}


class SentNow(exceptions.APIException):
    """A delivery that is being sent cannot be sent again."""

    status_code = 409
    default_detail = gettext_lazy("It is being sent at this moment; look again in a few seconds.")


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Kind.values), help_text="What it is sent.")

    class Meta:
        model = Webhook
        fields: ClassVar = ("id", "url", "kinds", "created_at", "failed_in_a_row", "disabled_at", "disabled_reason")


class NewWebhookSerializer(StrictSerializer):
    url = serializers.CharField(max_length=MAX_URL, help_text="Where messages are posted to.")
    kinds = serializers.ListField(child=Choice(choices=Kind.values), min_length=1, help_text="What it is to be sent.")


class SecretSerializer(serializers.Serializer[services.NewWebhook]):
    webhook = WebhookSerializer()
    secret = serializers.CharField(help_text="Verify signatures with it. It is shown this once, and stored nowhere.")


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    message = serializers.CharField(source="header_id", help_text="The `webhook-id` of every attempt.")

    class Meta:
        model = Delivery
        fields: ClassVar = (
            "id",
            "message",
            "kind",
            "status",
            "attempts",
            "response_status",
            "error",
            "created_at",
            "due_at",
            "tried_at",
            "finished_at",
        )


class WebhookList(ApiListView):
    """List the webhooks of a study that you lead."""

    serializer_class = WebhookSerializer

    def get_queryset(self) -> QuerySet[Webhook]:
        return Webhook.objects.filter(study=access.study_led_by(self.request.user, self.kwargs["slug"]))

    @extend_schema(operation_id="webhook_register", request=NewWebhookSerializer, responses={200: SecretSerializer})
    @idempotent_with_secret
    def post(self, request: Request, slug: str) -> Response:
        """Register an address for messages about a study that you lead."""
        study = access.study_led_by(request.user, slug)
        body = validated(NewWebhookSerializer, request.data)
        site = request.build_absolute_uri("/")
        try:
            new = services.webhook_register(study=study, site=site, user=self.person, **body)
        except WebhookError as error:
            raise serializers.ValidationError({"url": [str(error)]}) from None
        return Response(SecretSerializer(new).data)


class DeliveryList(ApiListView):
    """List the deliveries of a webhook of a study that you lead."""

    serializer_class = DeliverySerializer
    filters: ClassVar[dict[str, Filter]] = {
        "status": choice_filter("status", Delivery.Status.values, "done: delivered; failed: given up."),
    }

    def get_queryset(self) -> QuerySet[Delivery]:
        return deliveries_of(access.webhook_for(self.request.user, self.kwargs["slug"], self.kwargs["webhook_id"]))


class _WebhookView(ApiView):
    def webhook(self, request: Request, slug: str, webhook_id: int) -> Webhook:
        webhook = access.webhook_for(request.user, slug, webhook_id)
        validated(NothingSerializer, request.data)
        return webhook


class WebhookDisable(_WebhookView):
    """A webhook, switched off: nothing is sent to it."""

    @extend_schema(operation_id="webhook_disable", request=None, responses=WebhookSerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        webhook = self.webhook(request, slug, webhook_id)
        services.webhook_disable(webhook=webhook, user=self.person)
        return _shown(webhook)


class WebhookEnable(_WebhookView):
    """A webhook, switched on: what waited is sent first."""

    @extend_schema(operation_id="webhook_enable", request=None, responses=WebhookSerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        webhook = self.webhook(request, slug, webhook_id)
        services.webhook_enable(webhook=webhook, user=self.person)
        return _shown(webhook)


class WebhookRemove(_WebhookView):
    """A webhook, removed with the log of its deliveries."""

    @extend_schema(operation_id="webhook_remove", request=None, responses={204: None})
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        services.webhook_remove(webhook=self.webhook(request, slug, webhook_id), user=self.person)
        return Response(status=204)


class WebhookSecret(_WebhookView):
    """The secret of a webhook, replaced by a new one."""

    @extend_schema(operation_id="webhook_secret", request=None, responses=SecretSerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        webhook = self.webhook(request, slug, webhook_id)
        return Response(SecretSerializer(services.webhook_renew_secret(webhook=webhook, user=self.person)).data)


class WebhookTest(_WebhookView):
    """A test message to a webhook."""

    @extend_schema(operation_id="webhook_test", request=None, responses=DeliverySerializer)
    def post(self, request: Request, slug: str, webhook_id: int) -> Response:
        delivery = services.webhook_ping(webhook=self.webhook(request, slug, webhook_id))
        return Response(DeliverySerializer(delivery).data)


class DeliveryAgain(ApiView):
    """A delivery, sent again with the same id."""

    @extend_schema(operation_id="delivery_again", request=None, responses={200: DeliverySerializer, **_SENT_NOW})
    def post(self, request: Request, slug: str, webhook_id: int, delivery_id: int) -> Response:
        delivery = access.delivery_for(request.user, slug, webhook_id, delivery_id)
        validated(NothingSerializer, request.data)
        if not services.delivery_repeat(delivery=delivery):
            raise SentNow
        delivery.refresh_from_db()
        return Response(DeliverySerializer(delivery).data)


def _shown(webhook: Webhook) -> Response:
    webhook.refresh_from_db()
    shown: Any = WebhookSerializer(webhook).data
    return Response(shown)
