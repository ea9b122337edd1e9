"""Tests of marks from replies, and of the evidence of a rule in the judged text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.constraints import Message
from annotator.constraints.complexbench.marking import MARKS, mark_alone, mark_reply, mark_segments

TEXT = "Dear Li,\nthank you. Yours, Wang\nDear Li, bye"


@pytest.mark.parametrize(
    ("raw", "mark", "note"),
    [
        ("yes", "obeyed", ""),
        ("Answer: No.", "violated", "the judge answered no"),
        ("否", "violated", "the judge answered no"),
        ("<think>it is not polite, so no</think>\nyes", "obeyed", ""),
        ("<think>yes", "unparsed", "the reply is blank"),
        ("", "unparsed", "the reply is blank"),
        ("Yes and no.", "unparsed", "the judge's reply is neither yes nor no: “Yes and no.”"),
    ],
)
def test_a_judges_reply_is_its_mark_and_its_reasoning_is_ignored(raw: str, mark: str, note: str) -> None:
    marking = mark_reply(None, raw, TEXT)
    assert (marking.mark, marking.segments, marking.evidence.note) == (mark, None, note)
    assert marking.evidence.obeyed is MARKS[mark]


@pytest.mark.parametrize(
    ("raw", "probability", "observed"),
    [("yes", 0.875, "yes (probability of yes 0.88)"), ("否", 0.0, "no (probability of yes 0.00)"), ("no", None, "no")],
)
def test_evidence_names_the_probability_of_yes_where_it_is_known(
    raw: str, probability: float | None, observed: str
) -> None:
    observation = mark_reply(None, raw, TEXT, probability=probability).evidence.observed
    assert observation == observed
    assert isinstance(observation, Message)
    if probability is not None:
        assert observation.template == "%(reply)s (probability of yes %(p)s)"


@pytest.mark.parametrize(
    ("rule", "raw", "mark", "segments"),
    [
        ("model_startswith:Dear", "<think>all</think>Dear Li,", "obeyed", ("Dear Li,",)),
        ("model_startswith:Hello", "all", "violated", (TEXT,)),
        ("model_startswith:Hello", "none", "violated", ()),
        ("rhyme:a", "all", "unknown_verb", (TEXT,)),
        ("model_number_each:[2,2]", "Dear Li,||Dear Li,", "obeyed", ("Dear Li,", "Dear Li,")),
        ("model_startswith:Hello", "", "unparsed", None),
    ],
)
def test_a_rule_is_decided_on_what_the_extractor_found(
    rule: str, raw: str, mark: str, segments: tuple[str, ...] | None
) -> None:
    marking = mark_reply(rule, raw, TEXT)
    assert (marking.mark, marking.segments) == (mark, segments)


@pytest.mark.parametrize(("rule", "raw"), [(None, "yes"), ("model_startswith:Dear", "Dear Li,")])
def test_a_reply_that_was_cut_off_is_never_measured(rule: str | None, raw: str) -> None:
    marking = mark_reply(rule, raw, TEXT, truncated=True)
    assert (marking.mark, marking.evidence.note) == ("unparsed", "the reply was cut off at the token limit")


def test_where_the_official_code_would_crash_the_question_is_unparsed_with_the_reason() -> None:
    marking = mark_reply("model_length:[1,9]", "all", "\n\n")
    assert (marking.mark, marking.evidence.obeyed) == ("unparsed", None)
    assert "nothing but line breaks" in marking.evidence.note


def evidence_texts(rule: str, segments: list[str], text: str = TEXT) -> list[str]:
    return [text[start:end] for start, end in mark_segments(rule, segments, text).evidence.spans]


def test_evidence_in_the_whole_text_stays_where_it_is() -> None:
    assert mark_segments("forbidden_word:[Wang]", [TEXT], TEXT).evidence.spans == ((27, 31),)


def test_evidence_in_a_part_is_found_in_the_text_and_equal_parts_are_distinguished() -> None:
    spans = mark_segments("model_forbidden_word_each:[Li]", ["Dear Li,", "Dear Li, bye"], TEXT).evidence.spans
    assert spans == ((5, 7), (37, 39))


def test_a_part_that_does_not_stand_in_the_text_shows_nothing_and_the_note_says_so() -> None:
    assert evidence_texts("model_forbidden_word_each:[Wang]", ["Regards, Wang", "Yours, Wang"]) == ["Wang"]
    note = mark_segments("model_forbidden_word_each:[Wang]", ["Regards, Wang", "Yours, Wang"], TEXT).evidence.note
    assert note.endswith("; 1 of 2 parts not found word for word in the judged text")


def test_parts_named_out_of_order_are_still_found() -> None:
    assert evidence_texts("model_forbidden_word_each:[Yours,thank]", ["Yours, Wang", "thank you."]) == [
        "thank",
        "Yours",
    ]


@pytest.mark.parametrize("mark", list(MARKS))
def test_a_mark_without_its_reply_says_so(mark: str) -> None:
    marking = mark_alone(mark)
    assert (marking.mark, marking.segments) == (mark, None)
    assert ("the reply is not known" in marking.evidence.note) is (mark != "obeyed")


@given(st.text(max_size=60), st.text("ab|,\n <think>/", max_size=60), st.sampled_from([None, "model_keyword_each:[a]"]))
def test_no_reply_makes_it_raise_and_every_span_lies_in_the_text(text: str, raw: str, rule: str | None) -> None:
    marking = mark_reply(rule, raw, text)
    assert all(0 <= start < end <= len(text) for start, end in marking.evidence.spans)
