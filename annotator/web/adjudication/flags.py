"""Flags of a study for those who decide its cases: answered, or settled without an answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.web.adjudication.pages import RefusedAnswer, render_queue
from annotator.web.decorators import SignedInRequest, post_page
from annotator.web.typed_text import typed_text


@post_page
def flag_settle(request: SignedInRequest, slug: str, flag_id: int) -> HttpResponse:
    services.flag_settle(flag=access.flag_to_settle(request.user, slug, flag_id), by=request.user)
    return redirect("adjudication", slug)


@post_page
def flag_answer(request: SignedInRequest, slug: str, flag_id: int) -> HttpResponse:
    """Answer the flag; its annotator reads the answer on the case and on their home page."""
    flag, text = access.flag_to_settle(request.user, slug, flag_id), typed_text(request.POST.get("text", ""))
    try:
        services.flag_answer(flag=flag, author=request.user, text=text)
    except StudyError as error:
        study = access.study_to_adjudicate(request.user, slug)
        return render_queue(request, study, refused=RefusedAnswer(flag, text, str(error)), status=409)
    messages.success(request, _("Answered. The annotator reads it on the case and on their home page."))
    return redirect("adjudication", slug)
