"""Tables of cost, repeats, published figures and judged statistics of ComplexBench."""

from django.utils.translation import gettext as _

from annotator.analysis.results.run_cells import heads, names
from annotator.analysis.results.run_values import RepeatVariance
from annotator.analysis.results.table_values import (
    Cell,
    Column,
    Table,
    amount,
    dollars,
    linked,
    number,
    percent,
    share,
    word,
)
from annotator.analysis.results.usage import Usage
from annotator.analysis.results.values import RunResult, StudyResults
from annotator.statistics.estimates import Estimate


def further_tables(results: StudyResults) -> list[Table]:
    """Return the tables, also without rows."""
    return [_usage(results), _repeats(results), _published(results), _judged(results)]


def _usage(results: StudyResults) -> Table:
    return Table(
        "usage",
        _("Tokens, cost and model time"),
        [
            *heads(),
            Column("generations", _("Generations")),
            Column("counted", _("With token counts")),
            Column("prompt_tokens", _("Tokens in")),
            Column("completion_tokens", _("Tokens out")),
            Column("reasoning_tokens", _("Of those, reasoning")),
            Column("cost", _("Cost, US dollars")),
            Column("price_on", _("Price of")),
            Column("seconds", _("Model time, seconds")),
        ],
        [_usage_row(run) for run in results.runs],
        note=_(
            "The cost is that of the list price on the day that stands beside it, without discounts for cached tokens "
            "or batches. A model on a machine of your own has no price. The model time adds up generations that "
            "overlap in a batch; answers that were reused from another run count as if made for this one."
        ),
    )


def _usage_row(run: RunResult) -> list[Cell]:
    usage = run.usage
    counts = (usage.prompt_tokens, usage.completion_tokens, usage.reasoning_tokens)
    row = [
        *names(run),
        amount(usage.generations),
        amount(usage.counted),
        *(amount(n if usage.counted else None) for n in counts),
        dollars(usage.cost_usd, without=_without_cost(usage)),
        word(usage.price.on if usage.price else "–"),
        number(usage.seconds),
    ]
    return linked(row, run=run.run_id)


def _without_cost(usage: Usage) -> str:
    """Why a run has no cost: it is never 0."""
    if usage.price is not None:
        return _("no token counts")
    return _("no price (local)") if usage.local else _("no price known")


def _repeats(results: StudyResults) -> Table:
    return Table(
        "repeats",
        _("Repeats of sampled runs: how much chance is in one sample"),
        [
            *heads(),
            Column("samples", _("Samples")),
            Column("n", _("Prompts")),
            Column("mean", _("Prompts, loose %")),
            Column("item_share", _("Variance between prompts, %")),
            Column("error_of_one", _("Standard error of one sample, points")),
            Column("error", _("Standard error of all samples, points")),
        ],
        [_repeat_row(run, run.variance) for run in results.runs if run.variance],
        note=_(
            "The variance of a prompt’s result is split into that between prompts and that between the samples of a "
            "prompt. More samples make only the second smaller; for the first there must be more prompts."
        ),
    )


def _repeat_row(run: RunResult, variance: RepeatVariance) -> list[Cell]:
    shares = (variance.mean, variance.item_share, variance.error_of_one, variance.error)
    return [
        *names(run),
        amount(variance.samples, run=run.run_id),
        amount(variance.prompts, run=run.run_id),
        *(linked([number(None if value is None else 100 * value) for value in shares], run=run.run_id)),
    ]


def _published(results: StudyResults) -> Table:
    return Table(
        "published",
        _("Published figures of the same models, from other harnesses"),
        [
            *heads(),
            Column("ours", _("Constraints, loose %: ours")),
            Column("published", _("Published, %")),
            Column("source", _("Source")),
        ],
        [
            [
                *names(run),
                percent(_constraints(run, results.scope), run=run.run_id),
                number(figure.percent, run=run.run_id),
                word(figure.source),
            ]
            for run in results.runs
            for figure in run.published
        ],
        note=_("Published figures come without intervals, and with another harness, split rule and scope."),
    )


def _constraints(run: RunResult, scope: str) -> Estimate:
    found = run.scope(scope)
    return found.loose.constraints if found else Estimate.missing(0, "not enough data")


def _judged(results: StudyResults) -> Table:
    compositions = sorted({name for run in results.runs for judged in run.judged for name in judged.compositions})
    dimensions = sorted({name for run in results.runs for judged in run.judged for name in judged.dimensions})
    return Table(
        "complexbench",
        _("ComplexBench: requirements followed, with prerequisites applied"),
        [
            *heads(),
            Column("judge", _("Judge")),
            Column("drfr", _("DRFR, %")),
            *(Column(f"composition_{name.lower()}", name) for name in compositions),
            *(Column(f"dimension_{name.lower()}", name) for name in dimensions),
            Column("coherent_single", _("Single selections obeyed whole")),
            Column("coherent_multiple", _("Multiple selections obeyed whole")),
            Column("unparsed", _("Unreadable replies")),
            Column("problem", _("Missing")),
        ],
        [
            [
                *names(run),
                word(judged.judge),
                share(*judged.drfr, run=run.run_id),
                *(share(*judged.compositions.get(name, (0, 0)), run=run.run_id) for name in compositions),
                *(share(*judged.dimensions.get(name, (0, 0)), run=run.run_id) for name in dimensions),
                *(share(*judged.coherent.get(name, (0, 0)), run=run.run_id) for name in ("single", "multiple")),
                amount(judged.unparsed, run=run.run_id),
                word(judged.problem),
            ]
            for run in results.runs
            for judged in run.judged
        ],
    )
