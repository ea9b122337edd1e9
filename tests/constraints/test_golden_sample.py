"""Parity in a clone that has no shared data: 200 official verdicts from `golden_sample`, over all 25 kinds."""

from collections import Counter
from typing import Any

from annotator.constraints import ConstraintSpec
from tests.constraints.complexbench.test_rule_parity import PAIRS_BY_VERB, outcome
from tests.constraints.golden import Golden
from tests.constraints.golden_sample import sample_rows
from tests.constraints.specs import COMPLETE
from tests.constraints.test_parity import differences


def golden(row: dict[str, Any]) -> Golden:
    return Golden(
        name=row["name"],
        prompt=row["prompt"],
        response=row["response"],
        specs=[ConstraintSpec(kind, kwargs) for kind, kwargs in row["specs"]],
        strict=row["strict"],
        loose=row["loose"],
        skipped=frozenset(row["skipped"]),
    )


def test_a_hundred_real_and_fifty_mutated_responses_get_the_official_verdicts() -> None:
    for source, rows in (("response", 100), ("mutation", 50)):
        counts: Counter[str] = Counter()
        sample = [golden(row) for row in sample_rows(source)]
        assert [line for drawn in sample for line in differences(drawn, counts)] == []
        assert len(sample) == rows
        assert sorted(counts) == sorted(COMPLETE)


def test_the_sample_holds_obeyed_and_violated_constraints_of_nearly_every_kind() -> None:
    seen = {
        (spec.kind, golden_row.strict[index])
        for source in ("response", "mutation")
        for golden_row in map(golden, sample_rows(source))
        for index, spec in enumerate(golden_row.specs)
    }
    assert sum({(kind, True), (kind, False)} <= seen for kind in COMPLETE) >= 24


def test_fifty_complexbench_rules_get_the_official_outcome() -> None:
    rows = sample_rows("rule")
    assert [row["name"] for row in rows if outcome(row["rule"], row["segments"]) != row["official"]] == []
    assert len(rows) == 50
    assert {row["rule"].split(":")[0] for row in rows} == set(PAIRS_BY_VERB)
    assert {str(row["official"]) for row in rows} >= {"True", "False", "2", "IndexError: list index out of range"}


def test_a_wrong_verdict_would_be_noticed() -> None:
    row = sample_rows("response")[0]
    (first, *others) = row["strict"]
    assert differences(golden({**row, "skipped": [], "strict": [not first, *others]}), Counter()) != []
