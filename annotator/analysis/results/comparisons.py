"""Comparisons of one run with another on the same prompts, by loose verdicts. Knows rows, no database.

Prompts that one of the two lacks, or that are not decided in both, are in no comparison: it is paired or it is none.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from annotator.analysis.results.accuracies import prompt_share
from annotator.analysis.results.rows import AnsweredPrompt, RunRows
from annotator.analysis.results.values import Comparison
from annotator.statistics.effect_size import cohen_h, discordant_odds_ratio
from annotator.statistics.estimates import Estimate
from annotator.statistics.paired import holm, paired_counts
from annotator.statistics.paired_bootstrap import bootstrap_difference
from annotator.statistics.paired_difference import mcnemar_exact, mcnemar_mid_p, newcombe_interval, tango_interval
from annotator.statistics.power import detectable_difference

Keep = Callable[[AnsweredPrompt, AnsweredPrompt], bool]

ConstraintPair = tuple[int, bool, bool]
"""(prompt, obeyed by the first, obeyed by the second) of one constraint that is decided in both."""


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
    constraints = _decided_constraints([kept[number] for number in decided], scope)
    return paired_comparison(
        {number: one for number, (one, _) in decided.items()},
        {number: two for number, (_, two) in decided.items()},
        constraints=constraints,
    )


def really_reasoned(first: AnsweredPrompt, second: AnsweredPrompt) -> bool:
    """Whether the second reasoned and the first did not: the prompts on which both were as requested."""
    return second.reasoned and not first.reasoned


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


def paired_comparison(
    first: Mapping[int, bool], second: Mapping[int, bool], *, constraints: Sequence[ConstraintPair]
) -> Comparison:
    """Compare two runs on the same prompts: whether each obeys every constraint, and the constraints of all prompts.

    The difference of the shares of constraints has an interval with whole prompts resampled.
    """
    counts = paired_counts(first, second)
    prompts, first_obeyed, second_obeyed = zip(*constraints, strict=True) if constraints else ((), (), ())
    return Comparison(
        both=counts.both,
        only_first=counts.only_first,
        only_second=counts.only_second,
        neither=counts.neither,
        prompts=tango_interval(counts),
        constraints=bootstrap_difference(first_obeyed, second_obeyed, clusters=prompts),
        p_value=mcnemar_exact(counts).p_value,
        mid_p=mcnemar_mid_p(counts).p_value,
        odds=discordant_odds_ratio(counts),
        newcombe=newcombe_interval(counts),
        cohen_h=cohen_h(counts),
        swaps=_swaps(constraints),
    )


def _swaps(constraints: Sequence[ConstraintPair]) -> int:
    """Prompts with as many constraints gained as lost, and some of both."""
    gained = Counter(prompt for prompt, before, after in constraints if after and not before)
    lost = Counter(prompt for prompt, before, after in constraints if before and not after)
    return sum(gained[prompt] == lost[prompt] for prompt in gained)


def _decided_constraints(pairs: Sequence[tuple[AnsweredPrompt, AnsweredPrompt]], scope: str) -> list[ConstraintPair]:
    """The constraints of all prompts that are decided in both generations."""
    return [
        (prompt, before, after)
        for prompt, (first, second) in enumerate(pairs)
        for (_, _, before), (_, _, after) in zip(first.decisions[scope], second.decisions[scope], strict=True)
        if before is not None and after is not None
    ]
