"""Gap recovered and APGR of each strategy, its way to the oracle.

Knows rows, no database; loads numpy.
"""

import numpy as np

from annotator.analysis.results.rows import RunRows
from annotator.analysis.results.run_values import Recovered
from annotator.statistics.baselines import compare_with_baselines, mean_over_shares
from annotator.statistics.bootstrap import Floats


def recovered_of(never: RunRows, always: RunRows, own: RunRows, scope: str) -> Recovered:
    """Compare the run with both baselines and the oracle, prompts resampled in pairs."""
    prompts = [
        prompt
        for prompt in own
        if all(prompt in rows and rows[prompt].obeyed(scope) is not None for rows in (never, always, own))
    ]
    first, second, chosen = (_obeyed(rows, prompts, scope) for rows in (never, always, own))
    ranking = [own[prompt].probability for prompt in prompts]
    known = [probability for probability in ranking if probability is not None]
    ranked = bool(prompts) and len(known) == len(prompts)
    over_shares = mean_over_shares(first, second, np.array(known), [0] * len(prompts)) if ranked else first
    compared = compare_with_baselines(first, second, chosen, over_shares, prompts)
    return Recovered(
        never=compared.never,
        always=compared.always,
        oracle=compared.oracle,
        own=compared.chosen,
        over_best=compared.over_best,
        recovered=compared.recovered,
        from_never=compared.from_never,
        apgr=compared.apgr if ranked else None,
    )


def _obeyed(rows: RunRows, prompts: list[int], scope: str) -> Floats:
    return np.array([float(rows[prompt].obeyed(scope) is True) for prompt in prompts])
