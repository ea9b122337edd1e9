import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.constraints import split_completion
from tests.timing import quickest_s


@pytest.mark.parametrize(
    ("text", "reasoning", "answer", "status"),
    [
        ("THINK: why\nANSWER: so", "why", "so", "clean"),
        ("**THINK:** why\n\n**ANSWER:**\nso\nmore\n", "why", "so\nmore", "clean"),
        ("**THINK**: why\n  __ANSWER__: so", "why", "so", "clean"),
        ("## THINK: why\n## ANSWER: so", "why", "so", "clean"),
        ("why\nANSWER: so", "why", "so", "clean"),
        ("ANSWER: so", "", "so", "clean"),
        ("THINK: the ANSWER: is\nANSWER: so", "the ANSWER: is", "so", "clean"),  # only line starts count
        ("THINK: why\nAnswer: so", "", "THINK: why\nAnswer: so", "missing_marker"),  # capitals count
        ("THINK: a\nANSWER: draft\nTHINK: b\nANSWER: so", "a\nANSWER: draft\nTHINK: b", "so", "repeated_marker"),
        ("THINK: a\nANSWER: so\nANSWER:  \n", "a", "so", "repeated_marker"),  # a mark without text does not split
        ("THINK: a\nANSWER: so\nTHINK: b", "a", "so", "repeated_marker"),
        ("THINK: a\nANSWER:\n ", "a", "", "empty"),
        ("just text", "", "just text", "missing_marker"),
        (" \n", "", " \n", "empty"),
    ],
)
def test_think_and_answer_marks_part_a_completion(text, reasoning, answer, status):
    split = split_completion(text, "markers")
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


def test_without_an_answer_a_completion_cut_off_is_all_reasoning():
    split = split_completion("THINK: why and", "markers", truncated=True)
    assert (split.reasoning, split.answer, split.status) == ("why and", "", "truncated")
    assert split.answer_span == (14, 14)


def test_an_answer_cut_off_is_an_answer():
    assert split_completion("THINK: why\nANSWER: so th", "markers", truncated=True).status == "clean"


@pytest.mark.parametrize(
    ("text", "truncated", "reasoning", "answer", "status"),
    [
        ("<think>\nwhy\n</think>\n\nso", False, "why", "so", "clean"),
        ("why</think>so", False, "why", "so", "clean"),  # the template opened the block
        ("<think></think>so", False, "", "so", "clean"),
        ("<think>why", True, "why", "", "truncated"),
        ("<think>why", False, "why", "", "missing_marker"),
        ("so", False, "", "so", "missing_marker"),
        ("why", True, "why", "", "truncated"),
        ("<think>why</think>\n", False, "why", "", "empty"),
        ("<think>why</think>\n", True, "why", "", "truncated"),
        ("<think>why</think>so th", True, "why", "so th", "clean"),
        ("<think>a</think>b<think>c</think>so", False, "a\n\nc", "b\nso", "repeated_marker"),
        ("a</think>b</think>so", False, "a</think>b", "so", "repeated_marker"),
        ("<think>a<think>b</think>so", False, "a<think>b", "so", "clean"),
        ("so <think> in the middle", False, "", "so <think> in the middle", "missing_marker"),
        ("so `<think>` and `</think>`", False, "", "so `<think>` and `</think>`", "missing_marker"),
        ("<Thinking>why</Thinking>so", False, "why", "so", "clean"),
        ("[THINK]why[/THINK]so", False, "why", "so", "clean"),
        ("◁think▷why◁/think▷so", False, "why", "so", "clean"),
        ("<|begin_of_thought|>why<|end_of_thought|>so", False, "why", "so", "clean"),
        ("one\n\n<think>a</think>\n\ntwo", False, "a", "one\n\ntwo", "clean"),  # no third blank line
    ],
)
def test_think_blocks_part_a_completion_unclosed_ones_too(text, truncated, reasoning, answer, status):
    split = split_completion(text, "think_tags", truncated=truncated)
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


