"""`make bench-strategies`: what was generated is never generated again, and every strategy has a row."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from annotator.strategies import STRATEGIES
from benchmarks import strategies as bench
from benchmarks.remembered_completions import Remembering
from workers.engine import Completion, Request, Sampling, Usage
from workers.strategies import Decision


class Counting:
    """A backend of batches of two, whose chat template reads the last message alone; counts what it generates."""

    batch_size = 2

    def __init__(self) -> None:
        self.generated: list[str] = []
        self._template = SimpleNamespace(prompt=lambda request: list(request.messages[-1].content.encode()))

    def complete(self, requests: Any) -> Iterator[Completion]:
        requests = iter(requests)
        while batch := list(islice(requests, self.batch_size)):
            for request in batch:
                text = request.messages[-1].content
                self.generated.append(text)
                yield Completion(request.id, f"re: {text[:20]}", "stop", Usage(3, 2), 0.1, probabilities=_yes(request))

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def describe(self) -> dict[str, str]:
        return {"dtype": "none", "device": "none"}

    def close(self) -> None:
        """Nothing to free."""


def _yes(request: Request) -> dict[str, float] | None:
    return {label: 1 / len(request.choices) for label in request.choices} or None


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "var" / "store.jsonl"


def test_every_strategy_has_a_row() -> None:
    assert {name for name, _ in bench.ROWS} == set(STRATEGIES)


def test_a_request_is_generated_once_whichever_strategies_share_it_and_an_interrupted_run_goes_on(store: Path) -> None:
    prompts, first, second = bench.read_prompts(3), Counting(), Counting()
    some = Remembering(first, store, "m")
    results = bench.results_of(some, prompts, Sampling())
    assert len(results) == len(bench.ROWS) * 3
    assert not [result.error for result in results.values() if result.error]
    assert len(first.generated) == len(set(first.generated))
    lines = store.read_text().splitlines(keepends=True)
    assert len(lines) == len(first.generated)
    store.write_text("".join(lines[:-4]))
    stored = bench.results_of(Remembering(second, store, "m", stored_only=True), prompts, Sampling())
    assert second.generated == []
    assert 0 < len(stored) < len(results)
    again = bench.results_of(Remembering(second, store, "m"), prompts, Sampling())
    assert len(second.generated) == 4
    assert {key: result.outcome for key, result in again.items()} == {
        key: result.outcome for key, result in results.items()
    }


def test_the_tables_have_a_line_for_each_strategy(store: Path) -> None:
    prompts, backend = bench.read_prompts(2), Remembering(Counting(), store, "m")
    results = bench.results_of(backend, prompts, Sampling())
    rows = [
        bench.row_of(name, parameters, prompts, [results[f"{number}/{prompt.key}"] for prompt in prompts], backend)
        for number, (name, parameters) in enumerate(bench.ROWS)
    ]
    for table in (bench.accuracy_table(rows), bench.cost_table(rows)):
        heading, rule, *lines = table.splitlines()
        assert len(lines) == len(bench.ROWS)
        assert {line.count("|") for line in (heading, rule, *lines)} == {heading.count("|")}
    assert 'verified_revision (first="base")' in bench.cost_table(rows)


def test_decisions_are_said_in_a_few_words() -> None:
    kept = Decision("answer", "the model", note="It could not be read.")
    assert bench.decision_of(Decision("self_reflection", "the complexity", then=kept)) == (
        "self_reflection > answer, unreadable"
    )
