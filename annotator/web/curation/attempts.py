"""Repairs from the editor: by a model, by one mechanical edit of the typed text, or by all that help."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.exemplars.edits import edit_all, suggestions
from annotator.exemplars.errors import RepairError
from annotator.exemplars.proof import constraints_of
from annotator.exemplars.services.repair_requests import repairs_request
from annotator.exemplars.services.repairs import repair_mechanical
from annotator.web.case.drafts import posted_number
from annotator.web.case.form import first_problem
from annotator.web.curation.editor import repair_answer, repair_refused, repair_typed
from annotator.web.curation.form import ModelRequestForm, RepairInput
from annotator.web.curation.screen import repair_screen
from annotator.web.decorators import SignedInRequest, post_page


@post_page
def repair_edit(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """The page with the suggestion for the constraint `position` applied to the answer as typed. Stores nothing.

    What was ticked was read in another text, so that no tick stays.
    """
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    typed, position = RepairInput.from_request(request.POST), posted_number(request.POST, "position")
    screen = repair_screen(candidate, request.user)
    found = [edit for edit in suggestions(screen.constraints, typed.answer) if edit.position == position]
    if not found:
        sentence = _("There is no mechanical edit for this constraint now; look at its verdict again.")
        return repair_answer(request, screen.with_edit(typed, refusal=sentence), status=409)
    return repair_answer(request, screen.with_edit(replace(typed, answer=found[0].answer, ticked=())))


@post_page
def repair_request(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Ask a model for repairs; the same page answers, and waits for its attempts."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    form = ModelRequestForm(request.POST, language_models=access.language_models_to_ask(request.user))
    if not form.is_valid():
        return repair_refused(request, candidate, first_problem(form), request_form=form, status=422)
    try:
        repairs_request(candidate=candidate, user=request.user, **form.cleaned_data)
    except RepairError as error:
        return repair_refused(request, candidate, str(error), request_form=form)
    return redirect("repair", slug, candidate_id)


@post_page
def repair_mechanically(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Store an attempt: the original answer after all mechanical edits that help. What was typed stays.

    A page with scripts keeps it. Without scripts it is sent along, is shown again and becomes the draft.
    """
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    typed = RepairInput.from_request(request.POST) if "answer" in request.POST else None
    edited = edit_all(constraints_of(candidate.case.prompt), candidate.generation.answer)
    if not edited.edits:
        sentence = _("No mechanical edit helps the original answer; edit it yourself or ask a model.")
        return repair_refused(request, candidate, sentence, typed=typed)
    steps = [edit.to_json() for edit in edited.edits]
    try:
        repair_mechanical(candidate=candidate, answer=edited.answer, edits=steps, user=request.user)
    except RepairError as error:
        return repair_refused(request, candidate, str(error), typed=typed)
    messages.success(
        request, _("Stored among the attempts: the original after %(n)d mechanical edits.") % {"n": len(steps)}
    )
    return redirect("repair", slug, candidate_id) if typed is None else repair_typed(request, candidate, typed)
