"""Result dataclasses of one run beside its accuracies and comparisons.

Completeness, tokens, published figures, judges, repeats, and the way to the oracle. Does not know how any
of them is computed or shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from annotator.statistics.estimates import Estimate, Status


@dataclass(frozen=True, slots=True)
class Completeness:
    """Counts of a run's completions by how they were split and ended, since both lower its accuracies.

    `requested` says whether its strategy asks for reasoning, `reasoned` counts the generations that have some.
    `truncated` counts those that left no whole answer: empty, or cut off at the token limit.
    """

    generations: int
    left_out: int
    unanswered: int
    splits: Mapping[str, int]
    truncated: int
    requested: bool
    reasoned: int

    @property
    def clean(self) -> int:
        return self.splits.get("clean", 0)


@dataclass(frozen=True, slots=True)
class TokenMeans:
    """Mean tokens of a generation; None in an imported run whose file has no counts."""

    completion: float | None
    reasoning: float | None
    prompt: float | None


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """An accuracy in percent that others printed for the same model and strategy, with its source."""

    strategy: str
    percent: float
    source: str


@dataclass(frozen=True, slots=True)
class JudgedStatistics:
    """DRFR of ComplexBench by one judge, as (obeyed, total); `problem` if there is none.

    It stands in all, by composition, and by group of dimensions. `coherent` has for single and multiple Selection the
    groups whose instances are all obeyed. `manage.py complexbench_scores` prints the rest.
    """

    judge: str
    drfr: tuple[int, int]
    compositions: Mapping[str, tuple[int, int]]
    dimensions: Mapping[str, tuple[int, int]]
    coherent: Mapping[str, tuple[int, int]]
    unparsed: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RepeatVariance:
    """Variance of a prompt's result, 1 if every constraint is obeyed, over `samples` runs that differ in seed alone.

    `item` is the variance between prompts and `sample` that between the samples of a prompt, `item_share` the first as
    a part of both. `error` is the standard error of the mean over all samples, `error_of_one` that over one. All five
    are None unless `status` is "ok".
    """

    samples: int
    prompts: int
    mean: float | None
    item: float | None
    sample: float | None
    item_share: float | None
    error: float | None
    error_of_one: float | None
    status: Status


@dataclass(frozen=True, slots=True)
class Recovered:
    """The way of one run to the oracle, on the prompts that it and both baselines of its model answered.

    All are shares of prompts whose every constraint is obeyed, loose. `over_best` is the difference to the better
    baseline, `recovered` that as a part of the way from there to the oracle, and `from_never` the part of the way from
    never reasoning. `apgr` ranks the prompts by the probability with which the strategy decided, None without one.
    """

    never: Estimate
    always: Estimate
    oracle: Estimate
    own: Estimate
    over_best: Estimate
    recovered: Estimate
    from_never: Estimate
    apgr: Estimate | None
