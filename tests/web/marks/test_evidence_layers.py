"""Two layers of marks on one text: no text is lost, and every piece has the letters of its annotators."""

from hypothesis import given
from hypothesis import strategies as st

from annotator.web.marks.evidence_layers import Piece, overlaid
from annotator.web.marks.segments import Mark

TEXT = "one, two, three"
spans = st.tuples(st.integers(0, 15), st.integers(0, 15))


@given(st.lists(spans, max_size=6), st.lists(spans, max_size=4))
def test_the_pieces_together_are_the_text_and_carry_what_covers_them(evidence_ids, verdicts):
    numbered = dict(enumerate(evidence_ids, start=1))
    by = {number: ("A",) if number % 2 else ("B", "C") for number in numbered}
    marks = [Mark(start, end, number, "violated") for number, (start, end) in enumerate(verdicts, start=1)]
    place = 0
    for piece in overlaid(TEXT, marks, numbered, by):
        covering = {n for n, (start, end) in numbered.items() if start <= place < end}
        assert set(piece.evidence_ids) == covering
        assert set(piece.letters) == {letter for n in covering for letter in by[n]}
        assert set(piece.numbers) == {n for n, (start, end) in enumerate(verdicts, 1) if start <= place < end}
        assert TEXT[place : place + len(piece.text)] == piece.text
        place += len(piece.text)
    assert place == len(TEXT)


def test_marks_of_annotators_look_different_and_say_who_where_they_end():
    pieces = overlaid(TEXT, [Mark(3, 4, 1, "violated")], {1: (0, 4), 2: (3, 8), 3: (9, 15)}, {1: "A", 2: "B", 3: "D"})
    assert pieces == [
        Piece("one", "annotated by-a", evidence_ids=(1,), letters=("A",)),
        Piece(",", "violated annotated by-a by-b several tiny", (1,), (1,), (1, 2), ("A", "B"), ("A",)),
        Piece(" two", "annotated by-b", evidence_ids=(2,), letters=("B",), closing=("B",)),
        Piece(","),
        Piece(" three", "annotated by-others", evidence_ids=(3,), letters=("D",), closing=("D",)),
    ]
