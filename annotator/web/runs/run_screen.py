"""Template values of a run's page: parameters, source, results with repeats, and the histogram."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.exemplars.models import PromptSetUse
from annotator.runs.models import Run
from annotator.runs.selectors import RepeatResults, RunGroup, RunResults, repeat_results, run_group, run_results
from annotator.runs.selectors.result_counts import all_counted
from annotator.runs.selectors.run_results import BINS
from annotator.web.labels import label_for
from annotator.web.runs.decision_words import chosen_name
from annotator.web.sets.screen import UseRow, use_row

_BAR_WIDTH, _BAR_GAP, _CHART_HEIGHT = 28, 4, 60  # in units of the drawing
_LONGEST_LIST, _SHOWN_OF_A_LIST = 200, 5
_COUNTED_AT_ONCE = 5_000
"""Up to so many generations the results are on the page at once; more take seconds to count, unless they are stored."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram: `n` decisions with a probability from `low` to `high` percent, drawn at x and y."""

    low: int
    high: int
    n: int
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RunScreen:
    """The values of one page. `results` is None where they take long: the page fetches them separately."""

    run: Run
    group: RunGroup
    results: "ResultsScreen | None"

    @property
    def use(self) -> UseRow | None:
        """The prompt set of the run, with the prompts that were left out for it; None without a set."""
        use: PromptSetUse | None = getattr(self.run, "prompt_set_use", None)
        return use_row(use) if use else None

    @property
    def parameters(self) -> Sequence[tuple[str, str]]:
        """Each parameter of the strategy by name, as text."""
        return [(name, as_text(value)) for name, value in self.run.parameters.items()]

    @property
    def source(self) -> Sequence[tuple[str, str]]:
        """The known facts about the file of an imported run, by label; [] for a run of ours."""
        return [(label_for("source", name), as_text(value)) for name, value in (self.run.source or {}).items() if value]


@dataclass(frozen=True, slots=True)
class ResultsScreen:
    """The results of a run and its repeats, counted together; accuracies only of those that are done."""

    results: RunResults
    repeats: RepeatResults

    @property
    def decisions(self) -> Sequence[tuple[str, int, float]]:
        """(what was chosen, how often, as a share of all decisions), the most frequent first."""
        total = sum(self.results.decisions.values())
        return [
            (" → ".join(chosen_name(chose) for chose in choices), n, n / total)
            for choices, n in self.results.decisions.items()
        ]

    @property
    def bars(self) -> Sequence[Bar]:
        """The histogram of the probability of reasoning, [] if no decision has one."""
        return list(_bars(self.results.probabilities))

    @property
    def bars_in_words(self) -> str:
        return ", ".join(f"{bar.low}–{bar.high} %: {bar.n}" for bar in self.bars)

    @property
    def tokens(self) -> Mapping[str, float]:
        """The mean number of tokens of a generation, by part."""
        return (
            {name: total / self.repeats.generations for name, total in self.repeats.tokens.items() if total}
            if self.repeats.generations
            else {}
        )


def run_screen(run: Run, *, at_once: bool = False) -> RunScreen:
    """Return the values of the page, with the results `at_once`, where they are few, and where they are stored."""
    group = run_group(run)
    quick = at_once or group.total <= _COUNTED_AT_ONCE or all_counted(group.runs)
    return RunScreen(run, group, results_screen(run) if quick else None)


def results_screen(run: Run) -> ResultsScreen:
    repeats = repeat_results(run)
    return ResultsScreen(run_results(repeats.group.runs, repeats.counts), repeats)


def as_text(value: Any) -> str:
    """A stored value for a page: a text as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(_without_long_lists(value), ensure_ascii=False, indent=2)


def _without_long_lists(value: Any) -> Any:
    """Shorten long lists of plain values, such as a router's 2,000 weights, to their first ones and their number."""
    if isinstance(value, Mapping):
        return {name: _without_long_lists(part) for name, part in value.items()}
    if isinstance(value, list) and len(value) > _LONGEST_LIST and not any(isinstance(part, dict) for part in value):
        return [*value[:_SHOWN_OF_A_LIST], f"… ({len(value):,})"]
    return value


def _bars(counts: Sequence[int]) -> Iterator[Bar]:
    most = max(counts, default=0)
    for number, n in enumerate(counts):
        height = round(_CHART_HEIGHT * n / most) if most else 0
        yield Bar(
            low=100 * number // BINS,
            high=100 * (number + 1) // BINS,
            n=n,
            x=number * (_BAR_WIDTH + _BAR_GAP),
            y=_CHART_HEIGHT - max(height, 1),
            width=_BAR_WIDTH,
            height=max(height, 1),
        )
