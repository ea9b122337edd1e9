"""Report of a replication in Markdown: a row of Table 1, that of Table 3, attention, all results.

Accuracies are shares of obeyed constraints, loose, as the study's: by the answer, and by the whole completion beside
it, and the mean over prompts, which alone is known of the router: its figures are those on prompts that it did not
see. Every figure names its run or the page that shows its cases, and `cases.csv` has every case.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from annotator.analysis.attention.study_attention import attention_results
from annotator.analysis.results.published import published_figures
from annotator.analysis.results.reports import FORMATS, report_of
from annotator.analysis.results.run_values import PublishedFigure
from annotator.analysis.results.study_results import study_results
from annotator.analysis.results.values import RunResult, StudyResults
from annotator.operations.replication.attention import attention_section, figures_write
from annotator.operations.replication.cases import CASES_FILE, cases_write
from annotator.operations.replication.figures import NONE, percent, points
from annotator.operations.replication.steps import Replication
from annotator.routing.models import Router
from annotator.statistics.estimates import Estimate
from annotator.web.labels import label_for

_ROUTED = "classifier_selective"
_HEAD = (
    "| arm | run | prompts | split cleanly | no whole answer | by the answer | mean over prompts "
    "| by the whole completion | against never | against always | published |"
)


def report_write(replication: Replication, folder: Path) -> list[Path]:
    """Write `report.md`, `cases.csv` and the attention figures into `folder`; return the files."""
    study, runs = replication.study, list(replication.runs.values())
    results = study_results(study, runs)
    attention = attention_results(study)
    folder.mkdir(parents=True, exist_ok=True)
    figures = figures_write(attention, folder)
    lines = [
        *_row(replication, results),
        *_routing(replication),
        *attention_section(replication, attention, figures),
        "",
        "".join(FORMATS["md"].render(report_of(results))),
    ]
    report = folder / "report.md"
    report.write_text("\n".join(lines), encoding="utf-8")
    return [report, cases_write(replication, folder), *figures]


def _row(replication: Replication, results: StudyResults) -> Iterator[str]:
    """The row of Table 1: every arm by answer and by whole completion, against never and always reasoning."""
    by_run = {row.run_id: row for row in results.runs}
    yield f"# {replication.study.title}"
    yield ""
    yield "## The row of Table 1"
    yield ""
    yield (
        "Share of constraints obeyed, loose, in percent, with 95 % intervals (prompts resampled). Differences are by "
        "the answer, in points, on the prompts that both runs answered. The mean over prompts is of each prompt's "
        "share, by the answer. An answer that is empty or cut off counts as its verdicts say, in every arm."
    )
    yield ""
    yield _HEAD
    yield f"|---|{10 * '---:|'}"
    for strategy, run in replication.runs.items():
        row = by_run[run.pk]
        cells = [
            label_for("strategy", strategy),
            f"/runs/{run.pk}/",
            str(row.completeness.generations),
            f"{row.completeness.clean}/{row.completeness.generations}",
            str(row.completeness.truncated),
            *(percent(estimate) for estimate in _accuracies(row)),
            *(points(compared.constraints) if compared else NONE for compared in (row.never, row.always)),
            _published(row.published, strategy),
        ]
        yield f"| {' | '.join(cells)} |"
    yield from _routed(replication)
    yield ""
    address = f"/studies/{replication.study.slug}/"
    yield f"Cases: {address}cases/, statistics: {address}results/, every case and arm: [{CASES_FILE}]({CASES_FILE})."
    yield "Published figures are other people's, of another harness, and stand only beside a whole benchmark."


def _routed(replication: Replication) -> Iterator[str]:
    """The router's row, and the sentence that says of which prompts it is; nothing without a router."""
    gains, router = _gains(replication.router), replication.router
    if router is None or not gains:
        return
    n, left_out = (sum(study[count] for study in router.training["studies"]) for count in ("n", "left_out"))
    run = replication.study.first_run
    published = _published(published_figures(run.dataset, run.language_model), _ROUTED)
    accuracy = percent(_estimate(gains["router"]))
    cells = [NONE, str(n), NONE, NONE, NONE, accuracy, NONE, NONE, NONE, published]
    yield f"| {label_for('strategy', _ROUTED)}, held out | {' | '.join(cells)} |"
    yield ""
    never, always = (percent(_estimate(gains[name])) for name in ("never", "always"))
    yield (
        f"The router is on other prompts than the arms: the {n} with a whole answer on both sides; {left_out} are left "
        f"out. On these never reasoning has a mean of {never} and always reasoning one of {always}, and the router "
        f"differs from the better of them by {points(_estimate(gains['over_best']))} points."
    )


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
        shares = " | ".join(percent(_estimate(gains[name])) for name in ("never", "always", "router", "oracle"))
        over = points(_estimate(gains["over_best"]))
        yield f"| {split['split']} | {split['prompts']} | {shares} | {over} | {100 * gains['reasoned']:.0f} % |"
    yield ""
    command = f".venv/bin/python manage.py router_report {replication.router.name}"
    left_out = sum(study["left_out"] for study in replication.router.training["studies"])
    yield (
        "Mean share of a prompt's constraints, on prompts with a whole answer on both sides; "
        f"{left_out} are left out. The whole report: `{command}`."
    )


def _accuracies(row: RunResult) -> Iterator[Estimate | None]:
    """Of constraints and of prompts by the answer, and of constraints by the whole completion."""
    loose = {found.scope: found.loose for found in row.scopes}
    answer, completion = loose.get("answer"), loose.get("completion")
    yield answer.constraints if answer else None
    yield answer.per_prompt if answer else None
    yield completion.constraints if completion else None


def _published(figures: Sequence[PublishedFigure], strategy: str) -> str:
    found = next((figure for figure in figures if figure.strategy == strategy), None)
    return f"{found.percent:.1f} ({found.source})" if found else NONE


def _gains(router: Router | None) -> Mapping[str, Any] | None:
    """What the router gains on prompts held out at random."""
    found = next((split for split in router.report if split["split"] == "random"), None) if router else None
    return found["gains"] if found else None


def _estimate(values: Mapping[str, Any]) -> Estimate:
    return Estimate(**values)
