"""Changes of a prompt set, sent by the forms of its page, and the start of its runs."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from annotator import access
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.models import PromptSet
from annotator.exemplars.selectors.suggested_sets import suggested_set
from annotator.exemplars.services.prompt_set_runs import prompt_set_compare
from annotator.exemplars.services.prompt_sets import prompt_set_change, prompt_set_move, prompt_set_version
from annotator.runs.errors import RunError
from annotator.strategies.exemplars import MOST_EXEMPLARS
from annotator.web.decorators import SignedInRequest, post_page
from annotator.web.sets.pages import render_set, settings_form, start_form

_STEPS = {"up": -1, "down": 1}


@post_page
def prompt_set_members(request: SignedInRequest, slug: str, name: str, version: int) -> HttpResponse:
    """Move, add, take out or order members; `act` is `up:ID`, `down:ID`, `out:ID`, `add`, `order` or `suggest`."""
    prompt_set = access.prompt_set_for(request.user, slug, name, version)
    seen, (act, _colon, target) = _ids(request.POST, "seen"), request.POST.get("act", "").partition(":")
    change: dict[str, Any] = {"prompt_set": prompt_set, "user": request.user, "seen": seen}
    if act in _STEPS and _is_id(target):
        step = _STEPS[act]
        return _done(
            request, prompt_set, lambda: prompt_set_move(**change, exemplar_id=int(target), step=step), moved=target
        )
    if act == "suggest":
        return _done(
            request, prompt_set, lambda: prompt_set_change(**change, exemplar_ids=_suggested(request, prompt_set))
        )
    order = {
        "out": [pk for pk in seen if str(pk) != target],
        "add": [*seen, *_ids(request.POST, "add")],
        "order": _ids(request.POST, "order"),
    }
    return _done(request, prompt_set, lambda: prompt_set_change(**change, exemplar_ids=order.get(act, seen)))


@post_page
def prompt_set_settings(request: SignedInRequest, slug: str, name: str, version: int) -> HttpResponse:
    """Change template, reasoning, budget or language model; a refused form is shown again as typed."""
    prompt_set = access.prompt_set_for(request.user, slug, name, version)
    form = settings_form(request, prompt_set, request.POST)
    if form.is_valid():
        try:
            changed = prompt_set_change(prompt_set=prompt_set, user=request.user, **form.cleaned_data)
        except PromptSetError as error:
            form.add_error(None, str(error))
        else:
            return _to(request, prompt_set, changed)
    return render_set(request, prompt_set, settings=form, status=422)


@post_page
def prompt_set_copy(request: SignedInRequest, slug: str, name: str, version: int) -> HttpResponse:
    """Make the next version, a copy of this one without withdrawn exemplars."""
    prompt_set = access.prompt_set_for(request.user, slug, name, version)
    return _done(request, prompt_set, lambda: prompt_set_version(prompt_set=prompt_set, user=request.user))


@post_page
def prompt_set_start(request: SignedInRequest, slug: str, name: str, version: int) -> HttpResponse:
    """Start the run with the set and those it is compared with, for leads; leads on to the comparison."""
    access.study_led_by(request.user, slug)
    prompt_set = access.prompt_set_for(request.user, slug, name, version)
    form = start_form(request, prompt_set, request.POST)
    if form.is_valid():
        try:
            visible = access.runs_to_compare(request.user, slug)
            runs = prompt_set_compare(prompt_set=prompt_set, user=request.user, visible=visible, **form.values())
        except (PromptSetError, RunError) as error:
            form.add_error(None, str(error))
        else:
            query = "&".join(f"runs={run.pk}" for run in runs)
            return redirect(f"{reverse('prompt-set-comparison', args=[slug])}?{query}")
    return render_set(request, prompt_set, start=form, status=422)


def _done(
    request: SignedInRequest, prompt_set: PromptSet, change: Callable[[], PromptSet], *, moved: str = ""
) -> HttpResponse:
    """Make the change, and show the version that it led to, or why it is refused.

    The address leads to the `moved` member, so that the keyboard goes on where it was.
    """
    try:
        changed = change()
    except PromptSetError as error:
        messages.error(request, str(error))
        changed = prompt_set
    return _to(request, prompt_set, changed, moved)


def _to(request: SignedInRequest, before: PromptSet, after: PromptSet, moved: str = "") -> HttpResponse:
    if after.version != before.version:
        messages.success(
            request,
            _("This is version %(new)d. Version %(old)d stays as it is.")
            % {"new": after.version, "old": before.version},
        )
    address = reverse("prompt-set", args=[after.study.slug, after.name, after.version])
    return redirect(f"{address}#exemplar-{moved}" if moved else address)


def _suggested(request: SignedInRequest, prompt_set: PromptSet) -> list[int]:
    """The exemplars that are suggested for the set as it is set up, as many as the form wants."""
    size = request.POST.get("size", "")
    suggestion = suggested_set(
        prompt_set.study,
        size=min(int(size), MOST_EXEMPLARS) if size.isdecimal() and len(size) < 5 else 0,
        budget_tokens=prompt_set.budget_tokens,
        language_model=prompt_set.language_model,
        template=prompt_set.template,
        shows_reasoning=prompt_set.shows_reasoning,
    )
    if not suggestion.members:
        raise PromptSetError(_("No exemplar fits; approve one first, or raise the budget."))
    return [facts.exemplar.pk for facts in suggestion.members]


def _ids(data: QueryDict, name: str) -> list[int]:
    """The ids in a field, each in a value of its own or several in one, with spaces between."""
    return [int(part) for value in data.getlist(name) for part in value.split() if _is_id(part)]


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
