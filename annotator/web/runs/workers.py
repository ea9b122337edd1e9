"""The page of the workers, for site leads: workers, queues of the language models, and open runs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.analysis.fleet import fleet
from annotator.runs.models import Run
from annotator.web.decorators import SignedInRequest, page

_RUNS_SHOWN = 50
_WORKERS_SHOWN = 200
_FIRST = ("failing", "working", "idle", "silent")


@page
def workers_page(request: SignedInRequest) -> HttpResponse:
    access.require_site_lead(request.user)
    return render(request, "workers.html", _context())


@page
def workers_fleet(request: SignedInRequest) -> HttpResponse:
    """The figures of the page, which polls this address."""
    access.require_site_lead(request.user)
    return render(request, "workers/_fleet.html", _context())


def _context() -> dict[str, Any]:
    figures = fleet()
    workers = [(model, worker) for model in figures.models for worker in model.workers]
    workers.sort(key=lambda row: _FIRST.index(row[1].state))
    open_runs = Run.objects.filter(status__in=[Run.Status.RUNNING, Run.Status.PAUSED], archived_at=None)
    shown = open_runs.select_related("dataset", "language_model").order_by("-pk")[:_RUNS_SHOWN]
    return {
        "fleet": figures,
        "workers": workers[:_WORKERS_SHOWN],
        "more_workers": max(0, len(workers) - _WORKERS_SHOWN),
        "runs": [(run, figures.by_run(run.pk)) for run in shown],
    }
