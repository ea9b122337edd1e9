"""Parity with the official code on every golden pair of rule and segments, crashes included."""

from collections import Counter
from typing import Any

from annotator.constraints.complexbench.errors import RuleError
from annotator.constraints.complexbench.rules import decide
from tests.constraints.complexbench.goldens import golden_rows
from tests.paths import needs_shared_data

PAIRS_BY_VERB = {
    "Json": 88,
    "constraint_punc": 46,
    "each_thing": 38,
    "endswith": 65,
    "forbidden_word": 53,
    "keyword": 112,
    "length": 61,
    "length_word": 61,
    "match": 62,
    "model_constraint_punc": 34,
    "model_constraint_punc_each": 48,
    "model_endswith": 53,
    "model_endswith_each": 45,
    "model_forbidden_word": 59,
    "model_forbidden_word_each": 57,
    "model_keyword": 51,
    "model_keyword_each": 60,
    "model_keyword_num": 57,
    "model_keyword_num_each": 97,
    "model_length": 50,
    "model_length_each": 53,
    "model_length_word": 45,
    "model_length_word_each": 64,
    "model_not_endswith": 60,
    "model_not_endswith_each": 59,
    "model_not_startswith": 46,
    "model_number_each": 46,
    "model_starts_with_list_each": 58,
    "model_startswith": 108,
    "model_startswith_each": 71,
    "model_unknown": 53,
    "not endswith": 46,
    "something else": 45,
    "startswith": 81,
}


def outcome(rule: str, segments: list[str]) -> Any:
    try:
        return decide(rule, segments).official
    except RuleError as error:
        return error.official


@needs_shared_data
def test_every_golden_rule_has_its_official_outcome() -> None:
    rows = golden_rows("complexbench_rules")
    wrong = []
    for row in rows:
        official, ours = row.get("raises", row["verdict"]), outcome(row["rule"], row["segments"])
        if ours != official or type(ours) is not type(official):
            wrong.append((row["id"], row["rule"], official, ours))
    assert not wrong
    assert Counter(row["rule"].split(":")[0] for row in rows) == PAIRS_BY_VERB


@needs_shared_data
def test_the_goldens_reach_every_kind_of_outcome() -> None:
    outcomes = Counter(outcome(row["rule"], row["segments"]) for row in golden_rows("complexbench_rules"))
    assert outcomes == {
        True: 775,
        False: 1054,
        2: 136,
        "IndexError: list index out of range": 56,
        "IndexError: string index out of range": 11,
    }


@needs_shared_data
def test_the_evidence_of_every_golden_lies_inside_its_segments() -> None:
    for row in golden_rows("complexbench_rules"):
        if "raises" in row:
            continue
        verdict = decide(row["rule"], row["segments"])
        assert list(verdict.spans) == sorted(verdict.spans)
        assert all(0 <= start < end <= len(row["segments"][index]) for index, start, end in verdict.spans)
        assert verdict.note or verdict.obeyed
