"""Leakage rules on IFEval's prompts: false alarms on unrelated pairs, and light rewordings that are found.

Run as `python benchmarks/leakage.py` or `make bench-leakage`. The unrelated pairs are 1,000 random pairs of different
prompts and, besides, all 146,070 pairs. The rewordings in rewordings.jsonl were written by hand. docs/leakage.md has
the figures, and names the pairs of IFEval that share a template.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from annotator.exemplars.leakage import LEAST_COSINE, LEAST_JACCARD, Fingerprints, Similarities, leaks, shingles

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
PAIRS = 1_000
_SEED = 13
_JACCARDS, _COSINES = (0.3, 0.4, 0.5, 0.6, 0.7), (0.7, 0.75, 0.8, 0.85, 0.9)


def rewordings() -> list[dict[str, str]]:
    """Rewordings by hand: the key of the prompt, how it was reworded, and the text."""
    lines = (REPOSITORY / "benchmarks" / "rewordings.jsonl").read_text(encoding="utf-8").splitlines()
    return [{**json.loads(line), "key": str(json.loads(line)["key"])} for line in lines]


def prompts() -> dict[str, str]:
    path = SHARED_DATA / "ifeval" / "input_data.jsonl"
    if not path.exists():
        sys.exit(f"the shared data is not at {SHARED_DATA}; set COTRAST_SHARED_DATA to the folder that holds ifeval/")
    records = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {str(record["key"]): record["prompt"] for record in records}


def random_pairs(n: int) -> list[tuple[int, int]]:
    """Different unordered pairs of n prompts."""
    rng, pairs = random.Random(_SEED), set()
    while len(pairs) < PAIRS:
        pairs.add(tuple(sorted(rng.sample(range(n), 2))))
    return sorted(pairs)


def main() -> None:
    of_key = prompts()
    keys, texts = list(of_key), list(of_key.values())
    started = time.perf_counter()
    own = Fingerprints(texts)
    seconds = time.perf_counter() - started
    similarities = own.compared_with(own)
    rows, columns = np.triu_indices(len(texts), 1)
    drawn = random_pairs(len(texts))
    reworded = rewordings()
    paired = Fingerprints([of_key[row["key"]] for row in reworded])
    found = Fingerprints([row["text"] for row in reworded]).compared_with(paired)
    print(f"{len(texts)} prompts of IFEval; {seconds:.1f} s to fingerprint them; seed {_SEED}\n")
    _thresholds(
        "shingles, Jaccard", _JACCARDS, LEAST_JACCARD, similarities.jaccard, found.jaccard, rows, columns, drawn
    )
    _thresholds("embedding, cosine", _COSINES, LEAST_COSINE, similarities.cosine, found.cosine, rows, columns, drawn)
    _together(similarities, rows, columns, drawn, reworded, of_key)
    _nearest(similarities, keys, own, rows, columns)


def _thresholds(
    title: str,
    thresholds: Sequence[float],
    chosen: float,
    values: "np.ndarray",
    found: "np.ndarray",
    rows: "np.ndarray",
    columns: "np.ndarray",
    drawn: Sequence[tuple[int, int]],
) -> None:
    print(f"{title:<20} {'of ' + str(len(drawn)) + ' pairs':>15} {'of all ' + str(len(rows)):>15} {'rewordings':>12}")
    sample, diagonal = np.array([values[pair] for pair in drawn]), np.diag(found)
    for least in thresholds:
        mark = " *" if least == chosen else ""
        counts = (sample >= least).sum(), (values[rows, columns] >= least).sum(), (diagonal >= least).sum()
        print(f"{least:<20} {counts[0]:>15} {counts[1]:>15} {counts[2]:>9}/{len(diagonal)}{mark}")
    print()


def _together(
    similarities: Similarities,
    rows: "np.ndarray",
    columns: "np.ndarray",
    drawn: Sequence[tuple[int, int]],
    reworded: Sequence[dict[str, str]],
    of_key: dict[str, str],
) -> None:
    """Both rules at their thresholds, and the rewordings that none of them finds."""
    alarm = (similarities.jaccard >= LEAST_JACCARD) | (similarities.cosine >= LEAST_COSINE)
    print(f"false alarms: {sum(alarm[pair] for pair in drawn)} of {len(drawn)}, {alarm[rows, columns].sum()} of all")
    rules: Counter[str] = Counter()
    for row in reworded:
        match = leaks([row["text"]], [(row["key"], of_key[row["key"]])])
        rules[match[0].rule if match else "missed"] += 1
        if not match:
            print(f"missed ({row['by']}): {row['text'][:90]}")
    print(f"rewordings: {dict(rules)}\n")


def _nearest(
    similarities: Similarities, keys: Sequence[str], own: Fingerprints, rows: "np.ndarray", columns: "np.ndarray"
) -> None:
    print("the nearest pairs of IFEval by shingles and by embedding (key, key, Jaccard, exact Jaccard, cosine)")
    for values in (similarities.jaccard, similarities.cosine):
        for place in np.argsort(-values[rows, columns])[:8]:
            first, second = int(rows[place]), int(columns[place])
            sets = shingles(own.texts[first]), shingles(own.texts[second])
            exact = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
            jaccard, cosine = similarities.jaccard[first, second], similarities.cosine[first, second]
            print(f"{keys[first]:>6} {keys[second]:>6} {jaccard:.2f} {exact:.2f} {cosine:.2f}")
        print()


if __name__ == "__main__":
    main()
