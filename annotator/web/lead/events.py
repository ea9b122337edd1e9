"""Events on screen and as files: of a study for its leads, of the site for site leads."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotator import access
from annotator.releases.annotation_files import FORMATS
from annotator.releases.events import event_file
from annotator.releases.services import export_note
from annotator.web.decorators import SignedInRequest, page
from annotator.web.event_words import EVENT_WORDS
from annotator.web.paging import page_by


class EventFilters(forms.Form):
    """Filters of the events: of one kind, by one person."""

    kind = forms.ChoiceField(
        choices=[("", _("all")), *sorted(EVENT_WORDS.items())], label=_("What happened"), required=False
    )
    person = forms.CharField(
        label=_("By"), required=False, max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def query(self) -> str:
        """The filters as they stand in an address."""
        return urlencode({name: value for name, value in self.cleaned_data.items() if value})


@page
def study_events(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_led_by(request.user, slug)
    files = {name: reverse("study-events-file", args=[slug, name]) for name in FORMATS}
    return _events(request, access.study_events_for(request.user, slug), {"study": study, "files": files})


@page
def study_events_file(request: SignedInRequest, slug: str, form: str) -> StreamingHttpResponse:
    study = access.study_led_by(request.user, slug)
    response = _file(request, f"{slug}-events", access.study_events_for(request.user, slug), form)
    export_note(study=study, file=f"{slug}-events.{form}", by=request.user)
    return response


@page
def site_events(request: SignedInRequest) -> HttpResponse:
    files = {name: reverse("site-events-file", args=[name]) for name in FORMATS}
    return _events(request, access.site_events_for(request.user), {"files": files})


@page
def site_events_file(request: SignedInRequest, form: str) -> StreamingHttpResponse:
    return _file(request, "events", access.site_events_for(request.user), form)


def _events(request: SignedInRequest, events: QuerySet[Any], context: dict[str, Any]) -> HttpResponse:
    """The newest events first, a page at a time; an unknown filter is refused and shows nothing."""
    filters = EventFilters(request.GET)
    if not filters.is_valid():
        return render(request, "events.html", {**context, "filters": filters}, status=400)
    shown = page_by(request, _filtered(events, filters), "pk", newest_first=True)
    return render(request, "events.html", {**context, "filters": filters, "shown": shown, "query": filters.query()})


def _file(request: SignedInRequest, name: str, events: QuerySet[Any], form: str) -> StreamingHttpResponse:
    filters = EventFilters(request.GET)
    if form not in FORMATS or not filters.is_valid():
        raise Http404
    file = event_file(name, _filtered(events, filters), form)
    response = StreamingHttpResponse(file.parts, content_type=file.media_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


def _filtered(events: QuerySet[Any], filters: EventFilters) -> QuerySet[Any]:
    if filters.cleaned_data["kind"]:
        events = events.filter(kind=filters.cleaned_data["kind"])
    if filters.cleaned_data["person"]:
        events = events.filter(actor__username=filters.cleaned_data["person"].strip())
    return events
