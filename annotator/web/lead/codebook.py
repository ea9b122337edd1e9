"""The codebook editor, for leads: guideline, patterns, preview, and the changes of each version."""

from __future__ import annotations

from django.contrib import messages
from django.forms import BaseFormSet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StaleCodebook, StudyError
from annotator.studies.models import Study
from annotator.studies.selectors.codebook_versions import codebook_versions, patterns_of_all_versions
from annotator.web.decorators import SignedInRequest, lead_form
from annotator.web.lead.codebook_form import (
    CodebookForm,
    PatternForm,
    PatternForms,
    codebook_content,
    first_error,
    initial_forms,
    spare_rows,
)
from annotator.web.marks.markdown import markdown


@never_cache  # the back button must show the saved version and a valid token; typed text is in the outbox
@lead_form
def codebook_editor(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the study's codebook; saving creates the next version, a preview shows it and saves nothing."""
    study = access.study_led_by(request.user, slug)
    if request.method != "POST":
        return _page(request, study, *initial_forms(study.codebook))
    form, patterns = CodebookForm(request.POST), PatternForms(request.POST, prefix="pattern")
    if not form.is_valid() or not patterns.is_valid():
        return _page(request, study, form, patterns, refusal=first_error(form, patterns), status=422)
    if "preview" in request.POST:
        return _page(request, study, form, patterns)
    return _save(request, study, form, patterns)


def _save(
    request: SignedInRequest, study: Study, form: CodebookForm, patterns: BaseFormSet[PatternForm]
) -> HttpResponse:
    typed = codebook_content(form, patterns, patterns_of_all_versions(study.codebook))
    try:
        base_id = form.cleaned_data["base"]
        codebook = services.codebook_edit(study=study, base_id=base_id, content=typed, by=request.user)
    except StaleCodebook as error:
        # The typed text stays, now based on the version that the page shows.
        study.refresh_from_db()
        form.data = {**request.POST.dict(), "base": str(study.codebook_id)}
        return _page(request, study, form, patterns, refusal=str(error), status=409)
    except StudyError as error:
        return _page(request, study, form, patterns, refusal=str(error), status=422)
    if codebook.pk == form.cleaned_data["base"]:
        messages.info(request, _("Nothing is different; it is still version %d.") % codebook.version)
    else:
        messages.success(request, _("Saved. From now on people judge by version %d.") % codebook.version)
    return redirect("codebook", study.slug)


def _page(
    request: SignedInRequest,
    study: Study,
    form: CodebookForm,
    patterns: BaseFormSet[PatternForm],
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    typed = form.data.get("guideline") if form.is_bound else form.initial["guideline"]
    context = {
        "study": study,
        "form": form,
        "patterns": patterns,
        "spare": spare_rows(patterns),
        "preview": markdown(typed or ""),
        "previewing": "preview" in request.POST,
        "versions": codebook_versions(study),
        "refusal": refusal,
    }
    return render(request, "codebook.html", context, status=status)
