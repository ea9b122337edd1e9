"""Result dataclasses of a study's results. Does not know how any of them is computed or shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotator.analysis.results.run_values import (
    Completeness,
    JudgedStatistics,
    PublishedFigure,
    Recovered,
    RepeatVariance,
    TokenMeans,
)
from annotator.analysis.results.usage import Usage
from annotator.statistics.estimates import Estimate

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
    The interval of `prompts` is Tango's, and `newcombe` the same difference with Newcombe's. `cohen_h` is Cohen's h of
    the two shares, None without prompts. `swaps` counts prompts on which both obey as many constraints, but others.
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
    newcombe: Estimate
    cohen_h: float | None
    swaps: int
    adjusted: float | None = None

    @property
    def n(self) -> int:
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def discordant(self) -> int:
        return self.only_first + self.only_second


@dataclass(frozen=True, slots=True)
class RunResult:
    """One run: accuracies by scope, completeness, tokens, and comparisons against the baselines of its model.

    `never` compares it with the model's run without reasoning, `always` with that which always reasons, `oracle` with
    the better of those two prompt by prompt. They are None where the model has no such run or this is that run.
    `treated` is `never` over the prompts on which this run really reasoned and that one did not, and `recovered` the
    way to the oracle. `sound` is its share of prompts without known defects, None where no prompt has one.
    `scope_gap` is the share of constraints of the whole completion less that of the answer, and `kinds` has for each
    kind (obeyed, decided) of its constraints, loose.
    `variance` is that over its finished repeats, None where there are none.
    `before_exclusion` is the number of prompts before those of its prompt set were left out, None without a set.
    `trained_on` is on how many of its prompts its router was trained, None without a router that is known here.
    """

    run_id: int
    language_model: str
    strategy: str
    repeats: int
    imported: bool
    uses_checkers: bool
    before_exclusion: int | None
    trained_on: int | None
    scopes: Sequence[ScopeAccuracies]
    completeness: Completeness
    tokens: TokenMeans
    never: Comparison | None
    always: Comparison | None
    oracle: Comparison | None
    treated: Comparison | None
    recovered: Recovered | None
    sound: Estimate | None
    scope_gap: Estimate
    kinds: Mapping[str, tuple[int, int]]
    usage: Usage
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
class CorrectedShare:
    """A share of the cases that a judge model decided: by the judge, by gold alone, and corrected by that gold.

    `name` is an outcome, or "difference" for helped less hurt. `judged` counts the cases, `by_judge` those of this
    outcome by the judge, gained less lost for the difference. `n` of both estimates counts cases with gold, `differing`
    those in which gold and judge differ. `weight` says how much of the judge is used, from 0 to 1.
    """

    name: str
    judged: int
    by_judge: int
    corrected: Estimate
    gold_alone: Estimate
    differing: int
    weight: float


@dataclass(frozen=True, slots=True)
class PairResult:
    """The study's two runs against each other, and the outcomes of its cases.

    `by_scope` compares them in each scope that both have. `sound` leaves out prompts with known defects, `treated`
    keeps cases in which the second really reasoned and the first did not, and `matched` those whose answers differ
    in length by a fifth of the longer at most. `not_whole` counts the answers of the first and of the second that are
    empty or cut off, `defective` the prompts of known defects, both on the prompts that both answered. `reasoned`
    counts the cases whose second reasoned at all. `corrected` is empty where no judge model decided anything or no such
    case has gold.
    """

    all: Comparison
    by_scope: Mapping[str, Comparison]
    sound: Comparison
    treated: Comparison
    matched: Comparison
    not_whole: tuple[int, int]
    defective: int
    cases: int
    outcomes: Mapping[str, int]
    swaps: int
    reasoned: int
    kinds: Sequence[PartResult]
    groups: Sequence[PartResult]
    lengths: Sequence[LengthResult]
    patterns: Sequence[PatternResult]
    corrected: Sequence[CorrectedShare]


@dataclass(frozen=True, slots=True)
class StudyResults:
    """All results of a study.

    `detectable` is the smallest true difference that as many prompts show with a probability of 80 %, None where they
    are too few to show any. `random_order` says whether the queue gives cases at random, not the hardest first.
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
    random_order: bool
