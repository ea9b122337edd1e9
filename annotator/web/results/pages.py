"""The results page, for leads. Its numbers are fetched by poll.js as soon as they are computed."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.analysis.results.pair_tables import pair_tables
from annotator.analysis.results.reports import FORMATS
from annotator.analysis.results.run_tables import run_tables
from annotator.analysis.results.sentences import answer_sentence, limit_sentences
from annotator.analysis.results.study_results import known_results, runs_compared, study_results
from annotator.analysis.results.values import StudyResults
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, page
from annotator.web.labels import role_name
from annotator.web.results.charts import results_charts

_FIRST = ("comparison", "strategies", "baselines", "recovered")
"""The tables that come before all others."""

_PICTURES = ("svg", "png")
"""The formats in which each chart is offered as a picture."""


@page
def results_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page with cached results. `?now` computes everything first, for browsers without scripts."""
    study = access.study_to_read(request.user, slug)
    runs = runs_compared(study, access.runs_in_results(request.user, study))
    results = study_results(study, runs) if "now" in request.GET else known_results(study, runs)
    return render(request, "results.html", {"study": study, **(_numbers(study, results) if results else {})})


@page
def results_numbers(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_to_read(request.user, slug)
    return render(request, "results/_numbers.html", _numbers(study, results_for(request, study)))


def results_for(request: SignedInRequest, study: Study) -> StudyResults:
    """The results of the study and of the runs of its dataset that the visitor may open."""
    return study_results(study, runs_compared(study, access.runs_in_results(request.user, study)))


def _numbers(study: Study, results: StudyResults) -> Mapping[str, Any]:
    runs, pair = run_tables(results), pair_tables(results)
    return {
        "study": study,
        "results": results,
        "answer": answer_sentence(results, first=role_name(results.first_role), second=role_name(results.second_role)),
        "limits": limit_sentences(results),
        "second": next(run for run in results.runs if run.run_id == results.second_run),
        "charts": results_charts(results),
        "formats": list(FORMATS),
        "pictures": _PICTURES,
        "tables": sorted(
            [*pair, *runs], key=lambda table: _FIRST.index(table.slug) if table.slug in _FIRST else len(_FIRST)
        ),
    }
