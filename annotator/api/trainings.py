"""Trainings of routers over REST, for leads: requested, and watched until there is a router."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.idempotency import idempotent
from annotator.api.pagination import Filter, choice_filter, text_filter
from annotator.api.parsing import Choice, StrictSerializer, validated
from annotator.api.routing import RouterList
from annotator.api.views import ApiListView, ApiView
from annotator.routing.errors import TrainingSettingsError
from annotator.routing.models import Router, Training
from annotator.routing.progress import READING, WHOLE
from annotator.routing.selectors import TrainingState, training_state, training_states
from annotator.routing.services import training_request
from annotator.routing.splits import SPLITS
from annotator.routing.training import Settings

_DEFAULTS = Settings()
_STEPS = ("", READING, *SPLITS, WHOLE)


class TrainingSerializer(serializers.Serializer[TrainingState]):
    id = serializers.IntegerField(source="training.pk")
    name = serializers.CharField(source="training.name")
    study = serializers.CharField(
        source="training.study.slug", default=None, allow_null=True, help_text="null: it was deleted."
    )
    labels = serializers.ChoiceField(choices=Router.Labels.choices, source="training.labels")
    features = serializers.ChoiceField(choices=Router.Features.choices, source="training.features")
    ties = serializers.ChoiceField(choices=Training.Ties.values, source="training.ties")
    calibration = serializers.ChoiceField(choices=Training.Calibration.values, source="training.calibration")
    status = serializers.ChoiceField(choices=Training.Status.choices, source="training.status")
    step = serializers.ChoiceField(
        choices=_STEPS,
        source="training.step",
        help_text="What is at work: reading the cases, a split that is reported on, or the whole training at the end.",
    )
    trained = serializers.IntegerField(source="training.trained", help_text="Models, of those expected.")
    expected = serializers.IntegerField(
        source="training.expected", help_text="A model for each fold of the report, and the router; 0: not known yet."
    )
    seconds_left = serializers.FloatField(allow_null=True)
    stalled = serializers.BooleanField(help_text="No process is at work; the same request again starts one.")
    router = serializers.SerializerMethodField(help_text="NAME@VERSION; null before it is done.")
    error = serializers.CharField(source="training.error")
    created_at = serializers.DateTimeField(source="training.created_at")

    def get_router(self, state: TrainingState) -> str | None:
        router = state.training.router
        return f"{router.name}@{router.version}" if router else None


class NewTrainingSerializer(StrictSerializer):
    name = serializers.CharField(max_length=64, help_text="Of the router; each training is a new version of it.")
    study = serializers.CharField(max_length=64, help_text="The short name of a study that you lead.")
    labels = Choice(choices=Router.Labels.choices, default=Router.Labels.VERDICTS)
    features = Choice(
        choices=Router.Features.choices,
        default=_DEFAULTS.features,
        help_text="finetuned needs a GPU and is refused: .venv/bin/python manage.py train_router trains it.",
    )
    ties = Choice(
        choices=Training.Ties.values, default=_DEFAULTS.ties, help_text="A tie says not to reason (no), or nothing."
    )
    calibration = Choice(choices=Training.Calibration.values, default=_DEFAULTS.calibration)


class RoutersView(RouterList):
    """List trained routers, every version of each."""

    @extend_schema(
        operation_id="router_train",
        request=NewTrainingSerializer,
        responses={
            202: TrainingSerializer,
            409: OpenApiResponse(description="Too few labels, or too many trainings of the study wait."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Have a router trained on a study that you lead. The same training that waits is returned instead of another.

        The answer is the training: read it until its status is done, and its router is there.
        """
        access.require_lead(request.user)
        sent = validated(NewTrainingSerializer, request.data)
        study = access.study_led_by(request.user, sent.pop("study"))
        name, labels = sent.pop("name"), sent.pop("labels")
        try:
            training = training_request(
                study=study, name=name, labels=labels, settings=Settings(**sent), user=self.person
            )
        except TrainingSettingsError as error:
            raise serializers.ValidationError({error.field: [str(error)]}) from None
        return Response(TrainingSerializer(training_state(training)).data, status=status.HTTP_202_ACCEPTED)


class TrainingList(ApiListView):
    """List the requested trainings of the studies that you lead."""

    serializer_class = TrainingSerializer
    filters: ClassVar[dict[str, Filter]] = {
        "study": text_filter("study__slug", "The study's short name."),
        "status": choice_filter("status", Training.Status.values, "How far it is."),
    }

    def get_queryset(self) -> QuerySet[Training]:
        return access.trainings_for(self.request.user)

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """The page's trainings with how far each is."""
        return training_states(super().paginate_queryset(queryset) or ())


class TrainingView(ApiView):
    """One requested training."""

    @extend_schema(operation_id="training_read", responses=TrainingSerializer)
    def get(self, request: Request, training_id: int) -> Response:
        """Read how far a training is, of a study that you lead."""
        return Response(TrainingSerializer(training_state(access.training_for(request.user, training_id))).data)
