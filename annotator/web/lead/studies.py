"""The study page, for annotators and leads; creates, closes and reopens studies."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.runs.models import Run
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.models import Membership, Study
from annotator.studies.selectors.progress import recent_assignments
from annotator.studies.selectors.queue_state import queue_state
from annotator.studies.selectors.study_overview import study_overview
from annotator.studies.selectors.unblinded import knows_sides
from annotator.web.decorators import SignedInRequest, lead_form, lead_post_page, page
from annotator.web.lead.accuracies import accuracy_rows
from annotator.web.lead.added_prompts import newer_version_of
from annotator.web.lead.forms import VERDICTS_SHOWN, MemberForm, StudyForm
from annotator.web.marks.markdown import markdown

_LAST_CASES = 20
_READER = Membership.Role.READER


@page
def study_page(request: SignedInRequest, slug: str) -> HttpResponse:
    return render_study(request, access.study_for(request.user, slug), MemberForm())


def render_study(
    request: SignedInRequest, study: Study, member_form: MemberForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Render the study's page; `refusal` is why the member in the form was not added."""
    member = study.memberships.active().filter(user=request.user).first()
    rights = access.rights_on(study, request.user)
    context = {
        "study": study,
        "guideline": markdown(study.codebook.guideline),
        "patterns": study.codebook.patterns.all(),
        "adjudicates": "decide" in rights,
        "curates": "curate" in rights,
        "member": member,
        "annotates": member is not None and member.role != _READER and not _knows_sides(study, request.user),
        "queue": queue_state(study, request.user),
        "recent": recent_assignments(study, request.user, _LAST_CASES),
    }
    if "read" in rights:
        context |= {
            "reads": True,
            "origin": f"{request.scheme}://{request.get_host()}",
        }
    if "lead" in rights:
        context |= {
            "leads": True,
            "owns": "own" in rights,
            "overview": study_overview(study),
            "runs": (study.first_run, study.second_run),
            "accuracies": accuracy_rows(study),
            "newer": newer_version_of(study),
            "shown_choices": VERDICTS_SHOWN,
            "member_form": member_form,
            "member_refusal": refusal,
        }
    return render(request, "study.html", context, status=status)


def _knows_sides(study: Study, user: User) -> bool:
    return study.blind and knows_sides(study, user)


@lead_form
def study_new(request: SignedInRequest) -> HttpResponse:
    """Show the form and create a study from two runs. A refused form is shown again as filled in."""
    pairable = access.runs_for(request.user).filter(archived_at=None).exclude(status=Run.Status.FAILED)
    form = StudyForm(request.POST or None, runs=pairable)
    if request.method == "POST" and form.is_valid():
        try:
            study: Study = services.study_create(**form.cleaned_data, lead=request.user)
        except StudyError as error:
            form.add_error(None, str(error))
        else:
            return redirect("study", study.slug)
    return render(request, "study_new.html", {"form": form}, status=422 if form.errors else 200)


@lead_post_page
def study_close(request: SignedInRequest, slug: str) -> HttpResponse:
    services.study_close(study=access.study_led_by(request.user, slug), by=request.user)
    messages.success(request, _("The study is closed. Its annotators read so, and nothing that they typed is lost."))
    return redirect("study", slug)


@lead_post_page
def study_reopen(request: SignedInRequest, slug: str) -> HttpResponse:
    try:
        services.study_reopen(study=access.study_led_by(request.user, slug), by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The study is open again."))
    return redirect("study", slug)


@lead_post_page
def study_show_verdicts(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_led_by(request.user, slug)
    try:
        services.study_show_verdicts(study=study, when=request.POST.get("verdicts_shown", ""), by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved. What was annotated before keeps the setting that it was made under."))
    return redirect("study", slug)
