"""Annotations that an adjudicator or lead sends back to their annotator, known here by a letter alone."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.models import Case
from annotator.studies.selectors.adjudication_sheet import adjudication_sheet
from annotator.studies.selectors.blinded_annotations import annotation_under
from annotator.web.adjudication.history import RefusedRework, render_history
from annotator.web.adjudication.pages import render_case
from annotator.web.adjudication.screen import adjudication_screen
from annotator.web.decorators import SignedInRequest, post_page
from annotator.web.typed_text import typed_text


@post_page
def rework_request(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Send the annotation under a letter back to its annotator with a note."""
    case = access.case_to_adjudicate(request.user, slug, case_id)
    letter, note = request.POST.get("letter", ""), typed_text(request.POST.get("note", ""))
    try:
        leads = access.may(request.user, "lead", case.study)
        annotation = annotation_under(case, letter, seen=request.POST.get("seen", ""), incomplete=leads)
        services.rework_request(
            assignment=annotation.assignment, author=request.user, note=note, base_revision=annotation.revision
        )
    except StudyError as error:
        if not case.complete:
            return render_history(request, case, RefusedRework(letter, note, str(error)), status=409)
        screen = adjudication_screen(adjudication_sheet(case, request.user))
        screen = replace(screen, refusal=str(error), rework_letter=letter, rework_note=note)
        return render_case(request, case, screen, status=409)
    messages.success(request, _("Sent back. The case comes first in the annotator’s queue, with your note."))
    return _back(case)


@post_page
def rework_withdraw(request: SignedInRequest, slug: str, rework_id: int) -> HttpResponse:
    rework = access.rework_to_withdraw(request.user, slug, rework_id)
    services.rework_withdraw(rework=rework, by=request.user)
    messages.success(request, _("Taken back. What was annotated stands as it is."))
    return _back(rework.case)


def _back(case: Case) -> HttpResponse:
    """Redirect to the page from which the annotations of the case are sent back."""
    page = "adjudication-case" if case.complete else "case-history"
    return redirect(page, case.study.slug, case.pk)
