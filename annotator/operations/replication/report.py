"""Report of a replication in Markdown: a row of Table 1, that of Table 3, attention, all results.

Accuracies are shares of obeyed constraints, loose, as the study's: by the answer, and by the whole completion beside
it. The router's are those on prompts that it did not see. Every figure names its run or the page that shows its cases.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from annotator.analysis.attention.study_attention import attention_results
from annotator.analysis.attention.values import AttentionResults
from annotator.analysis.chart_files import chart_svg
from annotator.analysis.results.reports import FORMATS, report_of
from annotator.analysis.results.study_results import study_results
from annotator.analysis.results.values import RunResult, StudyResults
from annotator.operations.replication.steps import Replication
from annotator.routing.models import Router
from annotator.statistics.estimates import Estimate
from annotator.web.attention.charts import area_chart, drop_chart
from annotator.web.labels import label_for

_ROUTED = "classifier_selective"


def report_write(replication: Replication, folder: Path) -> list[Path]:
    """Write `report.md` and the attention figures into `folder`; return the files."""
    study, runs = replication.study, list(replication.runs.values())
    results = study_results(study, runs)
    attention = attention_results(study)
    folder.mkdir(parents=True, exist_ok=True)
    figures = _figures(attention, folder)
    lines = [
        *_row(replication, results),
        *_routing(replication),
        *_attention(replication, attention, figures),
        "",
        "".join(FORMATS["md"].render(report_of(results))),
    ]
    report = folder / "report.md"
    report.write_text("\n".join(lines), encoding="utf-8")
    return [report, *figures]


def _row(replication: Replication, results: StudyResults) -> Iterator[str]:
    """The row of Table 1: every arm by answer and by whole completion, against never and always reasoning."""
    by_run = {row.run_id: row for row in results.runs}
    yield f"# {replication.study.title}"
    yield ""
    yield "## The row of Table 1"
    yield ""
    yield (
        "Share of constraints obeyed, loose, in percent, with 95 % intervals (prompts resampled). Differences are in "
        "points, on the prompts that both runs answered."
    )
    yield ""
    yield "| arm | run | by the answer | by the whole completion | against never | against always | published |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for strategy, run in replication.runs.items():
        row = by_run[run.pk]
        cells = [
            label_for("strategy", strategy),
            f"/runs/{run.pk}/",
            *(_percent(_accuracy(row, scope)) for scope in ("answer", "completion")),
            *(_points(compared.constraints) if compared else "–" for compared in (row.never, row.always)),
            _published(row, strategy),
        ]
        yield f"| {' | '.join(cells)} |"
    gains = _gains(replication.router)
    if gains:
        published = next((_published(row, _ROUTED) for row in results.runs if _published(row, _ROUTED) != "–"), "–")
        yield (
            f"| {label_for('strategy', _ROUTED)}, held out | – | {_percent(_estimate(gains['router']))} | – | "
            f"better fixed choice: {_points(_estimate(gains['over_best']))} | – | {published} |"
        )
    yield ""
    yield f"Cases: /studies/{replication.study.slug}/cases/, statistics: /studies/{replication.study.slug}/results/."
    yield "Published figures are other people's, of another harness, and stand only beside a whole benchmark."


def _routing(replication: Replication) -> Iterator[str]:
    """The counterpart of Table 3: the router on held-out prompts, split by split, beside never, always and oracle."""
    yield ""
    yield "## The counterpart of Table 3: a router on prompts that it did not see"
    yield ""
    if replication.router is None:
        yield f"No router: {replication.without_router}"
        return
    yield "| held out | prompts | never | always | router | oracle | over the better fixed choice | reasons with |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for split in replication.router.report:
        if split["missing"] or not split["gains"]:
            yield f"| {split['split']} | – | – | – | – | – | {split['missing']} | – |"
            continue
        gains = split["gains"]
        shares = " | ".join(_percent(_estimate(gains[name])) for name in ("never", "always", "router", "oracle"))
        over = _points(_estimate(gains["over_best"]))
        yield f"| {split['split']} | {split['prompts']} | {shares} | {over} | {100 * gains['reasoned']:.0f} % |"
    yield ""
    command = f".venv/bin/python manage.py router_report {replication.router.name}"
    yield f"Mean share of a prompt's constraints. The whole report: `{command}`."


def _attention(replication: Replication, attention: AttentionResults | None, figures: list[Path]) -> Iterator[str]:
    """The attention figure's statistics: for each measure and control, the layer that tells most."""
    yield ""
    yield "## Constraint attention"
    yield ""
    if attention is None:
        yield f"No attention: {replication.without_attention or 'nothing was traced.'}"
        return
    counts = ", ".join(f"{outcome} {n}" for outcome, n in sorted(attention.outcomes.items()))
    yield f"Traced pairs: {counts}. The drop is the first run less the second; above 0.5 hurt cases drop more."
    yield ""
    yield "| measure or control | cases | layer furthest from 0.5 | area, hurt against helped | p, Holm over layers |"
    yield "|---|---:|---:|---:|---:|"
    for series in attention.series:
        layer = series.strongest
        cells = ["–", "–", "–"]
        if layer is not None:
            area, p_value = layer.area.area, layer.adjusted
            cells = [str(layer.layer), _plain(area), "–" if p_value is None else f"{p_value:.3f}"]
        yield f"| {label_for('attention', series.name)} | {series.n} | {' | '.join(cells)} |"
    yield ""
    yield from (f"![{figure.stem}]({figure.name})" for figure in figures)
    yield f"Page: /studies/{replication.study.slug}/attention/."


def _figures(attention: AttentionResults | None, folder: Path) -> list[Path]:
    if attention is None or not attention.series:
        return []
    mass = attention.series[0]
    specs = {"attention-drop.svg": drop_chart(mass), "attention-area.svg": area_chart(mass)}
    files = []
    for name, spec in specs.items():
        if spec is not None:
            (folder / name).write_text(chart_svg(spec), encoding="utf-8")
            files.append(folder / name)
    return files


def _accuracy(row: RunResult, scope: str) -> Estimate | None:
    return next((found.loose.constraints for found in row.scopes if found.scope == scope), None)


def _published(row: RunResult, strategy: str) -> str:
    found = next((figure for figure in row.published if figure.strategy == strategy), None)
    return f"{found.percent:.1f} ({found.source})" if found else "–"


def _gains(router: Router | None) -> Mapping[str, Any] | None:
    """What the router gains on prompts held out at random."""
    found = next((split for split in router.report if split["split"] == "random"), None) if router else None
    return found["gains"] if found else None


def _estimate(values: Mapping[str, Any]) -> Estimate:
    return Estimate(**values)


def _percent(estimate: Estimate | None) -> str:
    if estimate is None or estimate.value is None:
        return "–"
    interval = "" if estimate.low is None else f" ({100 * estimate.low:.1f} to {100 * (estimate.high or 0):.1f})"
    return f"{100 * estimate.value:.1f}{interval}"


def _points(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    interval = "" if estimate.low is None else f" ({100 * estimate.low:+.1f} to {100 * (estimate.high or 0):+.1f})"
    return f"{100 * estimate.value:+.1f}{interval}"


def _plain(estimate: Estimate) -> str:
    if estimate.value is None:
        return estimate.status
    interval = "" if estimate.low is None else f" ({estimate.low:.2f} to {estimate.high or 0:.2f})"
    return f"{estimate.value:.2f}{interval}"
