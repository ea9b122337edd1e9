"""Pages of routers, for leads: the list with the form that trains one, and a router with its report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.analysis.charts import Interval, Spec, interval_chart
from annotator.routing.errors import RoutingError, TrainingSettingsError
from annotator.routing.models import Router
from annotator.routing.selectors import runs_with, training_states
from annotator.routing.services import training_request
from annotator.runs.models import Run
from annotator.web.decorators import SignedInRequest, lead_form, lead_page
from annotator.web.labels import label_for
from annotator.web.lead.router_form import RouterForm

_TRAININGS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class RouterScreen:
    """Template values of one router: its stored report, and the runs with it that the visitor may open."""

    router: Router
    runs: Sequence[Run]

    @property
    def called(self) -> str:
        return f"{self.router.name}@{self.router.version}"

    @property
    def splits(self) -> Sequence[Mapping[str, Any]]:
        """The splits that there was something to hold out for."""
        return [split for split in self.router.report if not split["missing"]]

    @property
    def missing(self) -> Sequence[Mapping[str, Any]]:
        return [split for split in self.router.report if split["missing"]]

    @property
    def counts_tokens(self) -> bool:
        return any(split["tokens"] for split in self.splits)

    @property
    def has_calibration(self) -> bool:
        """Whether a split has it: reports from before it was measured do not."""
        return any(split.get("calibration") for split in self.splits)

    @property
    def is_finetuned(self) -> bool:
        return self.router.features == Router.Features.FINETUNED

    @property
    def ranking_chart(self) -> Spec | None:
        """AUROC by split; None without an interval."""
        intervals = list(_intervals((split, split["auroc"]) for split in self.splits))
        return interval_chart(intervals, title=_("AUROC; 0.5 is chance"), between=(0.4, 1.0)) if intervals else None

    @property
    def gain_chart(self) -> Spec | None:
        """The router's accuracy minus that of the better fixed choice, by split; None without an interval."""
        intervals = list(_intervals((split, split["gains"]["over_best"]) for split in self.splits))
        title = _("router − better of never and always")
        return interval_chart(intervals, title=title, between=(-0.02, 0.02)) if intervals else None


@lead_form
def router_list(request: SignedInRequest) -> HttpResponse:
    """Show trainings, routers and the form; request a training. `?study=SLUG` chooses the study on the form."""
    studies = access.studies_led_by(request.user)
    slug = request.GET.get("study", "")
    form = RouterForm(request.POST or None, studies=studies, initial={"study": slug, "name": slug})
    if request.method == "POST" and form.is_valid() and _requested(request, form):
        return redirect("routers")
    context = {"form": form, "can_train": studies.exists(), **_list(request)}
    return render(request, "routers.html", context, status=422 if form.errors else 200)


@lead_page
def routers_progress(request: SignedInRequest) -> HttpResponse:
    """The trainings and routers alone, which the page polls while one is trained."""
    return render(request, "routers/_list.html", _list(request))


@lead_page
def router_page(request: SignedInRequest, name: str, version: int) -> HttpResponse:
    router = access.router_report_for(request.user, name, version)
    runs = runs_with(router).filter(pk__in=access.runs_for(request.user).order_by().values("pk"))
    return render(request, "router.html", {"screen": RouterScreen(router, list(runs))})


def _requested(request: SignedInRequest, form: RouterForm) -> bool:
    """Request the training of a valid form; False after a refusal, which stands beside its field."""
    chosen = form.cleaned_data
    try:
        training = training_request(
            study=chosen["study"],
            name=chosen["name"],
            labels=chosen["labels"],
            settings=form.settings(),
            user=request.user,
        )
    except TrainingSettingsError as error:
        form.add_error(error.field, str(error))
        return False
    except RoutingError as error:
        form.add_error("study", str(error))
        return False
    messages.success(
        request, _("The router %(name)s is being trained; this page shows how far.") % {"name": training.name}
    )
    return True


def _list(request: SignedInRequest) -> dict[str, Any]:
    states = training_states(access.trainings_for(request.user)[:_TRAININGS_SHOWN])
    return {
        "states": states,
        "under_way": any(state.unfinished for state in states),
        "routers": access.router_reports_for(request.user).defer("artifact", "report", "card"),
    }


def _intervals(estimates: Any) -> Iterator[Interval]:
    for split, estimate in estimates:
        if estimate["low"] is not None:
            row = label_for("held_out", split["split"])
            yield Interval(row=row, low=estimate["low"], value=estimate["value"], high=estimate["high"])
