"""Result dataclasses of a study's results. Does not know how any of them is computed or shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotator.statistics.estimates import Estimate, Status

Group = Literal["planning", "precision", "neutral"]
"""Groups of kinds, after arXiv 2606.09662; `annotator.analysis.results.kind_groups` has the kinds of each."""


@dataclass(frozen=True, slots=True)
class LevelAccuracies:
    """The strict or the loose accuracies of one run in one scope, with 95 % intervals.

    `prompts` is the share of prompts whose every constraint is obeyed, `constraints` the share of constraints (micro),
    `per_prompt` the mean over prompts of their share of obeyed constraints, and `per_kind` the mean over kinds of
    theirs (macro). Prompts are resampled whole, since the constraints of one prompt depend on each other. `n` of
    `constraints` counts constraints, that of `per_kind` kinds. Unverifiable verdicts are in no denominator.
    """

    prompts: Estimate
    constraints: Estimate
    per_prompt: Estimate
    per_kind: Estimate
    prompts_obeyed: int
    constraints_obeyed: int
    unverifiable: int


@dataclass(frozen=True, slots=True)
class ScopeAccuracies:
    """The accuracies of one run in one scope."""

    scope: str
    strict: LevelAccuracies
    loose: LevelAccuracies


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run (second) against a baseline (first) on the prompts that both answered, by loose verdicts.

    `prompts` is the difference of the shares of prompts whose every constraint is obeyed, second minus first, and
    `constraints` that of the shares of constraints. The four counts are of prompts and sum to `n`. `p_value` is of
    McNemar's exact test, `mid_p` of its mid-p form, and `adjusted` the exact one by Holm over the family of comparisons
    that it stands in, None outside one. `odds` is how many times as often only the second obeys as only the first.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    prompts: Estimate
    constraints: Estimate
    p_value: float | None
    mid_p: float | None
    odds: Estimate
    adjusted: float | None = None

    @property
    def n(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def discordant(self) -> int:
        return self.only_first + self.only_second


@dataclass(frozen=True, slots=True)
class Completeness:
    """How the completions of a run were split and ended, since both lower its accuracies.

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
    """DRFR of ComplexBench by one judge, by composition and in all, as (obeyed, total); `problem` if there is none."""

    judge: str
    drfr: tuple[int, int]
    compositions: Mapping[str, tuple[int, int]]
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
class RunResult:
    """One run: accuracies by scope, completeness, tokens, and comparisons against the baselines of its model.

    `never` compares it with the model's run without reasoning, `always` with that which always reasons, `oracle` with
    the better of those two prompt by prompt. They are None where the model has no such run or this is that run.
    `variance` is that over its finished repeats, None where there are none.
    `before_exclusion` is the number of prompts before those of its prompt set were left out, None without a set.
    """

    run_id: int
    language_model: str
    strategy: str
    repeats: int
    imported: bool
    uses_checkers: bool
    before_exclusion: int | None
    scopes: Sequence[ScopeAccuracies]
    completeness: Completeness
    tokens: TokenMeans
    never: Comparison | None
    always: Comparison | None
    oracle: Comparison | None
    published: Sequence[PublishedFigure]
    judged: Sequence[JudgedStatistics]
    variance: RepeatVariance | None = None

    def scope(self, name: str) -> ScopeAccuracies | None:
        """The accuracies of that scope, None without verdicts in it."""
        return next((scope for scope in self.scopes if scope.scope == name), None)


@dataclass(frozen=True, slots=True)
class ModelBaselines:
    """The baselines of one model on the prompts that both of its runs answered: never, always, and the oracle."""

    language_model: str
    never_run: int
    always_run: int
    never: Estimate
    always: Estimate
    oracle: Estimate


@dataclass(frozen=True, slots=True)
class PartResult:
    """The effect on the constraints of one kind, or of a group of kinds, in the study's cases with both answers whole.

    `n` constraints were decided in both; `first` and `second` of them obeyed. `gained` and `lost` count cases in which
    at least one of them was.
    """

    name: str
    group: Group
    n: int
    first: int
    second: int
    gained: int
    lost: int
    difference: Estimate


@dataclass(frozen=True, slots=True)
class LengthResult:
    """Outcomes of the cases whose second reasoning has `low` to `high` characters."""

    low: int
    high: int
    outcomes: Mapping[str, int]

    @property
    def n(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class PatternResult:
    """Cases in which an annotator gave the pattern, by the label given with it, and cases whose gold has it."""

    slug: str
    name: str
    labels: Mapping[str, int]
    gold: int


@dataclass(frozen=True, slots=True)
class PairResult:
    """The study's two runs against each other, and the outcomes of its cases.

    `by_scope` compares them in each scope that both have. `sound` leaves out prompts with known defects, `treated`
    keeps cases in which the second really reasoned and the first did not, and `matched` those whose answers differ
    in length by a fifth of the longer at most. `reasoned` counts the cases whose second reasoned at all.
    """

    all: Comparison
    by_scope: Mapping[str, Comparison]
    sound: Comparison
    treated: Comparison
    matched: Comparison
    defective: int
    cases: int
    outcomes: Mapping[str, int]
    swaps: int
    reasoned: int
    kinds: Sequence[PartResult]
    groups: Sequence[PartResult]
    lengths: Sequence[LengthResult]
    patterns: Sequence[PatternResult]


@dataclass(frozen=True, slots=True)
class StudyResults:
    """All results of a study.

    `detectable` is the smallest true difference that as many prompts show with a probability of 80 %, None where they
    are too few to show any.
    """

    study: str
    title: str
    dataset: str
    scope: str
    first_role: str
    second_role: str
    first_run: int
    second_run: int
    prompts: int
    constraints: int
    pair: PairResult
    runs: Sequence[RunResult]
    baselines: Sequence[ModelBaselines]
    detectable: float | None
