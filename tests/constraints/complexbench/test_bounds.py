"""Tests of the bounds: no way of reading an unread reply leaves them, and golden sets keep their official figures."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from annotator.constraints.complexbench.aggregation import Mark, MarkedInstance, Share, aggregate
from annotator.constraints.complexbench.bounds import BoundedShare, bound
from tests.constraints.complexbench.goldens import golden_rows
from tests.constraints.complexbench.test_aggregation import golden_marked, marked_instance, official_form
from tests.constraints.complexbench.test_instances import question
from tests.paths import needs_shared_data


def test_a_question_whose_prerequisite_could_not_be_read_hangs_on_it() -> None:
    chain = [question(0), question(1, dep=[0]), question(2)]
    bounds = bound([marked_instance(None, True, False, scoring_questions=chain)])
    drfr = BoundedShare.between(bounds.all_no.drfr, bounds.all_yes.drfr)
    assert (drfr.obeyed, drfr.undetermined, drfr.total) == (0, 2, 3)
    assert (drfr.determined, drfr.all_no, drfr.all_yes) == (Share(0, 1), Share(0, 3), Share(2, 3))


def test_nothing_that_was_read_has_no_share() -> None:
    bounds = bound([marked_instance(None, None)])
    assert BoundedShare.between(bounds.all_no.drfr, bounds.all_yes.drfr).determined.value is None


@given(st.lists(st.sampled_from([True, False, 2, None]), min_size=4, max_size=4))
def test_every_reading_of_the_unread_replies_lies_between_the_bounds(marks: list[Mark]) -> None:
    chain = [question(0), question(1, dep=[0]), question(2, dep=[1]), question(3, dep=[0, 2])]
    bounds = bound([marked_instance(*marks, scoring_questions=chain)])
    unread = [place for place, mark in enumerate(marks) if mark is None]
    for readings in product([True, False], repeat=len(unread)):
        read = list(marks)
        for place, reading in zip(unread, readings, strict=True):
            read[place] = reading
        between = aggregate([marked_instance(*read, scoring_questions=chain)])
        assert bounds.all_no.drfr.obeyed <= between.drfr.obeyed <= bounds.all_yes.drfr.obeyed
        for name, share in between.by_dimension.items():
            assert bounds.all_no.by_dimension[name].obeyed <= share.obeyed <= bounds.all_yes.by_dimension[name].obeyed


@needs_shared_data
def test_all_no_is_the_official_counting_of_all_fifteen_golden_sets() -> None:
    for row in golden_rows("complexbench_aggregation"):
        marked = golden_marked(row)
        bounds = bound(marked)
        assert official_form(bounds.all_no) == row["statistics"]
        if not any(None in one.marks for one in marked):
            assert bounds.all_yes == bounds.all_no


def test_the_two_countings_are_those_of_the_marks_themselves() -> None:
    read = marked_instance(True, False)
    unread = MarkedInstance(read.instance, (True, None))
    assert bound([unread]).all_yes == aggregate([MarkedInstance(read.instance, (True, True))])
    assert bound([read]).all_yes == bound([read]).all_no == aggregate([read])
