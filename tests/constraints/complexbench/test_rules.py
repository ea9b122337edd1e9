"""Tables of rules and segments for each verb: which obey, which violate, and with what evidence."""

import json

import pytest

from annotator.constraints.complexbench.errors import ArgumentError, SegmentError
from annotator.constraints.complexbench.rules import UNKNOWN_VERB, argument_problem, decide

# (rule, segments that obey, segments that violate)
PLAIN = [
    ("keyword:[rain, sun]", ["rain and sun"], ["rain only"]),
    ("keyword:[a,b]", ["“b a”"], ["None, but a and b"]),
    ("keyword:[等，等]", ["他等，等了"], ["他等了"]),
    ("forbidden_word:[z] keyword:[a]", ["a"], ["b"]),
    ("forbidden_word:[rain]", ["sun"], ["rain"]),
    ("forbidden_word:[rain]", ["None, but rain"], ["a rainy day"]),
    ("startswith:Dear", ["Dear Bob"], [" Dear Bob"]),
    ("startswith:Dear", ["“Dear Bob”"], ["Oh Dear"]),
    ("startswith:Hi!", ["Hi! Bob"], ["Hi Bob!"]),
    ("endswith:end", ["the end", "never looked at"], ["the end!"]),
    ("endswith:end", ["the end."], ["the end,"]),
    ("endswith:end", ["the end?"], ["the end\n"]),
    ("not endswith:。", ["完"], ["完。"]),
    ("not endswith:完", ["“完了”"], ["完？"]),
    ("startswith:A\nendswith:Z", ["A to Z"], ["A to Y"]),
    ("length:[2,3]", ["abc"], ["abcd"]),
    ("length:[2,3]", ["“abc”"], ["“abcd”"]),
    ("length_word:[2,3]", ["one two"], ["one two three four"]),
    ("match:yes", ["yes"], ["yes!"]),
    ("match:yes", ["yes."], ["Yes"]),
    ('Json:["a","b"]', ['so: {"b": 1, "a": {}} done'], ['{"a": 1}']),
    ("Json:['a']", ['{"a": 1}'], ['{"a": 1, "b": 2}']),
    ('Json:[""]', ["{}"], ["[]"]),
    ("constraint_punc:[，, 。]", ["一，二。"], ["一；二。"]),
    ("constraint_punc:[，, 。]", ["one, two."], ["one - two"]),
]
MODEL = [
    ("model_keyword:[a, b]", ["ab", "x"], ["a", "b"]),
    ("model_keyword:[,x]", ["，x"], ["，"]),
    ("model_keyword_each:[a]", ["a", "", "ba"], ["a", "b"]),
    ("model_keyword_num:[1,2,a,b,c]", ["ab", "abc"], ["abc"]),
    ("model_keyword_num_each:[1,1,a,b]", ["a", "b", ""], ["a", "ab"]),
    ("model_keyword_num_each:[0,1,a,b]\nmodel_forbidden_word_each:[c]", ["a", "b"], ["a", "c"]),
    ("model_forbidden_word:[a]", ["b", "a"], ["a", "b"]),
    ("model_forbidden_word_each:[a]", ["b", ""], ["b", "a"]),
    ("model_number_each:[2,3]", ["a", ""], ["a"]),
    ("model_length:[2,3]", ["“abc”", "x"], ["a", "abc"]),
    ("model_length_each:[2,3]", ["ab", "", "“abc”"], ["ab", "a"]),
    ("model_length_word:[2,2]", ["a b", "a"], ["a", "a b"]),
    ("model_length_word_each:[2,2]", ["a b", "", "c d"], ["a b", "c"]),
    ("model_startswith:A", ["A.", "B"], ["B", "A"]),
    ("model_startswith:A\nmodel_endswith:Z", ["A-Z", "B"], ["A-Y"]),
    ("model_startswith_each:A", ["A", "", "AB"], ["A", "B"]),
    ("model_starts_with_list_each:[A, B]", ["A1", "B2"], ["A1", "A2"]),
    ("model_starts_with_list_each:[A, B]", ["A1", ""], ["A1", "B2", "B3"]),
    ("model_endswith:Z", ["A Z", "B"], ["Z A"]),
    ("model_endswith_each:Z", ["aZ", "bZ", "the last part is left out"], ["aZ", "b", "cZ"]),
    ("model_endswith_each:Z", ["“aZ”"], ["a"]),
    ("model_constraint_punc:[，]", ["“一，二”"], ["一；二"]),
    ("model_constraint_punc_each:[，]", ["一，二", "", "“三”"], ["一，二", "三。"]),
    ("model_not_startswith:A", ["B", "A"], ["A"]),
    ("model_not_endswith:Z", ["A", "Z"], ["Z"]),
    ("model_not_endswith_each:Z", ["A", "", "B"], ["A", "Z"]),
]


@pytest.mark.parametrize(("rule", "obeying", "violating"), PLAIN + MODEL)
def test_a_rule_tells_obeying_segments_from_violating_ones(rule: str, obeying: list[str], violating: list[str]) -> None:
    assert decide(rule, obeying).obeyed is True
    verdict = decide(rule, violating)
    assert verdict.obeyed is False
    assert verdict.note


