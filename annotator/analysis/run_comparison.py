"""Comparison of runs on the prompts that all of them answered: one run beside each of the others.

Strict verdicts on the answers count; constraints about the reasoning and those that any of the runs left undecided are
left out, so that every run is measured on the same constraints. Intervals and tests are those of a study's results
(`annotator.analysis.results.comparisons`). Reads only; which runs may be compared is the caller's question.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotator.analysis.results.values import Comparison
from annotator.datasets.models import Constraint, Prompt
from annotator.runs.models import Generation, Run, Verdict
from annotator.studies.contrast import effect, outcome

_ROWS_AT_ONCE = 2_000
Obeyed = Mapping[int, bool]
"""constraint id -> whether it is satisfied, of one answer"""


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One run on the compared prompts: its accuracies, and how many of its answers are cut off or empty."""

    run: Run
    answered: int
    prompts: float | None
    constraints: float | None
    without_answer: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The run of interest minus `run`: differences, tests and effect size in `compared`, and the outcomes of prompts.

    `compared.adjusted` is the exact p-value after Holm over all differences. `helped` and `hurt` count prompts by the
    number of constraints obeyed.
    """

    run: Run
    compared: Comparison
    helped: int
    hurt: int


@dataclass(frozen=True, slots=True)
class ChangedPrompt:
    """A prompt on which the run of interest and another differ: the kinds gained and lost, and the outcome.

    A tie that gained one and lost another is among them: it is a change that no sum shows.
    """

    prompt: Prompt
    outcome: Literal["helped", "hurt", "tie"]
    gained: Sequence[str]
    lost: Sequence[str]


@dataclass(frozen=True, slots=True)
class KindChange:
    """A kind of constraint: how many were gained and lost, of `n` on the compared prompts."""

    kind: str
    gained: int
    lost: int
    n: int


@dataclass(frozen=True, slots=True)
class RunComparison:
    """The run of interest beside the others, on `prompt_count` prompts with `constraint_count` constraints."""

    run: Run
    prompt_count: int
    constraint_count: int
    runs: Sequence[ComparedRun]
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """The decided verdicts of all runs on the prompts and constraints that they share."""

    by_run: Mapping[int, Mapping[int, Obeyed]]
    kinds: Mapping[int, str]

    @property
    def prompts(self) -> Sequence[int]:
        return list(next(iter(self.by_run.values()), {}))


def compare_runs(run: Run, others: Sequence[Run]) -> RunComparison:
    """Compare `run` with each of the others. Raises ValueError for runs over different datasets."""
    from annotator.analysis.results.comparisons import adjusted

    runs = [run, *others]
    if len({row.dataset_id for row in runs}) > 1:
        raise ValueError("the runs are over different datasets; compare runs over the same one")
    shared = _shared([row.pk for row in runs])
    whole = {row.pk: {key: all(obeyed.values()) for key, obeyed in shared.by_run[row.pk].items()} for row in runs}
    compared = adjusted({row.pk: _comparison(shared, row.pk, run.pk) for row in others})
    without = _without_answer([row.pk for row in runs], shared.prompts)
    return RunComparison(
        run=run,
        prompt_count=len(shared.prompts),
        constraint_count=sum(len(obeyed) for obeyed in shared.by_run[run.pk].values()),
        runs=[_compared(row, whole[row.pk], shared.by_run[row.pk], without.get(row.pk, 0)) for row in runs],
        differences=[_difference(row, compared[row.pk], shared, run.pk) for row in others],
    )


def _comparison(shared: _Verdicts, first: int, second: int) -> Comparison:
    from annotator.analysis.results.comparisons import paired_comparison

    before, after = shared.by_run[first], shared.by_run[second]
    return paired_comparison(
        {prompt: all(before[prompt].values()) for prompt in shared.prompts},
        {prompt: all(after[prompt].values()) for prompt in shared.prompts},
        constraints=[
            (prompt, obeyed, after[prompt][pk]) for prompt in shared.prompts for pk, obeyed in before[prompt].items()
        ],
    )


def _difference(row: Run, compared: Comparison, shared: _Verdicts, run_id: int) -> Difference:
    outcomes = [_outcome(shared, row.pk, run_id, prompt)[0] for prompt in shared.prompts]
    return Difference(row, compared, helped=outcomes.count("helped"), hurt=outcomes.count("hurt"))


def changed_prompts(run: Run, other: Run, runs: Sequence[Run]) -> tuple[Sequence[ChangedPrompt], Sequence[KindChange]]:
    """Return the prompts and kinds on which `run` differs from `other`, where all `runs` have answered.

    Prompts in the order of the dataset, kinds by how much changed.
    """
    shared = _shared([row.pk for row in runs])
    found = {}
    for prompt in shared.prompts:
        word, gained, lost = _outcome(shared, other.pk, run.pk, prompt)
        if gained or lost:
            found[prompt] = (word, [shared.kinds[pk] for pk in gained], [shared.kinds[pk] for pk in lost])
    rows = Prompt.objects.filter(pk__in=found).order_by("position")
    changes = [ChangedPrompt(prompt, *found[prompt.pk]) for prompt in rows]
    return changes, _kind_changes(shared, other.pk, run.pk)


def _shared(run_ids: Collection[int]) -> _Verdicts:
    """Read the verdicts, and keep the constraints that every run has decided."""
    rows = (
        Verdict.objects.filter(
            generation__run__in=run_ids,
            generation__status=Generation.Status.DONE,
            scope=Verdict.Scope.ANSWER,
            constraint__scope=Constraint.Scope.ANSWER,
            strict__isnull=False,
        )
        .order_by("generation__position", "constraint__position")
        .values_list("generation__run", "generation__prompt", "constraint", "constraint__kind", "strict")
    )
    decided: dict[tuple[int, int], dict[int, bool]] = defaultdict(dict)
    kinds: dict[int, str] = {}
    for run_id, prompt_id, constraint_id, kind, strict in rows.iterator(_ROWS_AT_ONCE):
        decided[prompt_id, constraint_id][run_id] = strict is True
        kinds[constraint_id] = kind
    by_run: dict[int, dict[int, dict[int, bool]]] = {run_id: defaultdict(dict) for run_id in run_ids}
    for (prompt_id, constraint_id), strict_by_run in decided.items():
        if len(strict_by_run) == len(by_run):
            for run_id, strict in strict_by_run.items():
                by_run[run_id][prompt_id][constraint_id] = strict
    return _Verdicts(by_run, kinds)


def _outcome(
    shared: _Verdicts, first: int, second: int, prompt: int
) -> tuple[Literal["helped", "hurt", "tie"], Sequence[int], Sequence[int]]:
    """How the second run's answer compares with the first's, and the constraints gained and lost."""
    before, after = shared.by_run[first][prompt], shared.by_run[second][prompt]
    effects = {pk: effect(before[pk], after[pk]) for pk in before}
    gained = [pk for pk, word in effects.items() if word == "gained"]
    lost = [pk for pk, word in effects.items() if word == "lost"]
    return outcome(effects.values()), gained, lost


def _kind_changes(shared: _Verdicts, first: int, second: int) -> Sequence[KindChange]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for prompt in shared.prompts:
        _word, gained, lost = _outcome(shared, first, second, prompt)
        for pk in shared.by_run[first][prompt]:
            counts[shared.kinds[pk]][2] += 1
        for place, changed in enumerate((gained, lost)):
            for pk in changed:
                counts[shared.kinds[pk]][place] += 1
    changes = [KindChange(kind, *numbers) for kind, numbers in counts.items() if numbers[0] or numbers[1]]
    return sorted(changes, key=lambda change: (-(change.gained + change.lost), change.kind))


def _compared(run: Run, whole: Mapping[int, bool], by_prompt: Mapping[int, Obeyed], without_answer: int) -> ComparedRun:
    decided = [strict for obeyed in by_prompt.values() for strict in obeyed.values()]
    return ComparedRun(
        run=run,
        answered=run.generations.filter(status=Generation.Status.DONE).count(),
        prompts=sum(whole.values()) / len(whole) if whole else None,
        constraints=sum(decided) / len(decided) if decided else None,
        without_answer=without_answer,
    )


def _without_answer(run_ids: Collection[int], prompts: Collection[int]) -> Mapping[int, int]:
    """Run id -> how many of its compared answers are empty or were cut off; they count as they are."""
    rows = Generation.objects.filter(Generation.without_whole_answer(), run__in=run_ids, status=Generation.Status.DONE)
    wanted, counts = set(prompts), defaultdict[int, int](int)
    for run_id, prompt_id in rows.values_list("run", "prompt"):
        counts[run_id] += prompt_id in wanted
    return counts
