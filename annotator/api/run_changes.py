"""Runs over REST: started, paused, resumed and cancelled, for leads."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import access
from annotator.api.idempotency import idempotent
from annotator.api.parsing import Choice, NothingSerializer, StrictSerializer, validated
from annotator.api.run_budgets import BudgetSerializer
from annotator.api.runs import RunList, RunSerializer
from annotator.api.views import ApiView
from annotator.datasets.models import Dataset
from annotator.exemplars.selectors.leaks import without_leaks
from annotator.routing.errors import RoutingError
from annotator.routing.run_parameters import parameters_with
from annotator.routing.selectors import router_called
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run
from annotator.runs.services import run_budget_set, run_cancel, run_pause, run_repeats_start, run_resume
from annotator.runs.services.repeats import REPEATS_AT_MOST
from annotator.strategies import STRATEGIES

NOT_NOW = {409: OpenApiResponse(description="The state of run, model or dataset forbids it; the sentence says why.")}


class DatasetNameSerializer(StrictSerializer):
    name = serializers.CharField(max_length=256)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class NewRunSerializer(StrictSerializer):
    dataset = DatasetNameSerializer()
    language_model = serializers.CharField(max_length=64, help_text="A slug.")
    strategy = Choice(choices=list(STRATEGIES))
    parameters = serializers.DictField(default=dict, help_text="Those of the strategy; without them its own.")
    router = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="NAME@VERSION of a router that decides in the strategy."
    )
    sampling = serializers.DictField(default=dict, help_text="max_new_tokens, temperature, top_p, seed.")
    repeats = serializers.IntegerField(
        min_value=1, max_value=REPEATS_AT_MOST, default=1, help_text="Runs with the seeds from that of sampling on."
    )
    without_defects = serializers.BooleanField(default=False, help_text="Leave out prompts with known defects.")
    budget = BudgetSerializer(allow_null=True, default=None, help_text="The run stops once it has used so much.")


def start_runs(view: ApiView, sent: dict[str, Any]) -> list[Run]:
    """Start the run of a valid NewRunSerializer with its repeats, or return the one that exists already."""
    dataset: Dataset = access.dataset_for(view.request.user, **sent["dataset"])
    model = _language_model(view, sent["language_model"])
    parameters = _parameters(dataset, sent)
    with transaction.atomic():
        started = run_repeats_start(
            repeats=sent["repeats"],
            dataset=dataset,
            language_model=model,
            strategy=sent["strategy"],
            parameters=parameters,
            sampling=sent["sampling"],
            without_defects=sent["without_defects"],
            user=view.person,
            visible=access.runs_for(view.request.user),
        )
        runs = [run for run, _created in started]
        if sent["budget"]:
            run_budget_set(runs=runs[:1], **sent["budget"])
    return runs


def _language_model(view: ApiView, slug: str) -> LanguageModel:
    model = access.language_models_for(view.request.user).filter(slug=slug).first()
    if model is None:
        problem = _("No language model is called %(slug)r; register it first.") % {"slug": slug}
        raise serializers.ValidationError({"language_model": [problem]})
    return model


def _parameters(dataset: Dataset, sent: dict[str, Any]) -> dict[str, Any]:
    """The parameters with the router copied in, and without prompts that leak from their exemplars."""
    parameters: dict[str, Any] = sent["parameters"]
    if sent["router"]:
        try:
            parameters = parameters_with(router_called(sent["router"]), sent["strategy"], parameters)
        except RoutingError as error:
            raise serializers.ValidationError({"router": [str(error)]}) from None
    return without_leaks(dataset, parameters)[0]


class StartedRunsSerializer(serializers.Serializer[Any]):
    runs = RunSerializer(many=True, help_text="The run and its repeats, in the order of their seeds.")


class RunsView(RunList):
    """The runs that you may open."""

    @extend_schema(
        operation_id="run_start", request=NewRunSerializer, responses={201: StartedRunsSerializer, **NOT_NOW}
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Start a run over a dataset, for leads. A run that there is already is returned instead of a second one."""
        access.require_lead(request.user)
        body = validated(NewRunSerializer, request.data)
        started = {"runs": start_runs(self, body)}
        return Response(StartedRunsSerializer(started).data, status=status.HTTP_201_CREATED)


class RunView(ApiView):
    """One run that you may open."""

    @extend_schema(operation_id="run_read", responses=RunSerializer)
    def get(self, request: Request, run_id: int) -> Response:
        return Response(RunSerializer(access.run_for(request.user, run_id)).data)


class PauseView(ApiView):
    """The pause of a run."""

    @extend_schema(operation_id="run_pause", request=None, responses={200: RunSerializer, **NOT_NOW})
    def post(self, request: Request, run_id: int) -> Response:
        """Pause a run and its repeats: what was begun is finished, nothing else is begun."""
        return _stopped(request, run_id, run_pause, _("Run %(run)d is not running, so there is nothing to pause."))


class CancelView(ApiView):
    """The end of a run before its time."""

    @extend_schema(operation_id="run_cancel", request=None, responses={200: RunSerializer, **NOT_NOW})
    def post(self, request: Request, run_id: int) -> Response:
        """Cancel a run and its repeats: what was begun is finished, nothing else is begun."""
        return _stopped(request, run_id, run_cancel, _("Run %(run)d is not running, so there is nothing to cancel."))


class ResumeView(ApiView):
    """The continuation of a run."""

    @extend_schema(operation_id="run_resume", request=BudgetSerializer, responses={200: RunSerializer, **NOT_NOW})
    def post(self, request: Request, run_id: int) -> Response:
        """Resume a paused or cancelled run, or try its failed prompts again; a budget that is sent replaces its own."""
        run = access.run_for(request.user, run_id)
        body = validated(BudgetSerializer, request.data)
        with transaction.atomic():
            run_budget_set(runs=[run], **body)
            if not run_resume(run=run, by=self.person):
                raise RunError(_("Run %(run)d has nothing left to do.") % {"run": run.pk})
        return Response(RunSerializer(access.run_for(request.user, run_id)).data)


def _stopped(request: Request, run_id: int, stop: Callable[..., bool], nothing: str) -> Response:
    run = access.run_for(request.user, run_id)
    validated(NothingSerializer, request.data)
    if not stop(run=run, by=request.user):
        raise RunError(nothing % {"run": run.pk})
    return Response(RunSerializer(access.run_for(request.user, run_id)).data)
