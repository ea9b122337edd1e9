"""Notices of runs that exist already, which may be another lead's."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.runs.models import Run
from annotator.web.decorators import SignedInRequest


def tell_existing(request: SignedInRequest, run: Run) -> None:
    """Say that a run is not new; a lead who may not open it is told whom to ask."""
    sentence = _("Run %(pk)s is exactly that one already.")
    if not _may_open(request, run):
        sentence = _(
            "Run %(pk)s is exactly that one already, and another lead started it; ask a site lead to pair it in a "
            "study of yours."
        )
    messages.info(request, sentence % {"pk": run.pk})


def redirect_to_run(request: SignedInRequest, run: Run) -> HttpResponse:
    """Redirect to the page of a run, or to the list where it is another lead's."""
    return redirect("run", run.pk) if _may_open(request, run) else redirect("runs")


def _may_open(request: SignedInRequest, run: Run) -> bool:
    return access.runs_for(request.user).filter(pk=run.pk).exists()
