"""The repair editor and its POSTs: check, draft, attempt and approval, each answered by a page."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from annotator import access
from annotator.exemplars.errors import PromptSetError, RepairError
from annotator.exemplars.models import Candidate, PromptSet, Repair
from annotator.exemplars.proof import constraints_of
from annotator.exemplars.selectors.candidates import attempts_of
from annotator.exemplars.selectors.drafts import draft_of
from annotator.exemplars.selectors.joining import sets_to_join
from annotator.exemplars.services.attempts import refuse_too_long
from annotator.exemplars.services.drafts import repair_draft_save
from annotator.exemplars.services.edit_approvals import edit_approve
from annotator.exemplars.services.repairs import repair_submit
from annotator.studies.models import BaseDraft
from annotator.web.case.drafts import DraftState, posted_number, refusal, save_draft, save_refused
from annotator.web.curation.attempt_screen import attempt_list
from annotator.web.curation.checked_edit import checked_edit
from annotator.web.curation.form import ModelRequestForm, RepairInput
from annotator.web.curation.screen import RepairScreen, repair_screen
from annotator.web.decorators import SignedInRequest, logged_out, page, post_fetch, post_page

_FRAGMENT = "Cotrast-Fragment"  # header: a script replaces parts of its page


@page
def repair_page(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """The editor; `?from=` begins with the texts of that attempt, in place of the draft of version `?draft=`.

    A draft that was saved since is shown instead, as after a reload. A script takes the texts into a page that has the
    draft: it always gets those of the attempt.
    """
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    begin = _attempt(request, candidate, posted_number(request.GET, "from"))
    version = None if _FRAGMENT in request.headers else posted_number(request.GET, "draft") or 0
    chosen = request.session.get(_set_key(candidate))
    screen = repair_screen(candidate, request.user, begin=begin, draft_version=version, prompt_set=chosen)
    return repair_answer(request, screen)


@page
def repair_attempts(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """The attempts alone, for a page that waits for a model."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    parent = posted_number(request.GET, "from")
    attempts = attempt_list(attempts_of(candidate), request.user, parent=parent, closed=False)
    context = {
        "study": candidate.case.study,
        "candidate": candidate,
        "attempts": attempts,
        "parent": parent,
        "draft": DraftState.of(draft_of(candidate, request.user)),
    }
    return render(request, "curation/_attempts.html", context)


