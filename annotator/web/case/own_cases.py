"""An annotator's own cases: the list, the way from one to the next, and the state of their queue."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotator import access
from annotator.studies.selectors.own_cases import KINDS, described, neighbour, own_assignments
from annotator.studies.selectors.queue_state import queue_state
from annotator.web.decorators import SignedInRequest, page
from annotator.web.paging import page_by

_KINDS = {
    "done": _("submitted"),
    "open": pgettext_lazy("assignment", "open"),
    "drafts": _("drafts"),
    "flagged": _("flagged"),
    "skipped": _("skipped"),
    "sent_back": _("sent back to me"),
}


@page
def own_cases(request: SignedInRequest, slug: str) -> HttpResponse:
    """All own cases of a study, or those of one kind (`?kind=`), the latest first."""
    study = access.study_for(request.user, slug)
    kind = _kind(request)
    rows = described(own_assignments(study, request.user, kind))
    context = {
        "study": study,
        "kind": kind,
        "kinds": _KINDS,
        "page": page_by(request, rows, "pk", newest_first=True),
    }
    return render(request, "own_cases.html", context)


@page
def own_case_before(request: SignedInRequest, case_id: int) -> HttpResponse:
    return _to_neighbour(request, case_id, forward=False)


@page
def own_case_after(request: SignedInRequest, case_id: int) -> HttpResponse:
    return _to_neighbour(request, case_id, forward=True)


@page
def study_queue(request: SignedInRequest, slug: str) -> HttpResponse:
    """The section of the study's page about the annotator's queue, which fetches itself again while it waits."""
    study = access.study_to_annotate(request.user, slug)
    return render(request, "study/_queue.html", {"study": study, "queue": queue_state(study, request.user)})


def _to_neighbour(request: SignedInRequest, case_id: int, *, forward: bool) -> HttpResponse:
    """Redirect to the own case before or after this one, of the same kind; at either end to the list."""
    assignment, kind = access.assignment_for(request.user, case_id), _kind(request)
    found = neighbour(assignment, forward=forward, kind=kind)
    query = f"?kind={kind}" if kind else ""
    if found is None:
        return redirect(reverse("own-cases", args=[assignment.case.study.slug]) + query)
    return redirect(reverse("case", args=[found]) + query)


def _kind(request: SignedInRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in KINDS else ""
