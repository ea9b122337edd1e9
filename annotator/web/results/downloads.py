"""Downloads of results, for leads: a table as CSV, a chart as SVG, PNG or its rows, and reports."""

from collections.abc import Callable, Mapping

from django.http import Http404, HttpResponse, StreamingHttpResponse

from annotator import access
from annotator.analysis.chart_files import chart_png, chart_rows, chart_svg
from annotator.analysis.charts import Spec
from annotator.analysis.results.pair_tables import pair_tables
from annotator.analysis.results.reports import FORMATS, report_of
from annotator.analysis.results.reports.csv_report import render_table
from annotator.analysis.results.run_tables import run_tables
from annotator.web.decorators import SignedInRequest, page
from annotator.web.labels import role_name
from annotator.web.results.charts import results_charts
from annotator.web.results.pages import results_for

_CSV = "text/csv; charset=utf-8"
_CHART_FILES: Mapping[str, tuple[str, Callable[[Spec], str | bytes]]] = {
    "svg": ("image/svg+xml", chart_svg),
    "png": ("image/png", chart_png),
    "csv": (_CSV, chart_rows),
}


@page
def results_table(request: SignedInRequest, slug: str, table: str) -> HttpResponse:
    """One table as CSV, with columns for the ends of its intervals."""
    results = results_for(request, access.study_to_read(request.user, slug))
    for found in (*pair_tables(results), *run_tables(results)):
        if found.slug == table:
            return _file("".join(render_table(found)), f"{slug}-{table}.csv", _CSV)
    raise Http404


@page
def results_chart(request: SignedInRequest, slug: str, chart: str, form: str) -> HttpResponse:
    """One chart as SVG or PNG in the light theme, or its rows as CSV."""
    study = access.study_to_read(request.user, slug)
    if form not in _CHART_FILES:
        raise Http404
    spec = results_charts(results_for(request, study)).get(chart)
    if spec is None:
        raise Http404
    media_type, drawn = _CHART_FILES[form]
    return _file(drawn(spec), f"{slug}-{chart}.{form}", media_type)


@page
def results_report(request: SignedInRequest, slug: str, form: str) -> StreamingHttpResponse:
    """The report in one of its formats."""
    study = access.study_to_read(request.user, slug)
    if form not in FORMATS:
        raise Http404
    results = results_for(request, study)
    report = report_of(results, first=role_name(results.first_role), second=role_name(results.second_role))
    response = StreamingHttpResponse(FORMATS[form].render(report), content_type=FORMATS[form].media_type)
    response["Content-Disposition"] = f'attachment; filename="{slug}-results.{form}"'
    return response


def _file(content: str | bytes, name: str, media_type: str) -> HttpResponse:
    """A download; a slug has no character that a header would have to escape."""
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
