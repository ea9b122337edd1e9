"""The form that adds a member to a study, on the study's page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.models import Study
from annotator.web.case.form import first_problem
from annotator.web.decorators import SignedInRequest, post_page
from annotator.web.labels import label_for
from annotator.web.lead.forms import MemberForm
from annotator.web.lead.studies import render_study


@post_page
def member_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a member; a refused form is shown again as typed, on the study's page."""
    study = access.study_led_by(request.user, slug)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _refused(request, study, form, first_problem(form), status=422)
    try:
        services.member_add(study=study, **form.cleaned_data)
    except StudyError as error:
        return _refused(request, study, form, str(error), status=409)
    messages.success(
        request,
        _("%(name)s is in: %(role)s.")
        % {"name": form.cleaned_data["user"].get_username(), "role": label_for("role", form.cleaned_data["role"])},
    )
    return redirect("study", slug)


def _refused(request: SignedInRequest, study: Study, form: MemberForm, sentence: str, *, status: int) -> HttpResponse:
    """The study's page again, scrolled to the form by its focus."""
    form.fields["user"].widget.attrs["autofocus"] = True
    return render_study(request, study, form, refusal=sentence, status=status)
