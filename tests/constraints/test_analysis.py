import pytest

from annotator.constraints.analysis import Analysis


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("one line", []),
        ("*one* line", ["one line"]),
        ("a\nb", ["b", "a"]),
        ("a\nb\nc", ["b\nc", "a\nb", "b"]),
        ("a\n\nc", ["c", "a"]),  # what is left between is blank
        ("\n\n", []),
        ("*a\n b \n*c", ["a\n b \nc", "b \n*c", "*a\n b", "b", "b \nc", "a\n b"]),
        (" * \n", ["*"]),
        ("a*\n", ["a\n", "a*", "a"]),
    ],
)
def test_readings_are_the_official_variants_in_their_order_without_repetitions(text, readings):
    assert [reading.text for reading in Analysis(text).loose_readings] == readings


def test_every_character_of_a_reading_is_found_again_in_the_original():
    text = "**Sure**, here:\n \t* one *two*\n\n***\nthree*  \nbye *"
    for reading in Analysis(text).loose_readings:
        for start in range(len(reading.text)):
            for end in (start + 1, len(reading.text)):
                low, high = reading.original_span((start, end))
                piece = text[low:high]
                assert reading.text[start:end] in (piece, piece.replace("*", ""))
                assert piece[0] == reading.text[start]
                assert piece[-1] == reading.text[end - 1]


def test_a_fact_is_counted_once():
    reading = Analysis("One. Two.").original
    assert reading.sentences is reading.sentences
    assert reading.sentences == [(0, 4), (5, 9)]