@pytest.mark.parametrize(
    ("text", "truncated", "reasoning", "answer", "status"),
    [
        ("<think>secret, thoughts</think>The answer is 42.", False, "secret, thoughts", "The answer is 42.", "clean"),
        ("<think>why", True, "why", "", "truncated"),
        ("<think>why", False, "why", "", "missing_marker"),
        ("why</think>so", False, "why", "so", "clean"),
        ("<think>why</think>", False, "why", "", "empty"),
        ("so\n<thinking>but", True, "but", "so", "truncated"),
        ("so th", True, "", "so th", "clean"),
        ("so [think] of me", False, "", "so [think] of me", "clean"),  # a placeholder in square brackets
    ],
)
def test_think_blocks_are_reasoning_where_none_was_asked_for(text, truncated, reasoning, answer, status):
    split = split_completion(text, "none", truncated=truncated)
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


@pytest.mark.parametrize(
    ("text", "truncated", "reasoning", "answer", "status"),
    [
        ("<think>inner</think>The answer is 42.", False, "inner", "The answer is 42.", "clean"),
        (
            "<think>the form:\nANSWER: x</think>\nTHINK: b\nANSWER: so",
            False,
            "the form:\nANSWER: x\n\nb",
            "so",
            "clean",
        ),
        ("THINK: a\nANSWER: <think>b</think>so", False, "a\n\nb", "so", "clean"),
        ("THINK: a\nANSWER: <think>b", True, "a\n\nb", "", "truncated"),
        ("THINK: a\nANSWER: <think>b", False, "a\n\nb", "", "missing_marker"),
        ("THINK: a <think>b</think> c\nANSWER: so", False, "a\n\nb\n\nc", "so", "clean"),
        ("<think>a</think>THINK: b", True, "a\n\nb", "", "truncated"),
        ("<think>a</think>so th", True, "a", "so th", "clean"),
        ("a</think>ANSWER: so", False, "a", "so", "clean"),
        ("<think>a\nANSWER: so", False, "a", "so", "clean"),  # the marker ends the block
        ("THINK: <think>a\nANSWER: so", False, "a", "so", "clean"),
        ("<think>a\nANSWER: ", True, "a\nANSWER:", "", "truncated"),
    ],
)
def test_think_blocks_are_cut_before_markers_are_looked_for(text, truncated, reasoning, answer, status):
    split = split_completion(text, "markers", truncated=truncated)
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


QUOTING = 'Write "<the final answer>" where your own answer stands.'


@pytest.mark.parametrize(
    ("text", "reasoning", "answer", "status"),
    [
        ("THINK: <think step by step about each constraint>\nANSWER: <the final answer>", "", "", "empty"),
        ("THINK: why\nANSWER: **<your final answer here>**", "why", "", "empty"),
        ("THINK: <the final answer>", "", "", "empty"),
        ("THINK: ", "", "", "empty"),
        ("The final answer is: THINK: <think step by step about each constraint>", "", "", "empty"),
        ("THINK: a\nANSWER: P.S: <the final answer>", "a", "", "empty"),
        ("THINK: a\nANSWER: <the final answer>\nso", "a", "so", "clean"),
        ("THINK: <think step by step about each constraint>\n\nso", "", "so", "missing_marker"),
        ("ANSWER: <<The Final Answer>>\nso", "", "<<The Final Answer>>\nso", "clean"),  # a title
        (f"ANSWER: {QUOTING}", "", QUOTING, "clean"),
    ],
)
def test_a_form_copied_back_is_no_answer(text, reasoning, answer, status):
    split = split_completion(text, "markers")
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


def test_a_text_beside_its_reasoning_needs_no_marker_also_when_it_is_cut_off():
    split = split_completion("so th", "markers", truncated=True, reasoned=True)
    assert (split.reasoning, split.answer, split.status) == ("", "so th", "clean")


@pytest.mark.parametrize(
    ("text", "truncated", "reasoning", "answer", "status"),
    [
        ("Thought: why\n\nso\n\nmore", False, "why", "so\n\nmore", "clean"),
        ("  Thought: why\r\n \r\nso", False, "why", "so", "clean"),
        ("Thought: a\n\nThought: b\n\nso", False, "a\n\nThought: b", "so", "repeated_marker"),
        ("Thought: why", False, "", "Thought: why", "missing_marker"),
        ("Thought: why", True, "why", "", "truncated"),
        ("so\n\nThought: no", False, "", "so\n\nThought: no", "missing_marker"),
        ("so\n\nand", True, "", "so\n\nand", "missing_marker"),
        ("Thought: why\n\n ", False, "why", "", "empty"),
    ],
)
def test_a_thought_prefix_and_a_blank_line_part_a_completion(text, truncated, reasoning, answer, status):
    split = split_completion(text, "prefix", thought_prefix="Thought:", truncated=truncated)
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


