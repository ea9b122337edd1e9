"""Routers trained on real pairs of answers: which of two models' answers to an IFEval prompt obeys more.

Run as `make bench-router`. A stand-in: no pair of a base and a reasoning arm of one model is among the shared data, so
the second model of a pair stands for the arm that reasons. Prints Markdown tables of every split and baseline, of the
decision pipeline on the same held-out prompts, and the time of a decision; docs/router.md has them. Three disjoint
pairs of models, 541 prompts each, loose verdicts of the official code; no database.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from annotator.embeddings.wordllama import count_tokens  # noqa: E402  a script's own folder comes first
from annotator.routing.labelled_prompts import LabelledPrompt, counted_labels  # noqa: E402
from annotator.routing.pipelines import Known, pipeline_result  # noqa: E402
from annotator.routing.reports import held_out_decisions, split_report  # noqa: E402
from annotator.routing.splits import SPLITS  # noqa: E402
from annotator.routing.tables import calibration_table, pipeline_table, split_table, token_table  # noqa: E402
from annotator.routing.training import Settings, train_router, trainer_of  # noqa: E402

SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
PAIRS = (("qwen2.5-1.5b", "qwen2.5-7b"), ("llama-3.1-8b", "gpt-4o-mini"), ("claude-3-haiku", "gpt4"))
ONE_PAIR = ("random", "kind", "composition")
PIPELINES = (("first", "second"), ("second", "first"), ("router", "second"), ("first", "router"), ("router", "router"))
DECISIONS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", nargs="+", default=["tfidf", "wordllama", "minilm"])
    parser.add_argument("--shuffled", action="store_true", help="shuffle the labels first: nothing should be found")
    arguments = parser.parse_args()
    prompts = pairs_of_models()
    if arguments.shuffled:
        prompts = shuffled(prompts)
    for first, second in PAIRS:
        of_pair = [prompt for prompt in prompts if prompt.model == f"{first} > {second}"]
        print(f"{first} > {second}: {counted_labels(of_pair)}")
    for features in arguments.features:
        print_reports(f"{features}, all pairs", prompts, Settings(features=features))
        print(f"\n{decision_times(prompts, Settings(features=features))}")
    for first, second in PAIRS:
        of_pair = [prompt for prompt in prompts if prompt.model == f"{first} > {second}"]
        for features in arguments.features:
            print_reports(f"{features}, {first} > {second}", of_pair, Settings(features=features), ONE_PAIR)
        print_pipelines(of_pair)


def print_reports(
    title: str, prompts: Sequence[LabelledPrompt], settings: Settings, splits: Sequence[str] = tuple(SPLITS)
) -> None:
    started = time.perf_counter()
    reports = [split_report(split, prompts, trainer_of(settings)) for split in splits]
    print(f"\n## {title} ({time.perf_counter() - started:.0f} s)\n\n{split_table(reports)}\n", flush=True)
    print(f"{calibration_table(reports)}\n\n{token_table(reports)}", flush=True)


def print_pipelines(prompts: Sequence[LabelledPrompt]) -> None:
    """Evaluate the decision pipelines on the held-out prompts of the split at random."""
    held = held_out_decisions("random", prompts, trainer_of(Settings()))
    assert held is not None
    first, second = (np.array([getattr(prompt, side) for prompt in held.prompts]) for side in ("first", "second"))
    known = Known(
        results={"first": first, "second": second, "router": np.where(held.reasons, second, first)},
        constraints=np.array([len(prompt.kinds) for prompt in held.prompts]),
        groups=[prompt.group for prompt in held.prompts],
        folds=np.array(held.folds),
    )
    fixed = ("first", "second")
    results = [pipeline_result(known, simple, dear, fixed=fixed) for simple, dear in PIPELINES]
    at_three = [pipeline_result(known, simple, dear, fixed=fixed, complex_from=3) for simple, dear in PIPELINES]
    print(f"\n### decision pipeline\n\n{pipeline_table([*results, *at_three])}", flush=True)


def pairs_of_models() -> list[LabelledPrompt]:
    answers = {name: {answer["key"]: answer for answer in answers_of(name)} for pair in PAIRS for name in pair}
    return [
        labelled(f"{first} > {second}", answers[first][key], answers[second][key])
        for first, second in PAIRS
        for key in answers[first]
        if key in answers[second]
    ]


def answers_of(model: str) -> Iterator[dict[str, Any]]:
    """Yield the key, prompt, kinds, verdicts and tokens of each answer of a model."""
    revision = "input_data_gpt4" if model == "gpt4" else "input_data"
    prompts = {row["key"]: row for row in lines(f"ifeval/{revision}.jsonl")}
    keys = {row["prompt"]: row["key"] for row in prompts.values()}
    verdicts = {row["key"]: row["loose"] for row in lines(f"golden/ifeval/{model}.jsonl")}
    for row in lines(f"ifeval/responses/{model}.jsonl"):
        key = row.get("key") or keys[row["prompt"]]
        yield {
            "key": str(key),
            "prompt": prompts[key]["prompt"],
            "kinds": tuple(prompts[key]["instruction_id_list"]),
            "loose": verdicts[key],
            "tokens": count_tokens(row["response"]),
        }


def labelled(model: str, first: dict[str, Any], second: dict[str, Any]) -> LabelledPrompt:
    shares = [sum(answer["loose"]) / len(answer["loose"]) for answer in (first, second)]
    return LabelledPrompt(
        key=first["key"],
        text=first["prompt"],
        kinds=first["kinds"],
        dataset="ifeval",
        model=model,
        first=shares[0],
        second=shares[1],
        label="tie" if shares[0] == shares[1] else "helped" if shares[1] > shares[0] else "hurt",
        first_tokens=first["tokens"],
        second_tokens=second["tokens"],
    )


def shuffled(prompts: Sequence[LabelledPrompt]) -> list[LabelledPrompt]:
    """Give each prompt the results of another one."""
    others = list(prompts)
    Random(0).shuffle(others)
    names = ("first", "second", "label", "first_tokens", "second_tokens")
    return [
        replace(prompt, **{name: getattr(other, name) for name in names})
        for prompt, other in zip(prompts, others, strict=True)
    ]


def decision_times(prompts: Sequence[LabelledPrompt], settings: Settings) -> str:
    router = train_router(prompts, settings)
    # Other texts than those of the training: MiniLM's vectors of these are remembered.
    texts = [f"{prompt.text} ({number})" for number, prompt in enumerate(prompts[:DECISIONS])]
    router.probability(texts[0])  # loads the token vectors
    seconds = []
    for text in texts:
        started = time.process_time()  # of this process alone: what else runs on the machine does not count
        router.probability(text)
        seconds.append(time.process_time() - started)
    middle, late = sorted(seconds)[len(texts) // 2], sorted(seconds)[int(0.95 * len(texts))]
    size = len(json.dumps(router.to_json()))
    times = f"{1000 * middle:.2f} ms of processor time, 95th percentile {1000 * late:.2f} ms"
    return f"A decision takes {times}. Stored: {size:,} bytes."


def lines(path: str) -> Iterator[dict[str, Any]]:
    if not (SHARED_DATA / path).exists():
        sys.exit(f"the shared data is not at {SHARED_DATA}; set COTRAST_SHARED_DATA to the folder that holds ifeval/")
    with (SHARED_DATA / path).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    main()
