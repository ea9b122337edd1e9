"""The attention page of a study, for leads. Its numbers are fetched by poll.js."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator import access
from annotator.analysis.attention.study_attention import attention_results, known_attention
from annotator.runs.errors import RunError
from annotator.runs.selectors import no_worker_message, trace_progress, worker_listening
from annotator.studies.models import Study
from annotator.studies.selectors.paired_generations import paired_generations
from annotator.studies.services.attention import study_trace_attention
from annotator.web.attention.charts import area_chart, drop_chart
from annotator.web.decorators import SignedInRequest, lead_post_page, page

_BOOST = 2.0
"""The bias of the boosts that the page asks for: 7.4 times the weight; commands take any."""


@page
def attention_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page with cached results. `?now` computes everything first, for browsers without scripts."""
    study = access.study_to_read(request.user, slug)
    results = attention_results(study) if "now" in request.GET else known_attention(study)
    progress = trace_progress(paired_generations(study))
    context = {"study": study, "progress": progress, "measure": request.GET.get("measure", "")}
    return render(request, "attention.html", {**context, **(_numbers(request, study, results) if results else {})})


@page
def attention_numbers(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_to_read(request.user, slug)
    return render(request, "attention/_numbers.html", _numbers(request, study, attention_results(study)))


@lead_post_page
def attention_request(request: SignedInRequest, slug: str) -> HttpResponse:
    """Queue the traces that the study lacks, with the controls and boosts that are ticked."""
    study = access.study_led_by(request.user, slug)
    boosts = [0.0, _BOOST] if "boost" in request.POST else []
    try:
        made = study_trace_attention(study=study, filler="filler" in request.POST, boosts=boosts)
    except RunError as error:
        messages.error(request, str(error))
        return redirect("study-attention", slug)
    sentence = ngettext("%(n)d trace was queued.", "%(n)d traces were queued.", made.queued)
    messages.success(request, sentence % {"n": made.queued})
    if made.without_spans:
        left_out = ngettext(
            "%(n)d answer was left out: no words of its prompt are known to state a constraint.",
            "%(n)d answers were left out: no words of their prompts are known to state a constraint.",
            made.without_spans,
        )
        messages.info(request, left_out % {"n": made.without_spans})
    if made.queued and not worker_listening(made.language_model):
        messages.info(request, no_worker_message(made.language_model))
    return redirect("study-attention", slug)


def _numbers(request: SignedInRequest, study: Study, results: Any) -> Mapping[str, Any]:
    """The template values; an unknown or missing `?measure` means the first series."""
    series = results.series if results else []
    chosen = next((one for one in series if one.name == request.GET.get("measure")), series[0] if series else None)
    charts = []
    if chosen:
        named = (
            ("drop-chart", _("Drop by layer"), drop_chart(chosen)),
            ("area-chart", _("Area by layer"), area_chart(chosen)),
        )
        charts = [(name, title, spec) for name, title, spec in named if spec]
    return {"study": study, "results": results, "chosen": chosen, "charts": charts}