def test_without_reasoning_the_completion_is_the_answer_as_it_stands():
    split = split_completion(" THINK: a\n", "none", truncated=True)
    assert (split.answer, split.reasoning_span, split.status) == (" THINK: a\n", None, "clean")


@pytest.mark.parametrize(
    ("how", "prefix", "message"),
    [
        (
            "magic",
            None,
            "unknown way to split a completion 'magic'; known ways: first_marker, markers, none, prefix, think_tags",
        ),
        ("prefix", " ", "splitting by prefix needs a thought_prefix, for example 'Thought:'"),
    ],
)
def test_a_way_that_does_not_exist_is_refused(how, prefix, message):
    with pytest.raises(ValueError, match=message):
        split_completion("text", how, thought_prefix=prefix)


@given(
    text=st.lists(
        st.sampled_from(["THINK:", "\nANSWER:", "<think>", "</think>", "\n\n", "T:", " ", "a", "\ud800", "**"])
    ).map("".join),
    how=st.sampled_from(["none", "markers", "first_marker", "think_tags", "prefix"]),
    truncated=st.booleans(),
)
def test_the_parts_lie_where_their_spans_say(text, how, truncated):
    split = split_completion(text, how, thought_prefix="T:", truncated=truncated)
    covered = text[slice(*split.answer_span)]
    if "think>" not in text:
        assert covered == split.answer
        assert split.reasoning == (text[slice(*split.reasoning_span)] if split.reasoning_span else "")
    assert (covered[:1], covered[-1:]) == (split.answer[:1], split.answer[-1:])
    assert split.status in {"clean", "missing_marker", "repeated_marker", "truncated", "empty"}
    if split.status == "missing_marker" and "think>" not in text:
        assert split.answer == text


@pytest.mark.parametrize(
    ("text", "reasoning", "answer", "status"),
    [
        ("THINK: why\n\nANSWER: A fig.", "why", "A fig.", "clean"),
        ("THINK: why\n\nANSWER: A fig.\nANSWER: A plum.", "why", "A fig.\nANSWER: A plum.", "clean"),
        ("THINK: why\n\nANSWER: A fig.\nTHINK: or not", "why", "A fig.\nTHINK: or not", "clean"),
        ("THINK: why\n\nANSWER:\n\nTHINK: once more", "why", "once more", "clean"),
        ("THINK: why\n\nANSWER:\n\nANSWER: A fig.", "why", "A fig.", "clean"),
        ("THINK: why\n\nANSWER: <think>hm</think>\nTHINK: A fig.", "why\n\nhm", "A fig.", "clean"),
        ("THINK: <think>why\n\nANSWER: A fig.", "why", "A fig.", "clean"),
        ("THINK: THINK: why\n\nANSWER: A fig.", "THINK: why", "A fig.", "clean"),
        ("THINK: why\n\nANSWER:\n \nTHINK:", "why", "", "empty"),
        ("A fig.", "", "A fig.", "missing_marker"),
    ],
)
def test_a_marker_that_was_written_for_the_model_is_the_one_that_counts(text, reasoning, answer, status):
    split = split_completion(text, "first_marker")
    assert (split.reasoning, split.answer, split.status) == (reasoning, answer, status)


REPEATED = ["<think>a</think>\n<the final answer>\n", "a <think>b</think> ", "THINK: a\nANSWER:\n"]


@pytest.mark.parametrize("how", ["none", "markers", "first_marker", "think_tags"])
@pytest.mark.parametrize("unit", REPEATED)
def test_a_completion_of_many_blocks_and_copied_lines_is_split_in_a_time_that_grows_with_its_length(unit, how):
    text = unit * (200_000 // len(unit))
    assert quickest_s(lambda: split_completion(text, how), enough_s=1) < 2
