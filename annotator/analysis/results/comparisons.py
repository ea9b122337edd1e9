"""Comparisons of one run with another on the same prompts, by loose verdicts. Knows rows, no database.

Prompts that one of the two lacks, or that are not decided in both, are in no comparison: it is paired or it is none.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from annotator.analysis.results.accuracies import prompt_share
from annotator.analysis.results.rows import AnsweredPrompt, RunRows
from annotator.analysis.results.values import Comparison
from annotator.statistics.effect_size import discordant_odds_ratio
from annotator.statistics.estimates import Estimate
from annotator.statistics.paired import holm, paired_counts
from annotator.statistics.paired_bootstrap import bootstrap_difference
from annotator.statistics.paired_difference import mcnemar_exact, mcnemar_mid_p, tango_interval
from annotator.statistics.power import detectable_difference

Keep = Callable[[AnsweredPrompt, AnsweredPrompt], bool]


def comparison(first: RunRows, second: RunRows, scope: str, *, keep: Keep | None = None) -> Comparison:
    """Compare `second` with `first`, over the prompts of both that `keep` takes."""
    pairs = [(first[prompt], second[prompt]) for prompt in first if prompt in second]
    kept = [pair for pair in pairs if keep is None or keep(*pair)]
    decided = {
        number: (one, two)
        for number, pair in enumerate(kept)
        for one, two in [(pair[0].obeyed(scope), pair[1].obeyed(scope))]
        if one is not None and two is not None
    }
    return _compared(
        {number: one for number, (one, _) in decided.items()},
        {number: two for number, (_, two) in decided.items()},
        constraints=_constraint_difference([kept[number] for number in decided], scope),
    )


def oracle_comparison(never: RunRows, always: RunRows, second: RunRows, scope: str) -> Comparison:
    """Compare `second` with the oracle, which knows for each prompt whether reasoning would do better."""
    best = oracle_rows(never, always, scope)
    return comparison(best, second, scope)


def oracle_rows(never: RunRows, always: RunRows, scope: str) -> RunRows:
    """Return for each prompt of both runs the generation that obeys more constraints; never's where they are equal."""
    return {
        prompt: max(never[prompt], always[prompt], key=lambda row: row.share(scope)[0])
        for prompt in never
        if prompt in always
    }


def accuracy_of(rows: RunRows, scope: str) -> Estimate:
    """Return the share of prompts whose every constraint is obeyed."""
    return prompt_share([decided for row in rows.values() if (decided := row.obeyed(scope)) is not None])


def adjusted(family: Mapping[int, Comparison]) -> dict[int, Comparison]:
    """Return the comparisons with their p-values adjusted by Holm over the family."""
    p_values = holm({key: compared.p_value for key, compared in family.items()})
    return {key: replace(compared, adjusted=p_values[key]) for key, compared in family.items()}


def detectable(compared: Comparison) -> float | None:
    """Return the smallest true difference that as many prompts show, of which the same share differs.

    The share is the study's own: the more prompts differ each way by chance, the larger a difference has to be.
    """
    if not compared.n:
        return None
    return detectable_difference(compared.n, discordant_share=compared.discordant / compared.n)


def _compared(first: Mapping[int, bool], second: Mapping[int, bool], *, constraints: Estimate) -> Comparison:
    counts = paired_counts(first, second)
    return Comparison(
        both=counts.both,
        only_first=counts.only_first,
        only_second=counts.only_second,
        neither=counts.neither,
        prompts=tango_interval(counts),
        constraints=constraints,
        p_value=mcnemar_exact(counts).p_value,
        mid_p=mcnemar_mid_p(counts).p_value,
        odds=discordant_odds_ratio(counts),
    )


def _constraint_difference(pairs: list[tuple[AnsweredPrompt, AnsweredPrompt]], scope: str) -> Estimate:
    """Difference of the shares of obeyed constraints, whole prompts resampled, over constraints decided in both."""
    decided = [
        (prompt, before, after)
        for prompt, (first, second) in enumerate(pairs)
        for (_, _, before), (_, _, after) in zip(first.decisions[scope], second.decisions[scope], strict=True)
        if before is not None and after is not None
    ]
    prompts, first_obeyed, second_obeyed = zip(*decided, strict=True) if decided else ((), (), ())
    return bootstrap_difference(first_obeyed, second_obeyed, clusters=prompts)
