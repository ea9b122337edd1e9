"""The adjudicator's pages: what waits, one case with its annotations side by side and unnamed, and the decision."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.studies import services
from annotator.studies.adjudication_sheet import adjudication_sheet
from annotator.studies.errors import StudyError
from annotator.studies.models import Case
from annotator.studies.undecided import next_undecided, open_flags, undecided_cases, undecided_count
from annotator.web.adjudication_screen import AdjudicationScreen
from annotator.web.decision import DecisionForm, TypedDecision
from annotator.web.doors import SignedInRequest, logged_out, reads, writes
from annotator.web.judgement import first_problem
from annotator.web.paging import PAGE_SIZE

_FLAGS = 50
_DIGITS = 19  # one fewer than would overflow the database's numbers


@reads
def adjudication_queue(request: SignedInRequest, slug: str) -> HttpResponse:
    """The cases that wait, flagged and disputed ones first, and the open flags."""
    study = access.study_to_adjudicate(request.user, slug)
    rows = undecided_cases(study, after=_place(request), limit=PAGE_SIZE + 1)
    context = {
        "study": study,
        "page": {"rows": rows[:PAGE_SIZE], "after": rows[PAGE_SIZE - 1].place if len(rows) > PAGE_SIZE else None},
        "waiting": undecided_count(study),
        "flags": open_flags(study)[:_FLAGS],
        "all_flags": open_flags(study).count(),
    }
    return render(request, "adjudication/queue.html", context)


@reads
def adjudication_page(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    case = access.case_to_adjudicate(request.user, slug, case_id)
    sheet = adjudication_sheet(case, request.user)
    return _page(request, case, AdjudicationScreen(sheet, TypedDecision.from_decision(sheet.decision)))


@writes
def adjudication_decide(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Take the decision and go on to the next case; a refused one comes back with all that was typed."""
    case = access.case_to_adjudicate(request.user, slug, case_id)
    form, typed = DecisionForm(request.POST), TypedDecision.from_request(request.POST)
    if not form.is_valid():
        return _refused(request, case, typed, first_problem(form), status=422)
    try:
        services.adjudication_decide(
            case=case,
            author=request.user,
            patterns=typed.patterns,
            other_text=typed.other_text,
            spans=typed.spans,
            **form.cleaned_data,
        )
    except StudyError as error:
        return _refused(request, case, typed, str(error), status=409)
    following = next_undecided(case.study, after=case)
    if following is None:
        messages.success(request, _("Every case that waited is decided. Thank you!"))
        return redirect("adjudication", slug)
    return redirect("adjudication-case", slug, following.pk)


@writes
def flag_settle(request: SignedInRequest, slug: str, flag_id: int) -> HttpResponse:
    services.flag_settle(flag=access.flag_to_settle(request.user, slug, flag_id))
    return redirect("adjudication", slug)


def _place(request: SignedInRequest) -> int:
    """Where the page starts; nonsense is the first page."""
    after = request.GET.get("after", "")
    return int(after) if after.isdecimal() and len(after) < _DIGITS else 0


def _refused(request: SignedInRequest, case: Case, typed: TypedDecision, sentence: str, *, status: int) -> HttpResponse:
    screen = AdjudicationScreen(adjudication_sheet(case, request.user), typed)
    return _page(request, case, replace(screen, refusal=sentence), status=status)


def _page(request: SignedInRequest, case: Case, screen: AdjudicationScreen, *, status: int = 200) -> HttpResponse:
    context = {
        "screen": screen,
        "sheet": screen.sheet,
        "study": case.study,
        "following": next_undecided(case.study, after=case),
        "logged_out": logged_out(),
    }
    return render(request, "adjudication.html", context, status=status)
