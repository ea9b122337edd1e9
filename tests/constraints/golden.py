"""Official verdicts for the parity tests, in one form for real responses and mutations."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotator.constraints import ConstraintSpec
from tests.paths import SHARED_DATA

MODELS = ("claude-3-haiku", "gpt-4o-mini", "gpt4", "llama-3.1-8b", "qwen2.5-1.5b", "qwen2.5-7b")


@dataclass(frozen=True)
class Golden:
    """One response with its constraints and their official verdicts."""

    name: str
    prompt: str
    response: str
    specs: list[ConstraintSpec]
    strict: list[bool | None]
    loose: list[bool | None]
    skipped: frozenset[int]  # indices of verdicts that are not deterministic


def _lines(path: str) -> Iterator[dict[str, Any]]:
    with open(SHARED_DATA / path, encoding="utf-8") as file:
        yield from map(json.loads, file)


def golden_responses(model: str) -> Iterator[Golden]:
    revision = "input_data_gpt4" if model == "gpt4" else "input_data"
    prompts = {row["key"]: row for row in _lines(f"ifeval/{revision}.jsonl")}
    keys = {row["prompt"]: row["key"] for row in prompts.values()}
    verdicts = {row["key"]: row for row in _lines(f"golden/ifeval/{model}.jsonl")}
    for row in _lines(f"ifeval/responses/{model}.jsonl"):
        key = row.get("key") or keys[row["prompt"]]
        prompt, verdict = prompts[key], verdicts[key]
        yield Golden(
            name=f"{model} {key}",
            prompt=prompt["prompt"],
            response=row["response"],
            specs=[
                ConstraintSpec(kind, kwargs)
                for kind, kwargs in zip(prompt["instruction_id_list"], prompt["kwargs"], strict=True)
            ],
            strict=verdict["strict"],
            loose=verdict["loose"],
            skipped=frozenset(item["index"] for item in verdict.get("nondeterministic", ())),
        )


def golden_mutations() -> Iterator[tuple[Golden, dict[str, Any]]]:
    """Yield every mutation with its raw row; a verdict that is not deterministic is in `skipped`."""
    with gzip.open(SHARED_DATA / "golden/mutations.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            undecided = row.get("raises_strict") or row.get("uses_random") or row.get("langdetect_unstable")
            yield (
                Golden(
                    name=f"mutation {row['id']} ({row['mutator']})",
                    prompt="",
                    response=row["response"],
                    specs=[ConstraintSpec(row["instruction_id"], row["kwargs"])],
                    strict=[row["strict"]],
                    loose=[row["loose"]],
                    skipped=frozenset([0] if undecided else ()),
                ),
                row,
            )


def responses() -> list[str]:
    """Return the real responses of all models."""
    return [row["response"] for model in MODELS for row in _lines(f"ifeval/responses/{model}.jsonl")]
