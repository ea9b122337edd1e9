"""Repeats of sampled runs: the variance of a prompt's result between prompts and between samples.

Prompts whose every constraint is obeyed count 1, by loose verdicts. Loads numpy.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from annotator.analysis.results.rows import RunRows, answered_prompts
from annotator.analysis.results.run_values import RepeatVariance
from annotator.runs.models import Run
from annotator.statistics.repeats import variance_split


def repeat_variances(runs: Sequence[Run], rows: Mapping[int, RunRows], scope: str) -> Mapping[int, RepeatVariance]:
    """Return the variance of each run that has finished repeats; two queries more where there are any."""
    first_of = dict(
        Run.objects.filter(repeat_of__in=[run.pk for run in runs], status=Run.Status.DONE).values_list(
            "pk", "repeat_of_id"
        )
    )
    repeats: dict[int, list[RunRows]] = defaultdict(list)
    for pk, own in answered_prompts(first_of).items() if first_of else ():
        repeats[first_of[pk] or 0].append(own)
    return {pk: _variance([rows[pk], *others], scope) for pk, others in repeats.items()}


def _variance(samples: Sequence[RunRows], scope: str) -> RepeatVariance:
    by_prompt: dict[int, list[float]] = defaultdict(list)
    for prompt, obeyed in _results(samples, scope):
        by_prompt[prompt].append(obeyed)
    split = variance_split(list(by_prompt.values()))
    return RepeatVariance(
        samples=len(samples),
        prompts=split.items,
        mean=split.mean,
        item=split.item,
        sample=split.sample,
        item_share=split.item_share,
        error=split.standard_error(),
        error_of_one=split.standard_error(1),
        status=split.status,
    )


def _results(samples: Sequence[RunRows], scope: str) -> Iterable[tuple[int, float]]:
    for own in samples:
        for prompt, row in own.items():
            obeyed = row.obeyed(scope)
            if obeyed is not None:
                yield prompt, float(obeyed)
