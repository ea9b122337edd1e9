"""The page of a study's exemplars, and their withdrawal."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.exemplars.errors import RepairError
from annotator.exemplars.selectors.exemplars import exemplars_of
from annotator.exemplars.services.approvals import exemplar_withdraw
from annotator.web.case.form import first_problem
from annotator.web.curation.form import ReasonForm
from annotator.web.decorators import SignedInRequest, page, post_page


@page
def exemplars_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """The exemplars of the study, newest first; withdrawn ones stay, with the reason."""
    study = access.study_to_curate(request.user, slug)
    exemplars = exemplars_of(study).prefetch_related("proofs", "memberships__prompt_set").order_by("-pk")
    return render(request, "exemplars.html", {"study": study, "exemplars": exemplars})


@post_page
def exemplar_withdrawal(request: SignedInRequest, slug: str, exemplar_id: int) -> HttpResponse:
    """Withdraw an exemplar with a reason; what uses it already keeps it."""
    exemplar = access.exemplar_for(request.user, exemplar_id)
    if exemplar.candidate.case.study.slug != slug:
        raise Http404
    form = ReasonForm(request.POST)
    try:
        if not form.is_valid():
            raise RepairError(first_problem(form))
        exemplar_withdraw(exemplar=exemplar, user=request.user, **form.cleaned_data)
    except RepairError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Exemplar %(number)d is withdrawn.") % {"number": exemplar.pk})
    return redirect("exemplars", slug)
