"""Fingerprints: those of objects with shared members are those of the whole objects."""

from hypothesis import given
from hypothesis import strategies as st

from annotator.canonical import ObjectFingerprints, fingerprint

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(max_size=8), values, max_size=5)


@given(shared=objects, own=objects)
def test_a_fingerprint_with_shared_members_is_that_of_the_whole_object(shared: dict, own: dict) -> None:
    assert ObjectFingerprints("kind-1", shared).of(**own) == fingerprint("kind-1", {**shared, **own})


def test_texts_that_no_file_holds_are_hashed_alike() -> None:
    own = {"prompt": "\ud800 é \u2028"}
    assert ObjectFingerprints("kind-1", {"a": 1}).of(**own) == fingerprint("kind-1", {"a": 1, **own})
