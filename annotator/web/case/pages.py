"""The case page and its POSTs. Each change is one POST, answered by the page to continue with."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from annotator import access
from annotator.studies import services
from annotator.studies.errors import CaseComplete, StaleDraft, StudyError
from annotator.studies.models import Assignment, Draft, Study
from annotator.studies.selectors.sheet import case_sheet
from annotator.web.case.drafts import (
    DraftState,
    newer_draft,
    posted_number,
    refusal,
    save_draft,
    save_refused,
    submitted_draft,
)
from annotator.web.case.form import AnnotationForm, AnnotationInput, first_problem, says_what_was_submitted
from annotator.web.case.screen import CaseScreen, case_screen
from annotator.web.decorators import SignedInRequest, logged_out, page, post_fetch, post_page
from annotator.web.labels import label_for
from annotator.web.typed_text import typed_text

_PREFETCHED = "Cotrast-Prefetched"  # header: the assignment whose page the browser has already
_SWAPS = "Cotrast-Swaps"  # header: the script will replace its page by the answered one


@page
def case_page(request: SignedInRequest, case_id: int) -> HttpResponse:
    assignment = access.assignment_to_read(request.user, case_id)
    return _page(request, case_screen(case_sheet(assignment)))


@post_page
def next_case(request: SignedInRequest, slug: str) -> HttpResponse:
    return _to_next_case(request, access.study_to_annotate(request.user, slug))


@post_fetch
def prefetch_next_case(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page of the annotator's next case, for a script that shows it later; 204 if there is none."""
    study = access.study_to_annotate(request.user, slug)
    try:
        assignment = services.case_prefetch(study=study, annotator=request.user)
    except StudyError as error:
        return refusal(str(error))
    if assignment is None:
        return HttpResponse(status=204)
    sheet = case_sheet(access.assignment_handed_out(assignment))
    response = _page(request, case_screen(sheet))
    response[_PREFETCHED] = str(assignment.pk)
    return response


