"""Cutting a text at the edges of its marks loses, adds and reorders nothing, whatever the marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.web.marks.segments import Mark, Segment, segments

marks = st.builds(
    Mark,
    start=st.integers(-5, 60),
    end=st.integers(-5, 60),
    number=st.integers(1, 4),
    tone=st.sampled_from(["", "obeyed", "violated"]),
)


@given(text=st.text(max_size=50), some=st.lists(marks, max_size=12))
def test_the_pieces_together_are_the_text(text: str, some: list[Mark]) -> None:
    assert "".join(piece.text for piece in segments(text, some)) == text


@given(text=st.text(max_size=50), some=st.lists(marks, max_size=12))
def test_every_character_carries_exactly_the_marks_that_cover_it(text: str, some: list[Mark]) -> None:
    place = 0
    for piece in segments(text, some):
        assert piece.text
        for offset in range(place, place + len(piece.text)):
            covering = [mark for mark in some if mark.start <= offset < mark.end]
            assert set(piece.numbers) == {mark.number for mark in covering}
            assert set(piece.tones) == {mark.tone for mark in covering} - {""}
        place += len(piece.text)


@given(text=st.text(min_size=1, max_size=50), some=st.lists(marks, max_size=12))
def test_each_mark_ends_once(text: str, some: list[Mark]) -> None:
    clipped = {(max(0, m.start), min(len(text), m.end), m.number) for m in some}
    ends = sorted({(end, number) for start, end, number in clipped if start < end})
    place, seen = 0, []
    for piece in segments(text, some):
        place += len(piece.text)
        seen += [(place, number) for number in piece.ending]
    assert sorted(seen) == ends


@pytest.mark.parametrize(
    ("text", "some", "pieces"),
    [
        ("", [Mark(0, 3, 1)], []),
        ("plain", [], [Segment("plain")]),
        ("a, b", [Mark(1, 2, 1, "violated")], [Segment("a"), Segment(",", (1,), ("violated",), (1,)), Segment(" b")]),
        (
            "abcd",
            [Mark(0, 3, 1), Mark(1, 4, 2)],
            [Segment("a", (1,)), Segment("bc", (1, 2), (), (1,)), Segment("d", (2,), (), (2,))],
        ),
        ("ab", [Mark(0, 2, 1), Mark(0, 2, 1)], [Segment("ab", (1,), (), (1,))]),
        ("ab", [Mark(-4, 99, 2)], [Segment("ab", (2,), (), (2,))]),
        ("👩‍🚀\r\nx", [Mark(0, 3, 1)], [Segment("👩‍🚀", (1,), (), (1,)), Segment("\r\nx")]),
    ],
)
def test_marks_overlap_touch_and_reach_outside(text: str, some: list[Mark], pieces: list[Segment]) -> None:
    assert list(segments(text, some)) == pieces
