"""Letting people into a study."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.web.doors import SignedInRequest, writes
from annotator.web.forms import MemberForm
from annotator.web.judgement import first_problem


@writes
def member_add(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_led_by(request.user, slug)
    form = MemberForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_problem(form))
        return redirect("study", slug)
    try:
        services.member_add(study=study, **form.cleaned_data)
    except StudyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(name)s is in.") % {"name": form.cleaned_data["user"].get_username()})
    return redirect("study", slug)