@post_page
def repair_check(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Check the text as typed, and answer with the parts of the page for a script, else the page. Stores nothing."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    typed = RepairInput.from_request(request.POST)
    if _FRAGMENT not in request.headers:
        return repair_answer(request, repair_screen(candidate, request.user).with_edit(typed))
    try:
        refuse_too_long(candidate, typed.reasoning, typed.answer)
    except RepairError as error:
        return refusal(str(error), status=422)
    edit = checked_edit(candidate, constraints_of(candidate.case.prompt), typed)
    return render(request, "curation/_live.html", {"edit": edit, "view": request.POST.get("view", "")})


@post_fetch
def repair_draft(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Save the texts and ticks as the curator's draft."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    return save_draft(request, _saver(request, candidate, RepairInput.from_request(request.POST)))


@post_page
def repair_keep(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Store the edit as an attempt, proved or not; the same page answers, with it in the list."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    typed = RepairInput.from_request(request.POST)
    try:
        kept = repair_submit(
            candidate=candidate,
            author=request.user,
            reasoning=typed.reasoning,
            answer=typed.answer,
            parent=_attempt(request, candidate, typed.parent),
            draft_version=posted_number(request.POST, "version"),
        )
    except RepairError as error:
        return repair_refused(request, candidate, str(error), typed=typed)
    return redirect(f"{reverse('repair', args=[slug, candidate_id])}?from={kept.pk}")


@post_page
def repair_approve(request: SignedInRequest, slug: str, candidate_id: int) -> HttpResponse:
    """Approve the edit as an exemplar; a refused one is shown again with everything typed."""
    candidate = access.candidate_to_repair(request.user, slug, candidate_id)
    typed = RepairInput.from_request(request.POST)
    parent = _attempt(request, candidate, typed.parent)
    try:
        prompt_set = _chosen_set(candidate, typed.prompt_set)
        exemplar = edit_approve(
            candidate=candidate,
            author=request.user,
            reasoning=typed.reasoning,
            answer=typed.answer,
            parent=parent,
            draft_version=posted_number(request.POST, "version"),
            ticked=typed.ticked,
            checker_version=request.POST.get("checker_version", ""),
            unchanged=parent is not None and typed.repeats(parent),
            prompt_set=prompt_set,
        )
    except (RepairError, PromptSetError) as error:
        return repair_refused(request, candidate, str(error), typed=typed)
    request.session[_set_key(candidate)] = typed.prompt_set
    messages.success(request, _("Case %(case)d: approved as exemplar %(number)d.") % _numbers(candidate, exemplar.pk))
    if prompt_set is not None:
        messages.success(request, _("It is the last exemplar of the set %(name)s.") % {"name": prompt_set.name})
    return redirect("repairs", slug)


def repair_refused(
    request: SignedInRequest,
    candidate: Candidate,
    sentence: str,
    *,
    typed: RepairInput | None = None,
    request_form: ModelRequestForm | None = None,
    status: int = 409,
) -> HttpResponse:
    """The page again, with the reason and everything typed, which also becomes the draft.

    `request_form` is a refused request to a model, as filled in.
    """
    if typed is not None:
        return repair_typed(request, candidate, typed, refusal=sentence, status=status)
    screen = replace(repair_screen(candidate, request.user), refusal=sentence)
    return repair_answer(request, screen, request_form=request_form, status=status)


def repair_typed(
    request: SignedInRequest, candidate: Candidate, typed: RepairInput, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """The page again with everything typed, which also becomes the draft."""
    screen = repair_screen(candidate, request.user)
    draft = save_refused(request, screen.draft.version, _saver(request, candidate, typed))
    return repair_answer(request, screen.with_edit(typed, refusal=refusal, draft=draft), status=status)


def repair_answer(
    request: SignedInRequest,
    screen: RepairScreen,
    *,
    request_form: ModelRequestForm | None = None,
    status: int = 200,
) -> HttpResponse:
    candidate = screen.candidate
    failed = candidate.generation.run.language_model.slug
    models = access.language_models_to_ask(request.user)
    context = {
        "study": candidate.case.study,
        "candidate": candidate,
        "screen": screen,
        "attempts": screen.attempts,
        "parent": screen.typed.parent,
        "draft": screen.draft,
        "request_form": request_form or ModelRequestForm(None, language_models=models, prefers=failed),
        "logged_out": logged_out(),
        "address": reverse("repair", args=[candidate.case.study.slug, candidate.pk]),
    }
    return render(request, "repair.html", context, status=status)


def _attempt(request: SignedInRequest, candidate: Candidate, repair_id: int | None) -> Repair | None:
    """The attempt at this candidate that the edit began on; None for the model's own answer, and for any other id."""
    if repair_id is None:
        return None
    attempt = access.repair_for(request.user, candidate.case.study.slug, repair_id)
    done = attempt.status == Repair.Status.DONE
    return attempt if done and attempt.candidate_id == candidate.pk else None


def _chosen_set(candidate: Candidate, prompt_set_id: int | None) -> PromptSet | None:
    """The chosen set in its newest version, None for none. Raises PromptSetError where a newer version has come."""
    if prompt_set_id is None:
        return None
    chosen = next((row for row in sets_to_join(candidate.case.study) if row.pk == prompt_set_id), None)
    if chosen is None:
        raise PromptSetError(
            _("The chosen prompt set has a newer version now, or is gone; choose a set again and approve.")
        )
    return chosen


def _set_key(candidate: Candidate) -> str:
    """The key of the session under which the set that somebody chose last in this study is remembered."""
    return f"prompt_set_of_study_{candidate.case.study_id}"


def _saver(request: SignedInRequest, candidate: Candidate, typed: RepairInput) -> Callable[[int], BaseDraft]:
    """Save what was typed on top of the draft version that it is called with."""
    return lambda version: repair_draft_save(
        candidate=candidate, author=request.user, version=version, content=typed.as_draft()
    )


def _numbers(candidate: Candidate, number: int) -> dict[str, int]:
    return {"case": candidate.case_id, "number": number}
