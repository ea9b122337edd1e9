"""Tables of a router's report in Markdown. Pure."""

from collections.abc import Sequence

from annotator.routing.pipelines import PipelineResult
from annotator.routing.reports import SplitReport
from annotator.statistics.estimates import Estimate

_HEAD = (
    "split", "n", "helped %", "majority %", "guessed right %", "AUROC", "AUPRC", "never", "always", "oracle", "router",
    "router - best", "gap recovered", "APGR", "reasons %",
)  # fmt: skip


def split_table(reports: Sequence[SplitReport]) -> str:
    """Return a row for each split; accuracies are per cent of the constraints, intervals 95 %."""
    rows = [_row(report) for report in reports]
    return "\n".join(["| " + " | ".join(_HEAD) + " |", "| --- |" + " ---: |" * (len(_HEAD) - 1), *rows])


def token_table(reports: Sequence[SplitReport]) -> str:
    """Return the mean tokens a prompt for each split that counts them, and how steady decisions are."""
    head = ("split", "never", "always", "router", "least at equal accuracy", "saved %", "steady under rewording %")
    rows = [
        f"| {report.split} | {tokens.never:.0f} | {tokens.always:.0f} | {tokens.router:.0f} | "
        f"{tokens.equal_accuracy:.0f} | {_percent(tokens.saved)} | {_steady(report)} |"
        for report in reports
        if (tokens := report.tokens)
    ]
    return "\n".join(["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1), *rows]) if rows else ""


def calibration_table(reports: Sequence[SplitReport]) -> str:
    """Return a row for each split: how far its probabilities are from what came."""
    head = ("split", "Brier score", "of the base rate", "calibration error")
    rows = [
        f"| {report.split} | {_in_words(found.brier, digits=3)} | {found.brier_of_base_rate:.3f} | {found.error:.3f} |"
        for report in reports
        if (found := report.calibration)
    ]
    return "\n".join(["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1), *rows]) if rows else ""


def pipeline_table(results: Sequence[PipelineResult]) -> str:
    """Return a row for each pipeline; accuracies are per cent of the constraints, intervals 95 %."""
    head = ("simple", "complex", "complex from", "complex %", "accuracy", "minus the best fixed strategy", "which is")
    rows = [
        f"| {result.when_simple} | {result.when_complex} | {_numbers(result.complex_from)} | "
        f"{_percent(result.complex_share)} | {_in_words(result.accuracy, percent=True)} | "
        f"{_in_words(result.over_best, percent=True)} | {result.best} |"
        for result in results
    ]
    return "\n".join(["| " + " | ".join(head) + " |", "| --- | --- |" + " ---: |" * 4 + " --- |", *rows])


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(str(n) for n in sorted(set(numbers)))


def _row(report: SplitReport) -> str:
    gains = report.gains
    if report.missing or gains is None:
        return f"| {report.split} | - |" + " |" * (len(_HEAD) - 3) + f" {report.missing} |"
    cells = [
        report.split,
        str(report.n),
        _percent(report.base_rate),
        _percent(report.majority),
        _in_words(report.guessed, percent=True),
        _in_words(report.auroc),
        _in_words(report.auprc),
        *(_percent(estimate.value) for estimate in (gains.never, gains.always, gains.oracle, gains.router)),
        _in_words(gains.over_best, percent=True),
        _in_words(gains.recovered),
        _in_words(gains.apgr),
        _percent(gains.reasoned),
    ]
    return "| " + " | ".join(cells) + " |"


def _steady(report: SplitReport) -> str:
    return ", ".join(f"{name} {_percent(share)}" for name, share in (report.steady or {}).items())


def _percent(value: float | None) -> str:
    return "-" if value is None else _rounded(100 * value, 1)


def _rounded(value: float, digits: int) -> str:
    """Round, without a sign before zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _in_words(estimate: Estimate | None, *, percent: bool = False, digits: int | None = None) -> str:
    if estimate is None or estimate.value is None:
        return estimate.status if estimate else "-"
    times = 100 if percent else 1
    digits = digits or (1 if percent else 2)
    value = _rounded(times * estimate.value, digits)
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({_rounded(times * estimate.low, digits)} to {_rounded(times * estimate.high, digits)})"
