"""Random tables of ratings for the property tests."""

from hypothesis import strategies as st

from annotator.statistics.records import Rating

OUTCOMES = ("helped", "hurt", "tie")
ANNOTATORS = ("alice", "bob", "carol")


@st.composite
def rating_records(draw: st.DrawFn) -> list[Rating]:
    """Draw records of two to twelve cases and three annotators; any rating may be missing."""
    row = st.tuples(*[st.sampled_from((None, *OUTCOMES))] * len(ANNOTATORS))
    rows = draw(st.lists(row, min_size=2, max_size=12))
    return [
        (case, annotator, value)
        for case, values in enumerate(rows)
        for annotator, value in zip(ANNOTATORS, values, strict=True)
        if value is not None
    ]
