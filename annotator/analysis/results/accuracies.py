"""Accuracies of one run with intervals. Knows rows, no database; loads numpy."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from annotator.analysis.results.rows import AnsweredPrompt, RunRows
from annotator.analysis.results.values import LevelAccuracies, ScopeAccuracies
from annotator.runs.models import Verdict
from annotator.statistics.bootstrap import DEFAULT, Bootstrap, Floats, mean, ratio
from annotator.statistics.estimates import Estimate
from annotator.statistics.paired_bootstrap import bootstrap_difference

FULL = Bootstrap(resamples=10_000)
"""For statistics with few different rows, which cost nothing; the mean over kinds has nearly as many as prompts."""


def scope_accuracies(rows: RunRows) -> list[ScopeAccuracies]:
    """Return the accuracies of a run in every scope that has verdicts."""
    present = {scope for row in rows.values() for scope in row.decisions}
    return [_in_scope(rows, scope) for scope in Verdict.Scope.values if scope in present]


def sound_share(rows: RunRows, scope: str) -> Estimate | None:
    """Return the share of prompts without known defects whose every constraint is obeyed; None if none has a defect."""
    if not any(row.defective for row in rows.values()):
        return None
    sound = [row.obeyed(scope) for row in rows.values() if not row.defective]
    return prompt_share([obeyed for obeyed in sound if obeyed is not None])


def kind_shares(rows: RunRows, scope: str) -> Mapping[str, tuple[int, int]]:
    """Return kind -> (obeyed, decided) of its constraints, loose."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows.values():
        for kind, _strict, loose in row.decisions.get(scope, ()):
            counts[kind][0] += loose is True
            counts[kind][1] += loose is not None
    return {kind: (obeyed, decided) for kind, (obeyed, decided) in sorted(counts.items())}


def scope_gap(rows: RunRows) -> Estimate:
    """Return the share of constraints obeyed by whole completions less that by their answers, loose.

    What is negative was lost by judging the reasoning too. Counted are the constraints that are decided in both.
    """
    both = [
        (prompt, answer, completion)
        for prompt, row in rows.items()
        for (_, _, answer), (_, _, completion) in zip(
            row.decisions.get(Verdict.Scope.ANSWER, ()), row.decisions.get(Verdict.Scope.COMPLETION, ()), strict=False
        )
        if answer is not None and completion is not None
    ]
    prompts, answers, completions = zip(*both, strict=True) if both else ((), (), ())
    return bootstrap_difference(answers, completions, clusters=prompts)


def prompt_share(obeyed: list[bool]) -> Estimate:
    """Return the share of True, with prompts resampled."""
    return FULL.estimate(np.array([[value, 1.0] for value in obeyed]).reshape(-1, 2), mean)


def _in_scope(rows: RunRows, scope: str) -> ScopeAccuracies:
    judged = [row for row in rows.values() if scope in row.decisions]
    return ScopeAccuracies(scope, strict=_level(judged, scope, strict=True), loose=_level(judged, scope, strict=False))


def _level(judged: list[AnsweredPrompt], scope: str, *, strict: bool) -> LevelAccuracies:
    prompts = [obeyed for row in judged if (obeyed := row.obeyed(scope, strict=strict)) is not None]
    shares = [row.share(scope, strict=strict) for row in judged]
    decided = sum(total for _, total in shares)
    parts = np.array(shares, dtype=float).reshape(-1, 2)
    means = np.array([[n / total, 1.0] for n, total in shares if total]).reshape(-1, 2)
    return LevelAccuracies(
        prompts=prompt_share(prompts),
        constraints=FULL.estimate(parts, mean, n=decided),
        per_prompt=FULL.estimate(means, mean),
        per_kind=_per_kind(judged, scope, strict=strict),
        prompts_obeyed=sum(prompts),
        constraints_obeyed=sum(n for n, _ in shares),
        unverifiable=sum(len(row.decisions[scope]) for row in judged) - decided,
    )


def _per_kind(judged: list[AnsweredPrompt], scope: str, *, strict: bool) -> Estimate:
    """Mean over kinds of the share of obeyed constraints. A kind that a resample lacks is not in its mean."""
    kinds = sorted({kind for row in judged for kind, *_ in row.decisions[scope]})
    column = {kind: number for number, kind in enumerate(kinds)}
    parts = np.zeros((len(judged), 2 * len(kinds)))  # (prompts, obeyed and decided of each kind)
    for number, row in enumerate(judged):
        for kind, *decisions in row.decisions[scope]:
            verdict = decisions[0 if strict else 1]
            parts[number, column[kind]] += verdict is True
            parts[number, len(kinds) + column[kind]] += verdict is not None
    return DEFAULT.estimate(parts, _mean_of_ratios, n=len(kinds) if len(judged) > 1 else len(judged))


def _mean_of_ratios(sums: Floats) -> Floats:
    half = sums.shape[-1] // 2
    shares = ratio(sums[..., :half], sums[..., half:])
    known = ~np.isnan(shares)
    return ratio(np.where(known, shares, 0).sum(axis=-1), known.sum(axis=-1).astype(float))
