"""The agreement page, for leads. Its parts are fetched by poll.js, each as soon as it is computed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from annotator import access
from annotator.analysis.agreement import kind_agreement, known_agreement, pair_agreement, study_agreement
from annotator.analysis.agreement_values import Coefficients, StudyAgreement
from annotator.analysis.charts import Interval, Spec, interval_chart
from annotator.analysis.counted_annotations import pattern_names
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, page


@page
def agreement_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page with cached results. `?now` computes everything first, for browsers without scripts."""
    study = access.study_to_read(request.user, slug)
    now = "now" in request.GET
    agreement = study_agreement(study) if now else known_agreement(study)
    context = {
        "study": study,
        **(_numbers(study, agreement) if agreement else {}),
        **({"kinds": kind_agreement(study), **_pairs(request, study)} if now else {}),
    }
    return render(request, "agreement.html", context)


@page
def agreement_numbers(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_to_read(request.user, slug)
    return render(request, "agreement/_numbers.html", _numbers(study, study_agreement(study)))


@page
def agreement_kinds(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_to_read(request.user, slug)
    return render(request, "agreement/_kinds.html", {"kinds": kind_agreement(study)})


@page
def agreement_pairs(request: SignedInRequest, slug: str) -> HttpResponse:
    """A page of annotator pairs from number `?start=`, by agreement on the label or on `?pattern=`."""
    study = access.study_to_read(request.user, slug)
    return render(request, "agreement/_pairs.html", {"study": study, **_pairs(request, study)})


def _numbers(study: Study, agreement: StudyAgreement) -> Mapping[str, Any]:
    return {"study": study, "agreement": agreement, "chart": _chart(agreement)}


def _pairs(request: SignedInRequest, study: Study) -> Mapping[str, Any]:
    """The template values of the pairs. An unknown pattern means the label, an invalid start the first pair."""
    patterns, pattern, start = pattern_names(study), request.GET.get("pattern", ""), request.GET.get("start", "")
    pattern = pattern if pattern in patterns else ""
    page = pair_agreement(study, pattern=pattern, start=int(start) if start.isdecimal() and len(start) < 9 else 0)
    return {"pairs": page, "pattern": pattern, "patterns": patterns}


def _chart(agreement: StudyAgreement) -> Spec | None:
    """Alpha and AC1 of the label and of each pattern; None while none can be computed."""
    parts = [(_("label"), agreement.label), *((part.name, part.coefficients) for part in agreement.patterns)]
    intervals: Sequence[Interval] = [interval for name, part in parts for interval in _intervals(name, part)]
    return interval_chart(intervals, title=_("agreement"), between=(0, 1)) if intervals else None


def _intervals(name: str, part: Coefficients) -> Iterator[Interval]:
    for series, estimate in ((_("Krippendorff’s alpha"), part.alpha), (_("Gwet’s AC1"), part.ac1)):
        if estimate.low is not None and estimate.value is not None and estimate.high is not None:
            yield Interval(row=name, low=estimate.low, value=estimate.value, high=estimate.high, series=series)
