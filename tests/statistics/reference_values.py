"""Values of evalstats and ppi-python for the tests, written to reference_values.json beside this file.

Both are young and bring much along, so they are no dependency; their code alone goes into a folder of its own, and
numba, which only ever speeds ppi-python up, is stood in for:

    python -m pip install --no-deps --target FOLDER evalstats==0.3.3 ppi-python==0.2.3
    PYTHONPATH=FOLDER python -m tests.statistics.reference_values
"""

import json
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from types import ModuleType

import numpy as np

from tests.constraints.golden import MODELS, golden_responses

FILE = Path(__file__).with_suffix(".json")
TABLES = [
    (36, 12, 2, 0), (1, 1, 7, 12), (20, 12, 2, 16), (59, 6, 16, 80), (0, 3, 9, 0), (10, 0, 4, 6), (10, 4, 0, 6),
    (50, 0, 0, 50), (0, 0, 0, 9), (30, 1, 1, 25), (350, 41, 62, 88), (0, 12, 0, 0), (0, 0, 12, 0), (1, 0, 0, 0),
]  # fmt: skip
ALPHAS = (0.05, 0.1)
PREDICTION_SEEDS = range(4)


def predictions(seed: int) -> tuple[list[float], list[float], list[float]]:
    """Draw 80 gold values, the judge's on the same items, and 300 of the judge alone."""
    generator = np.random.default_rng(seed)
    truth = (generator.random(340) < 0.7).astype(float)
    judged = np.where(generator.random(340) < 0.15, 1 - truth, truth)
    return truth[:80].tolist(), judged[:80].tolist(), judged[80:].tolist()


def obeyed_prompts(model: str) -> Mapping[str, bool]:
    """Whether a real response obeys every constraint of its prompt, loose, by the official verdicts."""
    return {golden.name.rpartition(" ")[2]: all(golden.loose) for golden in golden_responses(model)}


def main() -> None:
    """Compute every value anew; the real responses are those of shared/data."""
    values = {"paired": [_paired(table, alpha) for table in TABLES for alpha in ALPHAS]}
    obeyed = {model: obeyed_prompts(model) for model in MODELS}
    values["real"] = [
        {"models": pair, **_paired(_table(*(obeyed[model] for model in pair)), 0.05)}
        for pair in combinations(MODELS, 2)
    ]
    values["prediction_powered"] = [_prediction_powered(seed) for seed in PREDICTION_SEEDS]
    lists = [json.dumps(name) + ": [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for name, rows in values.items()]
    FILE.write_text("{" + ",\n".join(lists) + "}\n")


def _table(first: Mapping[str, bool], second: Mapping[str, bool]) -> tuple[int, int, int, int]:
    pairs = [(first[prompt], second[prompt]) for prompt in first]
    return tuple(pairs.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False)))


def _paired(table: tuple[int, int, int, int], alpha: float) -> dict:
    from evalstats.core.resampling import newcombe_mover_paired_ci, tango_scc_paired_ci
    from evalstats.tests import _mcnemar_midp_p

    both, only_first, only_second, neither = table
    first = np.repeat([1, 1, 0, 0], [both, only_first, only_second, neither])
    second = np.repeat([1, 0, 1, 0], [both, only_first, only_second, neither])
    return {
        "table": table,
        "alpha": alpha,
        "newcombe": newcombe_mover_paired_ci(second, first, alpha),
        "tango": tango_scc_paired_ci(second, first, alpha, c=0.0),
        "mid_p": _mcnemar_midp_p(second, first),
    }


def _prediction_powered(seed: int) -> dict:
    sys.modules["numba"] = ModuleType("numba")
    sys.modules["numba"].njit = lambda function: function
    from ppi_py import ppi_mean_ci

    arrays = [np.array(values) for values in predictions(seed)]
    tuned, plain = (ppi_mean_ci(*arrays, alpha=0.05, lam=weight) for weight in (None, 1))
    return {"seed": seed, "tuned": [float(end[0]) for end in tuned], "plain": [float(end[0]) for end in plain]}


if __name__ == "__main__":
    main()
