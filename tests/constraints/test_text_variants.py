import pytest

from annotator.constraints.text_variants import Analysis


@pytest.mark.parametrize(
    ("text", "variants"),
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
def test_readings_are_the_official_variants_in_their_order_without_repetitions(text, variants):
    assert [variant.text for variant in Analysis(text).loose_variants] == variants


def test_every_character_of_a_reading_is_found_again_in_the_original():
    text = "**Sure**, here:\n \t* one *two*\n\n***\nthree*  \nbye *"
    for variant in Analysis(text).loose_variants:
        for start in range(len(variant.text)):
            for end in (start + 1, len(variant.text)):
                low, high = variant.original_span((start, end))
                piece = text[low:high]
                assert variant.text[start:end] in (piece, piece.replace("*", ""))
                assert piece[0] == variant.text[start]
                assert piece[-1] == variant.text[end - 1]


def test_a_fact_is_counted_once():
    variant = Analysis("One. Two.").original
    assert variant.sentences is variant.sentences
    assert variant.sentences == [(0, 4), (5, 9)]