@post_page
def case_choose(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Store the blind choice; the same page answers, with the sides named."""
    assignment = access.assignment_for(request.user, case_id)
    choice = request.POST.get("choice", "")
    if not choice:
        return _refused(request, assignment, _("Choose left, the same or right first."), status=422)
    try:
        services.assignment_choose_blind(assignment=assignment, choice=choice, seen=request.POST.get("seen", ""))
    except StudyError as error:
        return _refused(request, assignment, str(error))
    return _show(request, case_id)


@post_page
def case_submit(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Store the annotation and show the next case; a refused one is shown again with everything typed.

    After a practice case the same page answers, with the expected annotation. A label against all effects is
    questioned once.
    """
    assignment = access.assignment_for(request.user, case_id)
    form = AnnotationForm(request.POST)
    typed = AnnotationInput.from_request(request.POST)
    if not form.is_valid():
        return _refused(request, assignment, first_problem(form), typed=typed, status=422)
    if typed.to_question:
        return _questioned(request, assignment, replace(typed, questioned="yes"))
    try:
        details = typed.details(second_is_left=assignment.second_is_left)
        draft = submitted_draft(request.POST, typed.as_draft())
        services.annotation_submit(assignment=assignment, content=form.content(details), draft=draft, **form.sent)
    except StaleDraft as error:
        return _refused(request, assignment, str(error), typed=typed, draft=newer_draft(request, error))
    except StudyError as error:
        return _refused(request, assignment, str(error), typed=typed, complete=isinstance(error, CaseComplete))
    if assignment.case.is_practice:
        return _show(request, case_id)
    return _to_next_case(request, assignment.case.study)


@post_page
def case_skip(request: SignedInRequest, case_id: int) -> HttpResponse:
    assignment = access.assignment_for(request.user, case_id)
    reason = request.POST.get("reason", "").strip()
    if not reason:
        return _refused(request, assignment, _("Say in a few words why you skip this case."), status=422)
    try:
        services.assignment_skip(assignment=assignment, reason=reason)
    except StudyError as error:
        return _refused(request, assignment, str(error))
    # The prefetched page counts this case as done: it would show a wrong progress.
    return _to_next_case(request, assignment.case.study, prefetched=False)


@post_page
def case_unskip(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Take the annotator's own skip back; the page of the case answers, ready to be judged."""
    assignment = access.assignment_for(request.user, case_id)
    try:
        services.skip_take_back(assignment=assignment)
    except StudyError as error:
        return _refused(request, assignment, str(error))
    return _show(request, case_id)


@post_page
def case_flag(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Flag the case for discussion; the same page answers, with the flag."""
    assignment, reason = access.assignment_for(request.user, case_id), request.POST.get("reason", "")
    try:
        services.flag_raise(assignment=assignment, reason=reason)
    except StudyError as error:
        return _refused(request, assignment, str(error), flag_text=reason)
    return _show(request, case_id)


@post_page
def case_flag_reply(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Append a message to the annotator's own flag, which opens it again; the same page answers."""
    (assignment, flag), text = access.own_flag(request.user, case_id), typed_text(request.POST.get("text", ""))
    try:
        services.flag_reply(flag=flag, text=text)
    except StudyError as error:
        return _refused(request, assignment, str(error), flag_text=text)
    return _show(request, case_id)


@post_page
def case_flag_read(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Mark the answer to the annotator's own flag as read, from their home page."""
    _assignment, flag = access.own_flag(request.user, case_id)
    services.flag_read(flag=flag)
    return redirect("home")


@post_fetch
def case_draft(request: SignedInRequest, case_id: int) -> HttpResponse:
    """Save the fields as the annotator's draft. One that says what was submitted already is deleted instead."""
    assignment = access.assignment_for(request.user, case_id)
    typed, base_revision = AnnotationInput.from_request(request.POST), posted_number(request.POST, "base_revision") or 0
    if base_revision and says_what_was_submitted(typed, assignment, base_revision):
        return save_draft(request, lambda version: services.draft_discard(assignment=assignment, version=version))
    return save_draft(request, lambda version: _save(assignment, version, typed, base_revision))


@post_fetch
def case_renew(request: SignedInRequest, case_id: int) -> HttpResponse:
    """The heartbeat of an open case page: renews the assignment's lease."""
    try:
        assignment = services.assignment_renew(assignment=access.assignment_for(request.user, case_id))
    except StudyError as error:
        return refusal(str(error))
    return JsonResponse({"lease_until": assignment.lease_until.isoformat()})


def _questioned(request: SignedInRequest, assignment: Assignment, typed: AnnotationInput) -> HttpResponse:
    """The page again, with everything typed and the question whether the label is meant."""
    sentence = _(
        "Your label is “%(label)s”, but no constraint that you judged supports it. "
        "Look once more, or send it again as it is."
    ) % {"label": label_for("label", typed.label)}
    return _page(request, replace(_screen_typed(request, assignment, typed), contradiction=sentence), status=422)


def _to_next_case(request: SignedInRequest, study: Study, *, prefetched: bool = True) -> HttpResponse:
    """Show the next case of the study, or redirect to the study if there is none.

    With `prefetched`, a script that has the page of this assignment already gets only its address.
    """
    try:
        assignment = services.case_next(study=study, annotator=request.user)
    except StudyError as error:
        messages.error(request, str(error))
        return redirect("study", study.slug)
    if assignment is None:
        return redirect("study", study.slug)  # its section of the queue says why there is none
    if prefetched and request.headers.get(_PREFETCHED) == str(assignment.pk):
        return JsonResponse({"next": reverse("case", args=[assignment.case_id])})
    return _show(request, assignment.case_id, handed_out=assignment)


def _show(request: SignedInRequest, case_id: int, *, handed_out: Assignment | None = None) -> HttpResponse:
    """The page of a case after a change: a redirect, or the page itself for a script, which saves a request.

    What the queue has just `handed_out` is not looked up again.
    """
    if _SWAPS not in request.headers:
        return redirect("case", case_id)
    if handed_out is not None:
        assignment = access.assignment_handed_out(handed_out)
    else:
        assignment = access.assignment_to_read(request.user, case_id)
    response = _page(request, case_screen(case_sheet(assignment)))
    response["Content-Location"] = reverse("case", args=[case_id])
    return response


def _refused(
    request: SignedInRequest,
    assignment: Assignment,
    sentence: str,
    *,
    typed: AnnotationInput | None = None,
    draft: DraftState | None = None,
    flag_text: str = "",
    complete: bool = False,
    status: int = 409,
) -> HttpResponse:
    """The page again, with the reason and everything typed, which also becomes the draft unless `draft` stays.

    `flag_text` is the text of a refused flag or reply. `complete`: other annotators have filled every slot of the case
    meanwhile.
    """
    screen = replace(_screen_typed(request, assignment, typed, draft), refusal=sentence, complete=complete)
    return _page(request, screen, status=status, flag_text=flag_text)


def _screen_typed(
    request: SignedInRequest, assignment: Assignment, typed: AnnotationInput | None, draft: DraftState | None = None
) -> CaseScreen:
    """Build the page with everything typed, if anything is, which also becomes the draft unless `draft` stays."""
    sheet = case_sheet(access.assignment_to_read(request.user, assignment.case_id))
    screen = case_screen(sheet)
    if typed is None:
        return screen
    revision = sheet.revision  # the refused text is based on the revision that the answering page shows
    if draft is None:
        draft = save_refused(request, screen.draft.version, lambda version: _save(assignment, version, typed, revision))
    return replace(screen, typed=typed, draft=draft)


def _save(assignment: Assignment, version: int, typed: AnnotationInput, base_revision: int) -> Draft:
    return services.draft_save(
        assignment=assignment, version=version, content=typed.as_draft(), base_revision=base_revision
    )


def _page(request: HttpRequest, screen: CaseScreen, *, status: int = 200, flag_text: str = "") -> HttpResponse:
    sheet = screen.sheet
    context = {
        "screen": screen,
        "sheet": sheet,
        "study": sheet.study,
        "flag_text": flag_text,
        "logged_out": logged_out(),
        "address": reverse("case", args=[sheet.case_id]),
    }
    return render(request, "case.html", context, status=status)
