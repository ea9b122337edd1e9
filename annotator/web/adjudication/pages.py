"""The adjudicator's pages: the queue, one case with its blinded annotations, and the decision.

A GET writes nothing: a script reports that the page of a case is open, and the next case is fetched by POST.
"""

from dataclasses import dataclass, replace
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.exemplars.selectors.candidates import candidate_of_case
from annotator.studies import services
from annotator.studies.errors import StaleDraft, StudyError
from annotator.studies.models import Case, DecisionDraft, Flag, Study
from annotator.studies.selectors.adjudication_queue import open_flags, other_waits, undecided_cases, undecided_count
from annotator.studies.selectors.adjudication_sheet import adjudication_sheet
from annotator.studies.selectors.adjudicator_presence import others_present_at
from annotator.studies.selectors.reworks import open_reworks
from annotator.web.adjudication.form import DecisionForm, DecisionInput
from annotator.web.adjudication.screen import AdjudicationScreen, adjudication_screen, presence_sentence
from annotator.web.case.drafts import DraftState, newer_draft, posted_number, save_draft, save_refused, submitted_draft
from annotator.web.case.form import first_problem
from annotator.web.decorators import SignedInRequest, logged_out, page, post_fetch, post_page
from annotator.web.paging import PAGE_SIZE

_FLAGS = 50
_DIGITS = 19  # any number of fewer digits fits into the database's 64 bits


@dataclass(frozen=True, slots=True)
class RefusedAnswer:
    """The text of a refused answer to a flag, and why it was refused."""

    flag: Flag
    text: str
    refusal: str


@page
def adjudication_queue(request: SignedInRequest, slug: str) -> HttpResponse:
    """The undecided cases, flagged and disputed ones first, the open flags, and what is sent back."""
    return render_queue(request, access.study_to_adjudicate(request.user, slug))


def render_queue(
    request: SignedInRequest, study: Study, *, refused: RefusedAnswer | None = None, status: int = 200
) -> HttpResponse:
    """The page of the queue. `refused` is an answer to a flag that could not be stored, as typed."""
    rows = undecided_cases(study, after=_page_start(request), limit=PAGE_SIZE + 1)
    context = {
        "study": study,
        "page": {"rows": rows[:PAGE_SIZE], "after": rows[PAGE_SIZE - 1].place if len(rows) > PAGE_SIZE else None},
        "waiting": undecided_count(study),
        "flags": open_flags(study)[:_FLAGS],
        "all_flags": open_flags(study).count(),
        "refused": refused,
        "sent_back": open_reworks([study])[:_FLAGS],
    }
    return render(request, "adjudication_queue.html", context, status=status)


@page
def adjudication_page(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    case = access.case_to_adjudicate(request.user, slug, case_id)
    return render_case(request, case, adjudication_screen(adjudication_sheet(case, request.user)))


@post_page
def adjudication_next(request: SignedInRequest, slug: str) -> HttpResponse:
    """Redirect to the next case; the one in `after` is left for later."""
    study = access.study_to_adjudicate(request.user, slug)
    postponed = request.POST.get("after", "")
    after = access.case_to_adjudicate(request.user, slug, int(postponed)) if _is_number(postponed) else None
    return _to_next_case(request, study, after)


@post_page
def adjudication_decide(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Store the decision and redirect to the next case; a refused one is shown again with everything typed."""
    case = access.case_to_adjudicate(request.user, slug, case_id)
    form, typed = DecisionForm(request.POST), DecisionInput.from_request(request.POST)
    if not form.is_valid():
        return _refused(request, case, typed, first_problem(form), status=422)
    base_revision = form.cleaned_data["base_revision"]
    try:
        services.adjudication_decide(
            case=case,
            author=request.user,
            patterns=typed.patterns,
            other_text=typed.other_text,
            spans=typed.spans,
            draft=submitted_draft(request.POST, {**typed.as_draft(), "base_revision": base_revision}),
            **form.cleaned_data,
        )
    except StaleDraft as error:
        return _refused(request, case, typed, str(error), status=409, draft=newer_draft(request, error))
    except StudyError as error:
        return _refused(request, case, typed, str(error), status=409)
    return _to_next_case(request, case.study, case)


@post_fetch
def adjudication_draft(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Save the fields as the adjudicator's draft."""
    case = access.case_to_adjudicate(request.user, slug, case_id)
    typed, base_revision = DecisionInput.from_request(request.POST), posted_number(request.POST, "base_revision") or 0
    return save_draft(request, lambda version: _save(request, case, typed, base_revision, version))


@post_fetch
def adjudication_renew(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """The heartbeat of an open page; the answer says whether another adjudicator has the case open."""
    case = access.case_to_adjudicate(request.user, slug, case_id)
    services.presence_renew(case=case, adjudicator=request.user)
    return JsonResponse({"others": presence_sentence(others_present_at(case, request.user))})


@post_fetch
def adjudication_leave(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """End the adjudicator's presence: their page was closed."""
    services.presence_end(case=access.case_to_adjudicate(request.user, slug, case_id), adjudicator=request.user)
    return HttpResponse(status=204)


def _page_start(request: SignedInRequest) -> int:
    """The queue position after which the page starts; the first page for anything but a number."""
    after = request.GET.get("after", "")
    return int(after) if _is_number(after) else 0


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < _DIGITS


def _to_next_case(request: SignedInRequest, study: Study, after: Case | None) -> HttpResponse:
    """Redirect to the next case, or to the queue with a message if there is none."""
    following = services.undecided_case_next(study=study, adjudicator=request.user, after=after)
    if following is not None:
        return redirect("adjudication-case", study.slug, following.pk)
    if undecided_count(study):
        messages.info(request, _("No other case waits."))
    else:
        messages.success(request, _("Every case that waited is decided. Thank you!"))
    return redirect("adjudication", study.slug)


def _refused(
    request: SignedInRequest,
    case: Case,
    typed: DecisionInput,
    sentence: str,
    *,
    status: int,
    draft: DraftState | None = None,
) -> HttpResponse:
    """The page again, with the reason and everything typed, which also becomes the draft unless `draft` stays."""
    screen = adjudication_screen(adjudication_sheet(case, request.user))
    revision = screen.sheet.revision
    if draft is None:
        draft = save_refused(request, screen.draft.version, partial(_save, request, case, typed, revision))
    screen = replace(screen, typed=typed, draft=draft, refusal=sentence)
    return render_case(request, case, screen, status=status)


def _save(
    request: SignedInRequest, case: Case, typed: DecisionInput, base_revision: int, version: int
) -> DecisionDraft:
    return services.decision_draft_save(
        case=case,
        adjudicator=request.user,
        base_revision=base_revision,
        version=version,
        content=typed.as_draft(),
    )


def render_case(request: SignedInRequest, case: Case, screen: AdjudicationScreen, *, status: int = 200) -> HttpResponse:
    context = {
        "screen": screen,
        "sheet": screen.sheet,
        "study": case.study,
        "other_waits": other_waits(case),
        "logged_out": logged_out(),
        "curates": access.may(request.user, "curate", case.study),
        "candidate_id": candidate_of_case(case.pk),
    }
    return render(request, "adjudication.html", context, status=status)
