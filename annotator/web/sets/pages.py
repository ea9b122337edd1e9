"""The pages of a study's prompt sets: the list with the form of a new one, and one version of a set."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.backends import GENERATING
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.models import PromptSet
from annotator.exemplars.selectors.prompt_sets import exemplars_to_choose, prompt_sets_of
from annotator.exemplars.selectors.suggested_sets import suggested_set
from annotator.exemplars.services.prompt_sets import prompt_set_create
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, page, post_page
from annotator.web.sets.forms import NewSetForm, SettingsForm, StartForm
from annotator.web.sets.screen import set_screen

Forms = dict[str, Any]


@page
def prompt_set_list(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_to_curate(request.user, slug)
    return _render_list(request, study, _new_form(request, study))


@post_page
def prompt_set_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Create a set, at first with the exemplars that are suggested for it. A refused form is shown again as typed."""
    study = access.study_to_curate(request.user, slug)
    form = _new_form(request, study, request.POST)
    if form.is_valid():
        try:
            return _create(request, study, form.cleaned_data)
        except PromptSetError as error:
            form.add_error(None, str(error))
    return _render_list(request, study, form, status=422)


@page
def prompt_set_page(request: SignedInRequest, slug: str, name: str, version: int) -> HttpResponse:
    return render_set(request, access.prompt_set_for(request.user, slug, name, version))


def render_set(
    request: SignedInRequest,
    prompt_set: PromptSet,
    *,
    settings: SettingsForm | None = None,
    start: StartForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page of a set; a refused form is shown again as typed."""
    study = access.study_to_curate(request.user, prompt_set.study.slug)
    leads = access.may(request.user, "lead", study)
    context = {
        "study": study,
        "screen": set_screen(prompt_set),
        "choices": exemplars_to_choose(prompt_set),
        "versions": PromptSet.objects.filter(study=study, name=prompt_set.name).order_by("-version"),
        "settings_form": settings or settings_form(request, prompt_set),
        "start_form": (start or start_form(request, prompt_set)) if leads else None,
        "leads": leads,
    }
    return render(request, "prompt_set.html", context, status=status)


def settings_form(request: SignedInRequest, prompt_set: PromptSet, data: Any = None) -> SettingsForm:
    initial = {
        "template": prompt_set.template,
        "shows_reasoning": prompt_set.shows_reasoning,
        "budget_tokens": prompt_set.budget_tokens,
        "language_model": prompt_set.language_model_id,
    }
    return SettingsForm(data, language_models=access.language_models_to_ask(request.user), initial=initial)


def start_form(request: SignedInRequest, prompt_set: PromptSet, data: Any = None) -> StartForm:
    run = prompt_set.study.second_run
    initial = {
        "dataset": run.dataset_id,
        "language_model": prompt_set.language_model_id or run.language_model_id,
        "max_new_tokens": run.sampling.get("max_new_tokens"),
    }
    return StartForm(
        data,
        datasets=access.datasets_for(request.user).filter(archived_at=None),
        language_models=access.language_models_for(request.user).filter(backend__in=GENERATING),
        initial={name: value for name, value in initial.items() if value is not None},
    )


def _new_form(request: SignedInRequest, study: Study, data: Any = None) -> NewSetForm:
    models = access.language_models_to_ask(request.user)
    return NewSetForm(data, language_models=models, initial={"language_model": study.second_run.language_model_id})


def _create(request: SignedInRequest, study: Study, values: dict[str, Any]) -> HttpResponse:
    size = values.pop("size") or 0
    shown = {name: value for name, value in values.items() if name != "name"}
    suggestion = suggested_set(study, size=size, **shown)
    ids = [facts.exemplar.pk for facts in suggestion.members]
    prompt_set = prompt_set_create(study=study, user=request.user, exemplar_ids=ids, **values)
    if len(ids) < size:
        messages.info(
            request,
            _("%(n)d exemplars fit, of the %(size)d that were wanted.") % {"n": len(ids), "size": size},
        )
    return redirect("prompt-set", study.slug, prompt_set.name, prompt_set.version)


def _render_list(request: SignedInRequest, study: Study, form: NewSetForm, *, status: int = 200) -> HttpResponse:
    context = {"study": study, "sets": prompt_sets_of(study), "form": form}
    return render(request, "prompt_sets.html", context, status=status)