@pytest.mark.parametrize("segments", [[], [""]])
@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in PLAIN + MODEL}))
def test_no_text_is_a_violation_unless_the_rule_forbids_something(rule: str, segments: list[str]) -> None:
    verb = decide(rule, segments).verb
    forbids = verb.startswith(("forbidden", "model_forbidden", "not ", "model_not"))
    assert decide(rule, segments).obeyed is forbids


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("rhyme:[aabb]", "the rule names no known verb"),
        ("model_rhyme:[aabb]", "the rule names no known verb"),
        ("keyword:[teach each other]", "the rule holds 'each'"),
        ("keyword:[role model]", "the rule holds 'model'"),
    ],
)
def test_an_unknown_verb_is_neither_obeyed_nor_violated(rule: str, why: str) -> None:
    verdict = decide(rule, ["teach each other, role model"])
    assert (verdict.obeyed, verdict.official, verdict.verb) == (None, 2, "")
    assert why in verdict.note


def test_a_verb_found_inside_another_rules_argument_decides_it_and_says_so() -> None:
    verdict = decide("startswith:match:x", ["x"])
    assert (verdict.verb, verdict.obeyed) == ("match", True)
    assert "finds 'match' inside this rule" in verdict.note


@pytest.mark.parametrize(
    ("rule", "segments", "selected"),
    [
        ("forbidden_word:[ab, c]", ["xxcabab"], ["c", "ab", "ab"]),
        ("length:[1,3]", ["abcdef"], ["def"]),
        ("length:[1,3]", ["“abcdef”"], ["cdef”"]),
        ("length_word:[1,2]", [" one two three four "], ["three four"]),
        ("startswith:A", ["“BC”"], ["“"]),
        ("model_startswith_each:A", ["A", "B"], ["B"]),
        ("endswith:c", ["\n“abc”"], ["c"]),
        ("constraint_punc:[，]", ["a，b.c!"], [".", "!"]),
        ('Json:["a"]', ['x {"b": 1} y'], ['{"b": 1}']),
        ("Json:['a']", ['{"a": tru}'], ["t"]),
        ("model_forbidden_word_each:[b]", ["a", "ab", "b"], ["b", "b"]),
    ],
)
def test_evidence_selects_what_decides(rule: str, segments: list[str], selected: list[str]) -> None:
    spans = decide(rule, segments).spans
    assert [segments[index][start:end] for index, start, end in spans] == selected


@pytest.mark.parametrize(
    ("rule", "segments", "note"),
    [
        ("length:[4,5]", ["abc"], "3 characters, 4 to 5 characters asked"),
        ("length_word:[1,1]", ["a b"], "2 words, exactly 1 word asked"),
        ("model_number_each:[2,3]", ["a"], "1 part, 2 to 3 parts asked"),
        ("keyword:[a, b]", ["a"], "missing: “b”"),
        ("model_keyword:[hi!]", ["hi!"], "the text has “hi!”, but the official code seeks Chinese punctuation"),
        ("endswith:b", ["a\n"], "ends with “⏎”, “b” asked"),
        ("model_length_each:[1,1]", ["a", "bb"], "part 2: 2 characters, exactly 1 character asked"),
        ("match:a.b", ["a.b"], "compares the text in Chinese punctuation"),
        ('Json:["a","b"]', ['{"a": 1}'], "missing keys: “b”"),
        ('Json:["a"]', ['{"a": 1, "b": 1}'], "2 keys, 1 asked"),
        ("keyword:[a]", ["None"], "holds the word None"),
        ("model_keyword_each:[a]", ["", ""], "every part is blank"),
    ],
)
def test_the_note_says_what_a_person_needs_to_know(rule: str, segments: list[str], note: str) -> None:
    assert note in decide(rule, segments).note


@pytest.mark.parametrize(
    ("rule", "official"),
    [
        ("keyword:[a]\nforbidden_word:[b]", "IndexError: list index out of range"),
        ("match:two\nlines", "IndexError: list index out of range"),
        ("length:300", "IndexError: list index out of range"),
        ("startswith:a endswith:b", "AttributeError: 'NoneType' object has no attribute 'group'"),
        ("model_keyword_num:[few,2,a]", "ValueError: invalid literal for int() with base 10: 'few'"),
        ("model_keyword_num_each:[1]", "IndexError: list index out of range"),
        ("length:[__import__('os'),2]", "what evaluating it raises"),
        ("Json:[[1]]", "what evaluating it raises"),
    ],
)
def test_a_rule_without_a_readable_argument_is_a_named_error(rule: str, official: str) -> None:
    with pytest.raises(ArgumentError, match="correct the rule in the dataset") as refusal:
        decide(rule, ["a b"])
    assert refusal.value.official == official
    assert argument_problem(rule) == str(refusal.value)


def test_a_usable_rule_has_no_argument_problem() -> None:
    assert {argument_problem(rule) for rule, _, _ in PLAIN + MODEL} == {""}
    assert argument_problem("rhyme:[aabb]") == ""


def test_a_segment_of_line_breaks_is_a_named_error_for_rules_that_take_quotes_off() -> None:
    with pytest.raises(SegmentError, match="nothing but line breaks"):
        decide("length:[1,2]", ["\n\n"])
    assert decide("model_startswith:\n", ["\n\n"]).obeyed is True


def test_a_segment_of_line_breaks_is_an_error_before_an_unknown_verb_is_one() -> None:
    with pytest.raises(SegmentError) as refusal:
        decide("something else", ["\n\n", "rain"])
    assert refusal.value.official == "IndexError: string index out of range"
    assert decide("something else", ["rain"]).official == UNKNOWN_VERB
    assert decide("model_something", ["\n\n"]).official == UNKNOWN_VERB


def test_a_verdict_becomes_plain_json() -> None:
    verdict = decide("forbidden_word:[b]", ["ab"])
    assert json.loads(json.dumps(verdict.as_json())) == {
        "verb": "forbidden_word",
        "obeyed": False,
        "observed": "1 forbidden word",
        "required": "none of “b”",
        "spans": [[0, 1, 2]],
        "note": "forbidden words occur: “b”",
    }
