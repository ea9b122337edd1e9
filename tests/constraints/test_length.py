import pytest

from tests.constraints.deciding import selected, strict

WORDS, SENTENCES = "length_constraints:number_words", "length_constraints:number_sentences"
PARAGRAPHS, NTH = "length_constraints:number_paragraphs", "length_constraints:nth_paragraph_first_word"


@pytest.mark.parametrize(
    ("text", "count"),
    [("one two", 2), ("don't", 2), ("well-known", 2), ("snake_case", 1), ("3.14", 2), ("…", 0), ("日本語 text", 2)],
)
def test_words_are_runs_of_word_characters(text, count):
    assert strict(WORDS, {"num_words": count, "relation": "at least"}, text).obeyed is True
    assert strict(WORDS, {"num_words": count, "relation": "less than"}, text).obeyed is False


def test_too_few_words_have_one_sentence():
    verdict = strict(WORDS, {"num_words": 400, "relation": "at least"}, "word " * 312)
    assert (verdict.observed, verdict.required) == ("312 words", "at least 400 words")
    assert verdict.note == "312 words, at least 400 asked"
    assert verdict.spans == ()


def test_the_words_past_the_limit_are_underlined():
    text = "one two three four five. "
    verdict = strict(WORDS, {"num_words": 4, "relation": "less than"}, text)
    assert selected(text, verdict) == ["four five."]
    assert verdict.note == "5 words, fewer than 4 asked"


def test_sentences_past_the_limit_are_underlined():
    text = "Dr. Smith came. He left! Did he?"
    verdict = strict(SENTENCES, {"num_sentences": 2, "relation": "less than"}, text)
    assert verdict.observed == "3 sentences"
    assert selected(text, verdict) == ["He left! Did he?"]


@pytest.mark.parametrize(
    ("text", "obeyed"),
    [
        ("one\n***\ntwo", True),
        ("***\none\n***\ntwo\n***", True),  # empty ends are allowed
        ("one *** two", True),
        ("one\n\ntwo", False),
        ("one\n***\n***\ntwo", False),  # an empty paragraph inside is not
    ],
)
def test_paragraphs_are_parted_by_three_stars(text, obeyed):
    assert strict(PARAGRAPHS, {"num_paragraphs": 2}, text).obeyed is obeyed


def test_an_empty_paragraph_is_shown_with_its_dividers():
    text = "one\n***\n\n***\ntwo"
    verdict = strict(PARAGRAPHS, {"num_paragraphs": 3}, text)
    assert selected(text, verdict) == ["\n***\n\n***\n"]
    assert verdict.note == ("2 paragraphs parted by ***, exactly 3 asked; there is nothing between two dividers ***")


@pytest.mark.parametrize(
    ("text", "obeyed"),
    [
        ("One.\n\nTwo more.", True),
        ("One.\n\n'two' more.", True),
        ('One.\n\n"Two" more.', True),
        ("One.\n\nTwo", True),
        ("One.\n\nTwofold", False),
        ("One.\n\n*Two* more.", False),
        ("One.\nTwo more.", False),
        ("One.\n\n\n\nTwo more.", False),  # the blank piece is the second one
    ],
)
def test_the_first_word_of_a_paragraph(text, obeyed):
    kwargs = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "two"}
    assert strict(NTH, kwargs, text).obeyed is obeyed


def test_a_wrong_first_word_is_underlined():
    text = "One.\n\n  Three men."
    verdict = strict(NTH, {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "two"}, text)
    assert selected(text, verdict) == ["Three"]
    assert verdict.note == "paragraph 2 begins with “three”, “two” asked"


def test_a_paragraph_that_is_not_there_has_no_first_word():
    verdict = strict(NTH, {"num_paragraphs": 3, "nth_paragraph": 3, "first_word": "two"}, "One.\n\nThree men.")
    assert verdict.observed == "2 paragraphs, no such paragraph"
    assert verdict.note == "2 paragraphs, 3 asked; there is no paragraph 3"


def test_the_odd_numbering_of_paragraphs_is_shown_beside_the_verdict():
    kwargs = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "two"}
    verdict = strict(NTH, kwargs, "One.\n\n\n\nTwo.")
    assert verdict.note == (
        "piece 2 between blank lines is empty, “two” asked; "
        "blank pieces before it count in the numbering of the official checker"
    )


def test_a_paragraph_of_marks_alone_is_shown_as_it_stands():
    verdict = strict(NTH, {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": "two"}, '" \n\nTwo roads.')
    assert verdict.observed == '2 paragraphs, the 1st beginning with “"”'
    assert verdict.note == 'paragraph 1 begins with “"”, “two” asked'
