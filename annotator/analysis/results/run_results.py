"""Result of each run: accuracies, completeness, tokens, comparisons with the baselines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from annotator.analysis.results.accuracies import kind_shares, scope_accuracies, scope_gap, sound_share
from annotator.analysis.results.baselines import Baselines
from annotator.analysis.results.comparisons import (
    accuracy_of,
    adjusted,
    comparison,
    oracle_comparison,
    oracle_rows,
    really_reasoned,
)
from annotator.analysis.results.judged import judged_statistics
from annotator.analysis.results.published import published_figures
from annotator.analysis.results.recovered import recovered_of
from annotator.analysis.results.repeats import repeat_variances
from annotator.analysis.results.rows import RunRows
from annotator.analysis.results.run_values import Completeness, TokenMeans
from annotator.analysis.results.usage import usage_of
from annotator.analysis.results.values import ModelBaselines, RunResult
from annotator.exemplars.models import PromptSetUse
from annotator.routing.trained_prompts import prompts_trained_on
from annotator.runs.models import Run
from annotator.strategies import STRATEGIES


def run_results(
    runs: Sequence[Run], rows: Mapping[int, RunRows], baselines: Mapping[int, Baselines], scope: str
) -> list[RunResult]:
    """Return the result of each run; p-values against never-reason are adjusted over all of them together."""
    before = dict(PromptSetUse.objects.filter(run__in=[run.pk for run in runs]).values_list("run", "prompts_before"))
    trained = prompts_trained_on(runs)
    results = [
        replace(
            _result(run, rows, baselines[run.language_model_id], scope, before.get(run.pk)),
            trained_on=trained.get(run.pk),
        )
        for run in runs
    ]
    variances = repeat_variances(runs, rows, scope)
    family = adjusted({result.run_id: result.never for result in results if result.never})
    return [
        replace(result, never=family.get(result.run_id), variance=variances.get(result.run_id)) for result in results
    ]


def model_baselines(
    baselines: Mapping[int, Baselines], rows: Mapping[int, RunRows], scope: str
) -> list[ModelBaselines]:
    """Return never, always and the oracle of each model that has both runs."""
    return [
        _model_baselines(both.never, both.always, rows, scope)
        for both in baselines.values()
        if both.never and both.always
    ]


def _model_baselines(never: Run, always: Run, rows: Mapping[int, RunRows], scope: str) -> ModelBaselines:
    first, second = _decided_in_both(rows[never.pk], rows[always.pk], scope)
    return ModelBaselines(
        language_model=never.language_model.slug,
        never_run=never.pk,
        always_run=always.pk,
        never=accuracy_of(first, scope),
        always=accuracy_of(second, scope),
        oracle=accuracy_of(oracle_rows(first, second, scope), scope),
    )


def _decided_in_both(first: RunRows, second: RunRows, scope: str) -> tuple[RunRows, RunRows]:
    """The prompts on which both are decided: baselines that leave out others than each other are not comparable."""
    shared = [
        prompt
        for prompt in first
        if prompt in second and None not in (first[prompt].obeyed(scope), second[prompt].obeyed(scope))
    ]
    return {prompt: first[prompt] for prompt in shared}, {prompt: second[prompt] for prompt in shared}


def _result(
    run: Run, rows: Mapping[int, RunRows], baselines: Baselines, scope: str, before_exclusion: int | None
) -> RunResult:
    own = rows[run.pk]
    never = baselines.never if run != baselines.never else None
    is_baseline = run in (baselines.never, baselines.always)
    always = None if is_baseline else baselines.always
    spec = STRATEGIES.get(run.strategy)
    return RunResult(
        run_id=run.pk,
        language_model=run.language_model.slug,
        strategy=run.strategy,
        repeats=1 + run.repeats.count(),
        imported=run.source is not None,
        uses_checkers=run.uses_checkers,
        before_exclusion=before_exclusion,
        trained_on=None,
        scopes=scope_accuracies(own),
        completeness=_completeness(run, own),
        tokens=_tokens(own),
        never=comparison(rows[never.pk], own, scope) if never else None,
        always=comparison(rows[always.pk], own, scope) if always else None,
        oracle=oracle_comparison(rows[never.pk], rows[always.pk], own, scope) if never and always else None,
        treated=comparison(rows[never.pk], own, scope, keep=really_reasoned)
        if never and spec and spec.reasons
        else None,
        recovered=recovered_of(rows[never.pk], rows[always.pk], own, scope) if never and always else None,
        sound=sound_share(own, scope),
        scope_gap=scope_gap(own),
        kinds=kind_shares(own, scope),
        usage=usage_of(own.values(), run.language_model),
        published=[
            figure for figure in published_figures(run.dataset, run.language_model) if figure.strategy == run.strategy
        ],
        judged=judged_statistics(run, scope),
    )


def _completeness(run: Run, own: RunRows) -> Completeness:
    spec = STRATEGIES.get(run.strategy)
    left_out = len(run.left_out)
    return Completeness(
        generations=len(own),
        left_out=left_out,
        unanswered=max(0, run.dataset.prompt_count - left_out - len(own)),
        splits=dict(Counter(row.split_status for row in own.values() if row.split_status)),
        truncated=sum(not row.whole for row in own.values()),
        requested=spec is not None and spec.reasons,
        reasoned=sum(row.reasoned for row in own.values()),
    )


def _tokens(own: RunRows) -> TokenMeans:
    """Means over the generations that have counts: a generation without a completion token was not counted."""
    counted = [row for row in own.values() if row.completion_tokens]
    if not counted:
        return TokenMeans(None, None, None)
    n = len(counted)
    return TokenMeans(
        completion=sum(row.completion_tokens for row in counted) / n,
        reasoning=sum(row.reasoning_tokens for row in counted) / n,
        prompt=sum(row.prompt_tokens for row in counted) / n,
    )
