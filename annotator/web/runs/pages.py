"""Run pages, for leads: the list, the start form, one run with its progress, and its generations."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.backends import GENERATING
from annotator.datasets.selectors import with_defect_counts
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.selectors.leaks import without_leaks
from annotator.exemplars.services.prompt_set_runs import prompt_set_repeats_run
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.runs import selectors, services
from annotator.runs.errors import RunError
from annotator.runs.models import Generation, Run
from annotator.web.archive import archive_filter
from annotator.web.decorators import SignedInRequest, lead_form, lead_page, lead_post_page
from annotator.web.lead.accuracies import paired_runs
from annotator.web.paging import page_by
from annotator.web.runs.budget_form import BudgetForm
from annotator.web.runs.existing_runs import tell_existing
from annotator.web.runs.forms import FEW_SHOT, RunForm
from annotator.web.runs.generation_screen import generation_screen
from annotator.web.runs.run_screen import results_screen, run_screen
from annotator.web.runs.strategy_choices import StrategyChoice


@lead_page
def run_list(request: SignedInRequest) -> HttpResponse:
    """The visible runs, the repeats of one as one row."""
    visible, archive = archive_filter(request, access.runs_for(request.user).order_by().filter(repeat_of=None))
    page = page_by(request, visible, "pk", newest_first=True)
    context = {"page": page, "groups": selectors.run_groups(page.rows), "archive": archive}
    return render(request, "runs.html", context)


@lead_form
def run_new(request: SignedInRequest) -> HttpResponse:
    """Show the form; start one run per ticked strategy and repeat."""
    datasets = with_defect_counts(access.datasets_for(request.user).filter(archived_at=None))
    models = access.language_models_for(request.user).filter(backend__in=GENERATING)
    prompt_sets = access.prompt_sets_for(request.user)
    routers = access.routers_for(request.user).exclude(features=Router.Features.FINETUNED)  # a run copies numbers alone
    form = RunForm(
        request.POST or None, datasets=datasets, language_models=models, prompt_sets=prompt_sets, routers=routers
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _start_runs(request, form)
        except (RunError, PromptSetError, RoutingError) as error:
            form.add_error(None, str(error))
    can_start = datasets.exists() and models.exists()
    exist = {"sets_exist": prompt_sets.exists(), "routers_exist": routers.exists()}
    context = {"form": form, "can_start": can_start, **exist}
    return render(request, "run_new.html", context, status=422 if form.errors else 200)


@lead_page
def run_page(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    page = page_by(request, run.generations.select_related("prompt"), "position")
    pairing = access.studies_led_by(request.user).filter(Q(first_run=run) | Q(second_run=run))
    context = {
        "run": run,
        "screen": run_screen(run, at_once="now" in request.GET),
        "progress": selectors.run_progress(run),
        "page": page,
        "paired_runs": paired_runs(run, pairing),
    }
    return render(request, "run.html", context)


@lead_page
def run_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """The progress section of a run's page, which polls this address while the run is open."""
    run = access.run_for(request.user, pk)
    return render(request, "run/_progress.html", {"run": run, "progress": selectors.run_progress(run)})


@lead_page
def run_results(request: SignedInRequest, pk: int) -> HttpResponse:
    """The results section of a large run's page, which fetches this address once."""
    run = access.run_for(request.user, pk)
    return render(request, "run/_results.html", {"run": run, "screen": results_screen(run)})


@lead_post_page
def run_pause(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    if not services.run_pause(run=run, by=request.user):
        messages.error(request, _("Run %(pk)s is not running, so there is nothing to pause.") % {"pk": pk})
    return _back(request, pk)


@lead_post_page
def run_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    if not services.run_cancel(run=run, by=request.user):
        messages.error(request, _("Run %(pk)s is not running, so there is nothing to cancel.") % {"pk": pk})
    return _back(request, pk)


@lead_post_page
def run_resume(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    if not _set_budget(request, run):
        return redirect("run", pk)
    try:
        if not services.run_resume(run=run, by=request.user):
            messages.error(request, _("Run %(pk)s has nothing left to do.") % {"pk": pk})
    except RunError as error:
        messages.error(request, str(error))
    return _back(request, pk)


@lead_post_page
def run_budget(request: SignedInRequest, pk: int) -> HttpResponse:
    """Raise the budget of a run that has nothing left to do: judge replies and repairs go on."""
    _set_budget(request, access.run_for(request.user, pk))
    return redirect("run", pk)


def _set_budget(request: SignedInRequest, run: Run) -> bool:
    """Set the budget that was sent, if any; False after a message why it cannot be."""
    budget = BudgetForm(request.POST)
    if not budget.is_valid():
        messages.error(request, _("A budget is a number above 0; leave the field empty to keep the one that it has."))
        return False
    try:
        services.run_budget_set(runs=[run], **budget.limits)
    except RunError as error:
        messages.error(request, str(error))
        return False
    return True


def _back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Redirect to the page with the button: that of the workers, or that of the run."""
    return redirect("workers") if request.POST.get("from") == "workers" else redirect("run", pk)


@lead_page
def generation_page(request: SignedInRequest, pk: int, position: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    rows = run.generations.select_related("run", "prompt", "environment", "reused_from").prefetch_related(
        "verdicts__constraint"
    )
    generation: Generation = get_object_or_404(rows, position=position)
    source = generation.reused_from
    context = {
        "run": run,
        "screen": generation_screen(generation),
        "source_opens": source is not None and access.runs_for(request.user).filter(pk=source.run_id).exists(),
    }
    return render(request, "generation.html", context)


@transaction.atomic
def _start_runs(request: SignedInRequest, form: RunForm) -> HttpResponse:
    """Start the runs of a valid form, all or none; a run that exists already is shown, not started twice."""
    firsts: list[Run] = []
    count = 0
    for choice in form.choices:
        if not choice.ticked:
            continue
        started = _start(request, form, choice)
        firsts.append(started[0][0])
        count += len(started)
        services.run_budget_set(runs=[started[0][0]], **form.limits)
        for run, created in started:
            if not created:
                tell_existing(request, run)
    if len(firsts) == 1:
        return redirect("run", firsts[0].pk)
    messages.success(request, _("%(n)s runs are on their way.") % {"n": count})
    return redirect("runs")


def _start(request: SignedInRequest, form: RunForm, choice: StrategyChoice) -> list[tuple[Run, bool]]:
    """Start one strategy of a valid form; a prompt set brings the parameters of the strategy that it is for."""
    start: dict[str, Any] = {
        "repeats": form.cleaned_data["repeats"] or 1,
        "dataset": form.cleaned_data["dataset"],
        "language_model": form.cleaned_data["language_model"],
        "sampling": form.sampling(),
        "without_defects": form.cleaned_data["without_defects"],
        "user": request.user,
        "visible": access.runs_for(request.user),
    }
    prompt_set = form.cleaned_data["prompt_set"]
    if prompt_set and choice.spec.name == FEW_SHOT:
        return prompt_set_repeats_run(prompt_set=prompt_set, **start)
    parameters, leaks = without_leaks(start["dataset"], form.parameters(choice))
    if leaks:
        keys = ", ".join(leak.key for leak in leaks)
        messages.info(request, _("Left out, identical or near to an exemplar: %(keys)s.") % {"keys": keys})
    return services.run_repeats_start(strategy=choice.spec.name, parameters=parameters, **start)
