"""The lead's dashboard: progress and open issues at once; timing, people and patterns fetched later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator import access
from annotator.analysis import charts
from annotator.analysis.annotators import AnnotatorRow, annotator_rows
from annotator.analysis.checks import check_count
from annotator.analysis.counted_annotations import pattern_names
from annotator.analysis.open_issues import disputed_verdicts, flagged_cases
from annotator.analysis.progress import case_counts, patterns_by_outcome, throughput
from annotator.analysis.timing import READING_WORDS_PER_S, paces
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, lead_page
from annotator.web.labels import label_for


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A failure pattern and its number of annotations by case outcome, in the order of the table's columns."""

    name: str
    counts: Mapping[str, int]


@lead_page
def dashboard_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """The page with the fast figures. `?now` computes everything first, for browsers without scripts."""
    study = access.study_led_by(request.user, slug)
    context = {
        "study": study,
        "cases": case_counts(study),
        "flags": flagged_cases(study),
        "disputes": disputed_verdicts(study),
        **(_numbers(study) if "now" in request.GET else {}),
    }
    return render(request, "dashboard.html", context)


@lead_page
def dashboard_numbers(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_led_by(request.user, slug)
    return render(request, "dashboard/_numbers.html", _numbers(study))


def _numbers(study: Study) -> Mapping[str, Any]:
    people, over_time, patterns = annotator_rows(study), throughput(study, timezone.now()), _pattern_rows(study)
    return {
        "study": study,
        "people": people,
        "checks": check_count(study),
        "together": paces(study).together,
        "hurried": [row for row in people if row.pace and row.pace.too_fast],
        "words_per_s": READING_WORDS_PER_S,
        "throughput": over_time,
        "patterns": patterns,
        "charts": {
            "hours": charts.throughput_chart(over_time.hours, "hour") if over_time.hours else None,
            "days": charts.throughput_chart(over_time.days, "day") if over_time.days else None,
            "pace": _pace_chart(people),
            "patterns": _pattern_chart(patterns),
        },
    }


def _pattern_rows(study: Study) -> Sequence[PatternRow]:
    """The patterns that annotators chose, the most frequent first."""
    names = pattern_names(study)
    rows = [PatternRow(names[slug], counts) for slug, counts in patterns_by_outcome(study).items()]
    return sorted(rows, key=lambda row: (-sum(row.counts.values()), row.name))


def _pattern_chart(rows: Sequence[PatternRow]) -> charts.Spec | None:
    amounts = [
        charts.Amount(row=row.name, outcome=outcome, words=label_for("outcome", outcome), n=n)
        for row in rows
        for outcome, n in row.counts.items()
    ]
    return charts.pattern_chart(amounts) if amounts else None


def _pace_chart(people: Sequence[AnnotatorRow]) -> charts.Spec | None:
    """First quartile, median and third quartile of each annotator's seconds per case."""
    intervals = [
        charts.Interval(row=row.pseudonym, low=pace.low, value=pace.median, high=pace.high)
        for row in people
        if (pace := row.pace) and pace.low is not None and pace.median is not None and pace.high is not None
    ]
    return charts.interval_chart(intervals, title=_("seconds for a case")) if intervals else None
