"""`python -m tests.constraints.golden_sample.draw` draws the 200 rows of `sample.jsonl` from the shared goldens.

The seed is fixed: the same goldens give the same file. Four real responses and two mutations for each of the 25 kinds,
half of them obeyed where possible, and 50 rules that cover every verb and every kind of outcome.
"""

import json
import random
from collections.abc import Iterable
from typing import Any

from tests.constraints.complexbench.goldens import golden_rows
from tests.constraints.golden import MODELS, Golden, golden_mutations, golden_responses
from tests.constraints.golden_sample import SAMPLE
from tests.constraints.specs import COMPLETE

SEED = 20261129
LONGEST = 1800  # characters of a response: the file stays small enough to be read in a review
RULES = 50


def main() -> None:
    rng = random.Random(SEED)
    real = [golden for model in MODELS for golden in golden_responses(model)]
    mutated = [golden for golden, _ in golden_mutations()]
    rows = [
        *(_response_row("response", golden) for golden in _of_each_kind(rng, real, 4)),
        *(_response_row("mutation", golden) for golden in _of_each_kind(rng, mutated, 2)),
        *_rules(rng),
    ]
    with SAMPLE.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    print(f"{len(rows)} rows, {SAMPLE.stat().st_size:,} bytes")  # noqa: T201 - the command's answer


def _of_each_kind(rng: random.Random, goldens: list[Golden], number: int) -> list[Golden]:
    """Draw `number` rows for each kind, no row twice, half of them obeyed where possible."""
    drawn: dict[str, Golden] = {}
    short = [golden for golden in goldens if len(golden.response) <= LONGEST]
    for kind in sorted(COMPLETE):
        candidates = [golden for golden in short if golden.name not in drawn and _verdicts(golden, kind)]
        rng.shuffle(candidates)
        halves = [[g for g in candidates if obeyed in _verdicts(g, kind)] for obeyed in (True, False)]
        chosen = {golden.name: golden for half in halves for golden in half[: number // 2]}
        for golden in candidates:
            if len(chosen) == number:
                break
            chosen.setdefault(golden.name, golden)
        drawn |= chosen
    return list(drawn.values())


def _verdicts(golden: Golden, kind: str) -> set[bool | None]:
    """Return the deterministic official strict verdicts on constraints of this kind."""
    decided = (index for index in range(len(golden.specs)) if index not in golden.skipped)
    return {golden.strict[index] for index in decided if golden.specs[index].kind == kind}


def _response_row(source: str, golden: Golden) -> dict[str, Any]:
    return {
        "source": source,
        "name": golden.name,
        "prompt": golden.prompt,
        "response": golden.response,
        "specs": [[spec.kind, spec.kwargs] for spec in golden.specs],
        "strict": golden.strict,
        "loose": golden.loose,
        "skipped": sorted(golden.skipped),
    }


def _rules(rng: random.Random) -> Iterable[dict[str, Any]]:
    rows = golden_rows("complexbench_rules")
    rng.shuffle(rows)
    by_verb = {_verb(row): row for row in rows}
    by_outcome = {_outcome(row): row for row in rows}
    chosen = {row["id"]: row for row in [*by_verb.values(), *by_outcome.values(), *rows]}
    for row in list(chosen.values())[:RULES]:
        yield {
            "source": "rule",
            "name": f"rule {row['id']}",
            "rule": row["rule"],
            "segments": row["segments"],
            "official": row.get("raises", row["verdict"]),
        }


def _verb(row: dict[str, Any]) -> str:
    return str(row["rule"]).split(":")[0]


def _outcome(row: dict[str, Any]) -> str:
    return repr(row.get("raises", row["verdict"]))


if __name__ == "__main__":
    main()
