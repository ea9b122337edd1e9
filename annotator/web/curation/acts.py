"""Changes of a candidate beside its edit: sent to repair, rejected, opened again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.exemplars.errors import RepairError
from annotator.exemplars.services.candidates import (
    candidate_create,
    candidate_reject,
    candidate_reopen,
    candidates_create,
)
from annotator.web.case.form import first_problem
from annotator.web.curation.editor import repair_refused
from annotator.web.curation.form import ReasonForm
from annotator.web.decorators import SignedInRequest, post_page


@post_page
def case_repair(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Send the second answer of a case to repair, and open the editor."""
    case = access.case_to_repair(request.user, slug, case_id)
    try:
        candidate = candidate_create(case=case, user=request.user)
    except RepairError as error:
        messages.error(request, str(error))
        return redirect("repairs", slug)
    return redirect("repair", slug, candidate.pk)


@post_page
def repairs_send(request: SignedInRequest, slug: str) -> HttpResponse:
    """Send the ticked cases to repair, or all that the page shows."""
    study = access.study_to_curate(request.user, slug)
    chosen = request.POST.getlist("shown" if "all" in request.POST else "case")
    ids = [int(text) for text in chosen if text.isdecimal() and len(text) < 19]
    if not ids:
        messages.error(request, _("Tick at least one proposed case first."))
        return redirect("repairs", slug)
    try:
        sent = candidates_create(study=study, case_ids=ids, user=request.user)
    except RepairError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Sent to repair: %(n)d.") % {"n": len(sent)})
    return redirect("repairs", slug)


@post_page
def repair_reject(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Reject the candidate with a reason; its attempts stay."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return repair_refused(request, candidate, first_problem(form), status=422)
    try:
        candidate_reject(candidate=candidate, user=request.user, **form.cleaned_data)
    except RepairError as error:
        return repair_refused(request, candidate, str(error))
    messages.success(request, _("Case %(case)d: rejected as a candidate.") % {"case": candidate.case_id})
    return redirect("repairs", slug)


@post_page
def repair_reopen(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Open a rejected candidate again."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    candidate_reopen(candidate=candidate, user=request.user)
    return redirect("repair", slug, candidate_id)
