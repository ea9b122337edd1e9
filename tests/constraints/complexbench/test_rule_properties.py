"""Property tests of rules: only the named errors are raised, and evidence lies inside its segment."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.constraints.complexbench.errors import RuleError
from annotator.constraints.complexbench.replies import parse_extraction, parse_judge_reply
from annotator.constraints.complexbench.rules import RuleVerdict, argument_problem, decide
from annotator.constraints.verdict import MAX_SPANS
from tests.constraints.complexbench.test_rules import MODEL, PLAIN
from tests.timing import quickest_s

any_text = st.text(st.characters(), max_size=40)
special_pieces = st.sampled_from(["\n", '"', "“", "”", "{", "}", "None", "a", ",", "，", " ", "。", "\0", "\ud800"])
special_text = st.lists(special_pieces).map("".join)
segments = st.lists(any_text | special_text, max_size=4)
known_rules = st.sampled_from([rule for rule, _, _ in PLAIN + MODEL])
names = st.sampled_from(["keyword", "model_", "_each", "_num", "forbidden_word", "endswith", "Json", "length", "match"])
signs = st.sampled_from([":", "[", "]", "\n", "1,2", "'a'", ","])
made_up_rules = st.lists(names | signs | any_text).map("".join)


def decided_or_refused(rule: str, segments: list[str]) -> RuleVerdict | RuleError:
    try:
        return decide(rule, segments)
    except RuleError as error:
        return error


@settings(max_examples=150)
@given(rule=known_rules | made_up_rules, segments=segments)
def test_any_unicode_is_decided_or_refused_by_name(rule: str, segments: list[str]) -> None:
    verdict = decided_or_refused(rule, segments)
    if isinstance(verdict, RuleError):
        assert str(verdict)
        assert verdict.official
        return
    assert verdict.obeyed in (True, False, None)
    assert verdict.obeyed is True or verdict.note
    assert len(verdict.spans) <= MAX_SPANS
    assert all(0 <= start < end <= len(segments[index]) for index, start, end in verdict.spans)


@settings(max_examples=100)
@given(rule=made_up_rules)
def test_any_rule_is_usable_or_has_a_problem_in_one_sentence(rule: str) -> None:
    assert isinstance(argument_problem(rule), str)


@settings(max_examples=100)
@given(raw=any_text, response=any_text)
def test_any_reply_is_parsed_and_kept(raw: str, response: str) -> None:
    assert parse_judge_reply(raw).raw == raw
    assert parse_extraction(raw, response).raw == raw


HOSTILE = {
    "one letter": "a" * 100_000,
    "opening braces": "{" * 100_000,
    "nested objects": '{"a":' * 15_000 + "1" + "}" * 15_000,
    "a huge number": '{"a":' + "9" * 100_000 + "}",
    "line breaks": "\n" * 100_000,
    "blanks": " " * 100_000,
    "punctuation": ".,!?" * 25_000,
    "surrogates and nulls": "\ud800\0" * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hundred_kilobytes_of_hostile_text_take_less_than_a_second_for_all_rules_together(name: str) -> None:
    text = HOSTILE[name]

    def decide_all() -> None:
        for rule, _, _ in PLAIN + MODEL:
            decided_or_refused(rule, [text])

    assert quickest_s(decide_all, enough_s=1) < 1


@pytest.mark.parametrize(
    "rule",
    [
        "keyword:[" * 10_000,
        "keyword:[" + "a," * 40_000 + "]",
        "startswith:" * 9_000 + "\nendswith:",
        "model_keyword_num_each:[" * 4_000 + "]\nmodel_forbidden_word_each:[]",
        "length:[" + " " * 100_000 + "1 x]",
        "match:" * 10_000 + "\n" * 40_000,
    ],
    ids=lambda rule: rule[:12],
)
def test_a_hostile_rule_takes_no_time(rule: str) -> None:
    started = time.process_time()
    argument_problem(rule)
    assert time.process_time() - started < 1
