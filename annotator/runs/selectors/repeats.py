"""Repeats of a run as one thing: its runs, their counts together, and the spread of their accuracies."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from django.db.models import Q, QuerySet

from annotator.datasets.accuracies import Accuracies, Share
from annotator.runs.models import Run, Verdict
from annotator.runs.result_counts import TOKENS, ResultCounts
from annotator.runs.selectors.result_counts import result_counts
from annotator.runs.selectors.runs import runs_overview


@dataclass(frozen=True, slots=True)
class RunGroup:
    """A run with its repeats, by seed: one run alone, or several that differ in their seed.

    The runs come with their numbers of generations `done`, `failed` and in `total`, as `runs_overview` counts them.
    """

    runs: Sequence[Run]

    @property
    def first(self) -> Run:
        """The run that the others are repeats of; a study pairs this one unless another is chosen."""
        return next((run for run in self.runs if run.repeat_of_id is None), self.runs[0])

    @property
    def repeated(self) -> bool:
        return len(self.runs) > 1

    @property
    def seeds(self) -> Sequence[int]:
        return [run.sampling.get("seed", 0) for run in self.runs]

    @property
    def done(self) -> int:
        return sum(run.done for run in self.runs)  # type: ignore[attr-defined]  # annotated by `runs_overview`

    @property
    def failed(self) -> int:
        return sum(run.failed for run in self.runs)  # type: ignore[attr-defined]

    @property
    def total(self) -> int:
        return sum(run.total for run in self.runs)  # type: ignore[attr-defined]

    @property
    def status(self) -> str:
        """Running while any of the runs is, else paused, cancelled or done where one is, else failed."""
        present = {run.status for run in self.runs}
        order = (Run.Status.RUNNING, Run.Status.PAUSED, Run.Status.CANCELLED, Run.Status.DONE, Run.Status.FAILED)
        return next(str(status) for status in order if status in present)


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean of a share over repeats; `deviation` is the sample standard deviation, None of a single value."""

    values: Sequence[float]

    @property
    def mean(self) -> float | None:
        return fmean(self.values) if self.values else None

    @property
    def deviation(self) -> float | None:
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def low(self) -> float | None:
        return min(self.values, default=None)

    @property
    def high(self) -> float | None:
        return max(self.values, default=None)


@dataclass(frozen=True, slots=True)
class ScopeAccuracies:
    """The accuracies of one scope over the repeats, each by the seed's order; unverifiable constraints are in none."""

    scope: str
    strict_prompts: Spread
    strict_constraints: Spread
    loose_prompts: Spread
    loose_constraints: Spread
    decided: int
    """The prompts that are decided strictly, of all repeats together."""


@dataclass(frozen=True, slots=True)
class RepeatResults:
    """The results of a run's finished repeats together.

    `counted` of the `group`'s runs are done and counted; `counts` has those of all its runs, by id. Accuracies are a
    mean over runs, since the prompts of two repeats are the same ones; split statuses and tokens are sums over their
    generations.
    """

    group: RunGroup
    counted: Sequence[Run]
    counts: Mapping[int, ResultCounts]
    accuracies: Sequence[ScopeAccuracies]
    split_statuses: Mapping[str, int]
    tokens: Mapping[str, int]
    generations: int


def repeats_with(run: Run) -> QuerySet[Run]:
    """Return the run, the one it repeats, and all other repeats of that one, by number."""
    first = run.repeat_of_id or run.pk
    return Run.objects.filter(Q(pk=first) | Q(repeat_of=first)).order_by("pk")


def run_group(run: Run) -> RunGroup:
    """Return the repeats that `run` belongs to, or the run alone."""
    return run_groups([run])[0]


def run_groups(runs: Iterable[Run]) -> list[RunGroup]:
    """Return the repeats that each of these runs belongs to, each group once, in the order of `runs`; two queries.

    For a list of all runs as groups, give it the page of `runs_overview().filter(repeat_of=None)`.
    """
    firsts = list(dict.fromkeys(run.repeat_of_id or run.pk for run in runs))
    members: dict[int, list[Run]] = defaultdict(list)
    for run in runs_overview().filter(Q(pk__in=firsts) | Q(repeat_of__in=firsts)).order_by("pk"):
        members[run.repeat_of_id or run.pk].append(run)
    return [RunGroup(sorted(members[first], key=lambda run: run.sampling.get("seed", 0))) for first in firsts]


def repeat_results(run: Run) -> RepeatResults:
    """Return the results of the repeats that `run` belongs to; of one run alone they have no deviation."""
    group = run_group(run)
    counts = result_counts(group.runs)
    counted = [member for member in group.runs if member.status == Run.Status.DONE]
    of_counted = [counts[member.pk] for member in counted]
    return RepeatResults(
        group=group,
        counted=counted,
        counts=counts,
        accuracies=_scopes([one.accuracies for one in of_counted]),
        split_statuses=_split_statuses(of_counted),
        tokens={name: sum(one.tokens.get(name, 0) for one in of_counted) for name in TOKENS},
        generations=sum(one.generations for one in of_counted),
    )


def _split_statuses(counts: Iterable[ResultCounts]) -> Mapping[str, int]:
    statuses: Counter[str] = Counter()
    for one in counts:
        statuses.update({status: n for status, n in one.splits.items() if status})
    return statuses


def _scopes(by_run: Sequence[Mapping[str, Accuracies]]) -> list[ScopeAccuracies]:
    present = {scope for scopes in by_run for scope in scopes}
    ordered = [scope for scope in Verdict.Scope.values if scope in present]
    return [_scope(scope, [scopes[scope] for scopes in by_run if scope in scopes]) for scope in ordered]


def _scope(scope: str, accuracies: Sequence[Accuracies]) -> ScopeAccuracies:
    return ScopeAccuracies(
        scope,
        strict_prompts=_spread(one.strict.prompts for one in accuracies),
        strict_constraints=_spread(one.strict.constraints for one in accuracies),
        loose_prompts=_spread(one.loose.prompts for one in accuracies),
        loose_constraints=_spread(one.loose.constraints for one in accuracies),
        decided=sum(one.strict.prompts.decided for one in accuracies),
    )


def _spread(shares: Iterable[Share]) -> Spread:
    return Spread([share.obeyed / share.decided for share in shares if share.decided])
