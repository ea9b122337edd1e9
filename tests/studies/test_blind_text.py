"""What the blind step takes out of answers, and when it cannot show two of them alike."""

import pytest

from annotator.studies.blind_text import blind_text, is_blind
from tests.timing import quickest_s

THINK = "<think step by step about each constraint>"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("Rain falls.", "Rain falls."),
        ("  Rain falls.\n", "Rain falls."),
        (f"THINK: {THINK}\n\nRain falls.", "Rain falls."),
        ("Rain falls.\nANSWER: It falls.", "Rain falls.\nIt falls."),
        ("**ANSWER:** Rain", "Rain"),
        ("## Answer: Rain", "Rain"),
        ("Final answer: Rain", "Rain"),
        (f"The final answer is: THINK: {THINK}", "The final answer is:"),
        ("<think>secret</think>Rain", "secretRain"),
        ("<thinking>\nRain\n</thinking>\n\nfalls", "Rain\nfalls"),
        ("Rain [THINK] falls", "Rain falls"),
        ("Rain ◁/think▷falls", "Rain falls"),
        ("Rain\n<|end_of_thought|>\nfalls", "Rain\nfalls"),
        ("Rain < /seed:think >falls", "Rain falls"),
        ("<the final answer>", ""),
        ("<step-by-step process of creating a final answer>", ""),
        (f"THINK:\n\nANSWER:\n{THINK}", ""),
        ("", ""),
        ("I think that the answer is: 4", "I think that the answer is: 4"),
        ("<In memory> of <b>Rain</b>", "<In memory> of <b>Rain</b>"),
    ],
)
def test_markers_tags_and_placeholders_are_taken_out_of_an_answer(answer, shown):
    assert blind_text(answer, "Write about rain.").text == shown


def test_what_the_prompt_writes_is_left_in_the_answer():
    assert blind_text("ANSWER: Rain", "Begin with 'ANSWER:' please.").text == "ANSWER: Rain"


def test_a_span_lies_on_the_same_words_or_nowhere():
    answer = "THINK: one, two\n\nANSWER: three, four "
    shown = blind_text(answer, "")
    spans = [(0, 6), (10, 11), (answer.index("four"), answer.index("four") + 4), (0, len(answer))]
    assert [shown.text[start:end] for start, end in shown.shown_spans(spans)] == [",", "four", shown.text]


@pytest.mark.parametrize(
    ("first", "second", "blind"),
    [
        ("Rain.", "THINK: Rain falls.", True),
        ("Rain.", "", False),
        ("Rain.", " \n", False),
        ("Rain.", "<the final answer>", False),
        ("", "THINK:", True),
        ("", "", True),
        ("Rain.", "The marker ANSWER stands here.", False),
        ("The word THINK.", "The marker ANSWER stands here.", True),
        ("RAIN.", "I THINK IT RAINS.", True),
    ],
)
def test_a_pair_is_blind_where_nothing_that_is_left_tells_the_answers_apart(first, second, blind):
    assert is_blind("Write about rain.", first, second, verdicts=False) is blind
    assert is_blind("Write about rain.", second, first, verdicts=False) is blind


def test_a_pair_of_which_one_was_masked_is_not_blind_beside_verdicts_on_the_whole_answers():
    assert not is_blind("Write about rain.", "Rain.", "THINK: Rain falls.", verdicts=True)
    assert is_blind("Write about rain.", "Rain.", "Rain falls.", verdicts=True)


@pytest.mark.parametrize("unit", ["ANSWER: a\n", "a <think> "])
def test_an_answer_of_many_markers_is_masked_in_a_time_that_grows_with_its_length(unit):
    answer = unit * 10_000

    def work():
        blind_text(answer, "Write about rain.").shown_spans([(place, place + 1) for place in range(0, 100_000, 250)])

    assert quickest_s(work, enough_s=0.4) < 0.8
